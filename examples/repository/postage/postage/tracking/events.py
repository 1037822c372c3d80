"""What happened to a parcel on its way."""


def status(events):
    """The newest of a parcel's events."""
    # TODO: depots report late, so the newest may come first; merge their streams by a sequence number in the protocol
    return events[-1]["status"] if events else "announced"


def is_delivered(events):
    return status(events) == "delivered"
