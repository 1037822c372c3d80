"""Where a path of the model's code leads in the workspace."""

import os
from collections import namedtuple

from refusal import Refusal, readable_name

# real: the path with all links followed; name: how messages call it.
Place = namedtuple("Place", "real name")


def find_place(root, path):
    """The place that a path leads to, which need not exist. Raises Refusal where that is no file of the workspace."""
    text = _path_text(path)
    base = os.path.realpath(root)
    name = readable_name(_relative_name(root, text))
    real = os.path.realpath(os.path.join(base, _below(root, text)))
    if real != base and not real.startswith(os.path.join(base, "")):
        led = "" if readable_name(real) in (name, readable_name(text)) else " (it leads to %s)" % readable_name(real)
        raise Refusal("%s is outside of %s%s; only files inside of it can be edited" % (name, readable_name(root), led))
    if ".git" in real[len(base) :].lower().split(os.sep):
        raise Refusal("%s is inside of .git, which is git's own; use git commands in a subprocess instead" % name)
    if text.endswith("/") or real == base:
        raise Refusal("%s is a folder; give the path of a file" % name)
    return Place(real, name)


def _path_text(path):
    if not isinstance(path, (str, bytes, os.PathLike)):
        raise Refusal("path must be a str or a pathlib.Path, not %s" % type(path).__name__)
    text = os.fsdecode(path)
    if not text:
        raise Refusal("path is empty; give the path of a file, such as src/x.py")
    if "\0" in text:
        raise Refusal("path has a NUL character, which no file's name has")
    try:
        os.fsencode(text)
    except UnicodeEncodeError:
        raise Refusal("path %s cannot be the name of a file" % readable_name(text)) from None
    return str.__str__(text)


def _below(root, text):
    """A path inside the root as one relative to it: the root itself may be reached through a link."""
    inside = os.path.join(root, "")
    return text[len(inside) :].lstrip("/") or "." if text.startswith(inside) else text


def _relative_name(root, text):
    named = os.path.normpath(os.path.join(root, text))
    inside = os.path.join(root, "")
    return named[len(inside) :] if named.startswith(inside) else text
