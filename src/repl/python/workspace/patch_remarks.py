"""What a patch does not hold, and why, in a line for each reason."""

MOST_NAMES = 20


class Remarks:
    def __init__(self):
        self._named = {}  # reason -> names

    def add(self, reason, names):
        """names: paths as bytes, or texts."""
        if names:
            known = self._named.setdefault(reason, [])
            known += [name for name in map(_shown, names) if name not in known]

    def lines(self):
        return [reason + ": " + _listed(names) for reason, names in self._named.items()]


def _listed(names):
    more = len(names) - MOST_NAMES
    return ", ".join(names[:MOST_NAMES]) + (" and %d more" % more if more > 0 else "")


def _shown(name):
    text = name.decode("utf-8", "backslashreplace") if isinstance(name, bytes) else name
    return text if text.isprintable() else ascii(text)
