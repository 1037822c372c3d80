"""The bar code on a label: narrow and wide bars for the digits."""

PATTERNS = ("nnwwn", "wnnnw", "nwnnw", "wwnnn", "nnwnw", "wnwnn", "nwwnn", "nnnww", "wnnwn", "nwnwn")


def bars(number):
    # TODO: replace this renderer, customers ask for QR codes with error correction
    # TODO: letters are dropped, they should raise an error
    return "".join(PATTERNS[int(digit)] for digit in number if digit.isdigit())
