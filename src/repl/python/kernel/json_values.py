"""Values of the model's code as JSON, with nothing lost on the way, or an error that names the place."""

import json
import math

_LARGEST_INTEGER = 2**53
_SCALARS = (str, bool, type(None))


def to_json_value(value, place):
    """Returns the value as plain JSON types; tuples become lists. Raises TypeError or ValueError naming the place."""
    try:
        return _plain(value, place)
    except RecursionError:
        raise ValueError("%s refers to itself, or is nested too deeply for JSON" % place) from None


def _plain(value, place):
    kind = type(value)
    if kind in _SCALARS:
        return value
    if kind is int:
        return _checked_integer(value, place)
    if kind is float:
        return _checked_float(value, place)
    if isinstance(value, dict):
        return {_checked_key(key, place): _plain(item, "%s[%r]" % (place, key)) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [item if type(item) is str else _plain(item, "%s[%d]" % (place, i)) for i, item in enumerate(value)]
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, int):
        return _checked_integer(int(value), place)
    if isinstance(value, float):
        return _checked_float(float(value), place)
    scalar = _scalar_inside(value)
    if scalar is not None:
        return _plain(scalar, place)
    raise TypeError(
        "%s is of type %s, which JSON does not have: convert it to str, int, float, bool, None, list or dict first"
        % (place, kind.__name__)
    )


def _checked_integer(value, place):
    if -_LARGEST_INTEGER <= value <= _LARGEST_INTEGER:
        return value
    raise ValueError("%s is an integer beyond 2**53, which JSON does not keep exactly: pass it as a str" % place)


def _checked_float(value, place):
    if math.isfinite(value):
        return value
    raise ValueError("%s is %r, which JSON does not have: use None or a str" % (place, value))


def _checked_key(key, place):
    if isinstance(key, str):
        return str.__str__(key)
    raise TypeError("%s has a key of type %s; keys in JSON are str" % (place, type(key).__name__))


def _scalar_inside(value):
    """The plain scalar of a value such as numpy's, or None."""
    item = getattr(value, "item", None)
    if item is None or hasattr(value, "__len__"):
        return None
    try:
        scalar = item()
    except Exception:
        return None  # not that kind of scalar: refused by the caller
    return scalar if type(scalar) in (str, bool, int, float) else None


def encode_json(value):
    """Compact UTF-8 JSON of a plain value, in its own order."""
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
    except UnicodeEncodeError:
        # A lone surrogate, which UTF-8 does not have but an escape can express.
        return json.dumps(value, separators=(",", ":")).encode("ascii")


def canonical_json(value):
    """The same bytes for equal values, whatever the order of their keys."""
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode("ascii")
