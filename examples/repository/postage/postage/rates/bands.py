"""What a parcel costs by its weight."""

from postage.rates.surcharges import surcharge

# Up to so many grams, so many cents.
BANDS = [(250, 390), (2_000, 590), (10_000, 990), (30_000, 1_690)]


class TooHeavy(ValueError):
    """No band goes up to this weight."""


def band_price(grams):
    for limit, cents in BANDS:
        # TODO: a parcel of exactly the limit belongs to this band
        if grams < limit:
            return cents
    raise TooHeavy(f"{grams} g is more than {BANDS[-1][0]} g")


def quote(grams, postcode):
    """The price of a parcel in cents."""
    return band_price(grams) + surcharge(postcode)
