"""What is added to the price for places that are hard to reach."""

ISLANDS = ("18565", "27498")


def surcharge(postcode):
    # TODO: islands differ in price; read what each of them costs from a table of the ferries
    return 450 if postcode in ISLANDS else 0
