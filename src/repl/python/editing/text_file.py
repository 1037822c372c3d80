"""Text files, read and written so that every byte that is not edited stays as it is."""

import codecs
import os
import stat
from collections import namedtuple

from python_source import declared_encoding, is_python, is_text_encoding
from refusal import Refusal

LARGEST_FILE = 256 * 1024 * 1024
WRITTEN_AT_ONCE = 1024 * 1024

# A byte order mark is the first character of the text. mode: the permissions and owner, as os.stat tells them.
TextFile = namedtuple("TextFile", "text encoding status")

_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a FIFO"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def read_text_file(place):
    """The file's text, or None where there is no file. Raises Refusal for what is no text file, and OSError."""
    try:
        status = os.stat(place.real)
    except FileNotFoundError:
        return None
    for is_kind, kind in _KINDS:
        if is_kind(status.st_mode):
            raise Refusal("%s is %s; only text files can be edited" % (place.name, kind))
    if status.st_size > LARGEST_FILE:
        size, most = status.st_size >> 20, LARGEST_FILE >> 20
        raise Refusal("%s is too large to edit (%d MiB; the limit is %d MiB)" % (place.name, size, most))
    # Not blocking, should it have become a FIFO since.
    with open(os.open(place.real, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
        data = file.read()
    return TextFile(*_decode(place, data), status)


def encoding_of_new(place, text):
    """How a new file is encoded: as UTF-8, or as its coding cookie says."""
    declared = declared_encoding(text) if is_python(place.real, text) else None
    if declared is None:
        return "utf-8"
    if not is_text_encoding(declared):
        raise Refusal("the coding cookie names the encoding %s, which Python does not know" % declared)
    return declared


def _decode(place, data):
    for mark, encoding in ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")):
        text = _decoded(data, encoding) if data.startswith(mark) else None
        if text is not None and "\0" not in text:
            return text, encoding
    if b"\0" in data:
        raise Refusal("%s is a binary file; edit_file edits text only" % place.name)
    head = data[:2_000].decode("latin-1")
    declared = declared_encoding(head) if is_python(place.real, head) else None
    if declared not in (None, "utf-8", "latin-1") and is_text_encoding(declared):
        text = _decoded(data, declared)
        # Some encodings write the same text in several ways, or are not what the cookie itself is written in.
        if text is not None and declared_encoding(text) == declared and _encoded(text, declared) == data:
            return text, declared
    text = _decoded(data, "utf-8") if declared != "latin-1" else None
    return (text, "utf-8") if text is not None else (data.decode("latin-1"), "latin-1")


def _decoded(data, encoding):
    try:
        return data.decode(encoding)
    except ValueError:
        return None


def _encoded(text, encoding):
    try:
        return text.encode(encoding)
    except ValueError:
        return None


def write_text_file(path, pieces, encoding, status=None):
    """
    Replaces the file in one step, or makes it and its missing folders. Where that fails, all is as before.
    The permissions are those of the status. Raises OSError and UnicodeEncodeError.
    """
    folder = os.path.dirname(path)
    made = _make_folders(folder)
    temporary = os.path.join(folder, ".edit-%s.tmp" % os.urandom(8).hex())
    try:
        _write_pieces(temporary, pieces, encoding, status)
        os.replace(temporary, path)
    except BaseException:
        _remove(os.unlink, temporary)
        for folder in reversed(made):
            _remove(os.rmdir, folder)
        raise


def _write_pieces(path, pieces, encoding, status):
    encoder = codecs.getincrementalencoder(encoding)()
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    with open(os.open(path, flags, 0o666 if status is None else 0o600), "wb") as file:
        for piece in pieces:
            for start in range(0, len(piece), WRITTEN_AT_ONCE):
                file.write(encoder.encode(piece[start : start + WRITTEN_AT_ONCE]))
        file.write(encoder.encode("", final=True))
        if status is not None:
            try:
                os.fchown(file.fileno(), status.st_uid, status.st_gid)
            except OSError:
                pass  # only root may give a file away: then it is the editor's
            os.fchmod(file.fileno(), stat.S_IMODE(status.st_mode))


def _make_folders(folder):
    """Makes what is missing, and returns it, the outermost first."""
    missing = []
    while not os.path.isdir(folder):
        missing.insert(0, folder)
        folder = os.path.dirname(folder)
    made = []
    try:
        for folder in missing:
            os.mkdir(folder)
            made.append(folder)
    except BaseException:
        for folder in reversed(made):
            _remove(os.rmdir, folder)
        raise
    return made


def _remove(remove, path):
    try:
        remove(path)
    except OSError:
        pass  # not there, or in use by somebody else
