"""The text of a patch that the model's code gives, as `git apply` takes it."""

import re

from refusal import Refusal

_FILE_NAMES = re.compile(rb"^--- (\S[^\n\t]*)[^\n]*\n\+\+\+ (\S[^\n\t]*)[^\n]*\n@@ ", re.MULTILINE)
_RENAME = re.compile(rb"^(?:rename|copy) from (.+)\n(?:rename|copy) to (.+)\n", re.MULTILINE)
_SIDES = (b"a/", b"b/", b'"a/', b'"b/', b"i/", b"w/", b"c/", b"o/")


def patch_bytes(text):
    """The bytes of a patch, or None for an empty one. Raises Refusal for what is no patch."""
    if not isinstance(text, str):
        hint = "; give its .patch" if hasattr(text, "patch") else ""
        raise Refusal("the patch must be a str, not %s%s" % (type(text).__name__, hint))
    text = str.__str__(text)
    if not text.strip():
        return None
    if text.startswith("Error: "):
        raise Refusal("this is no patch, but the error of a call: %s" % text[len("Error: ") :])
    try:
        data = text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError as error:
        raise Refusal("the patch has the character %a, which no file can have" % text[error.start]) from None
    return data if data.endswith(b"\n") else data + b"\n"


def strip_option(data, root):
    """How many leading folders git has to take off the names: people leave out a/ and b/, or write whole paths."""
    names = [name for pair in _FILE_NAMES.findall(data) for name in pair]
    named = [name for name in names if not name.startswith(b"/dev/null")]
    if not named or any(name.startswith(_SIDES) for name in named):
        return "-p1"
    inside = root.encode("utf-8", "surrogateescape") + b"/"
    if all(name.startswith(inside) for name in named):
        return "-p%d" % inside.count(b"/")
    return "-p0"


def renames(data):
    """What the files that the patch renames or copies are made of, by their new names."""
    return {_unquoted(after): _unquoted(before) for before, after in _RENAME.findall(data)}


def _unquoted(name):
    """A name as git writes it, in quotes with octal escapes where it is no plain one."""
    return name[1:-1].decode("unicode_escape").encode("latin-1") if name.startswith(b'"') else name
