"""The address on a label."""

WIDTH = 32


def address_lines(name, street, postcode, city):
    # TODO: wrap a long line between two words instead of cutting it
    return [line[:WIDTH] for line in (name, street, f"{postcode} {city}")]
