"""
Sections of a patch for links whose target is not UTF-8.

No attribute of a path makes git write a link as binary, but `git apply` reads it so.
"""

import base64
import zlib

BYTES_IN_LINE = 52
LINK = b"120000"
NO_FILE = b"000000"


def link_sections(header, changed, contents):
    """The text of one changed file; header: its line `diff --git ...`; contents: (old, new)."""
    old_mode, new_mode = changed.old_mode, changed.new_mode
    old_id, new_id = changed.old_id, changed.new_id
    old, new = contents
    if old_mode == new_mode:
        return header + _binary(old_id, new_id, b" " + new_mode, old, new)
    missing = b"0" * len(old_id)
    text = b""
    if old_mode != NO_FILE:
        text += header + b"deleted file mode " + old_mode + b"\n" + _binary(old_id, missing, b"", old, b"")
    if new_mode != NO_FILE:
        text += header + b"new file mode " + new_mode + b"\n" + _binary(missing, new_id, b"", b"", new)
    return text


def _binary(old_id, new_id, mode, old, new):
    index = b"index " + old_id + b".." + new_id + mode + b"\nGIT binary patch\n"
    return index + _literal(new) + _literal(old)


def _literal(content):
    packed = zlib.compress(content)
    lines = [b"literal %d\n" % len(content)]
    for start in range(0, len(packed), BYTES_IN_LINE):
        piece = packed[start : start + BYTES_IN_LINE]
        length = bytes([64 + len(piece) if len(piece) <= 26 else 70 + len(piece)])
        # Git pads the last group of four bytes, and tells by the length what counts.
        lines.append(length + base64.b85encode(piece, pad=True) + b"\n")
    return b"".join(lines) + b"\n"
