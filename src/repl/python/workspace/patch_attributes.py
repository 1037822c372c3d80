"""Lines of a gitattributes file."""

LONGEST_LINE = 2000  # git ignores lines of 2,048 bytes and more


def as_binary(paths):
    """Lines that make git show changes of files as binary, whatever the work tree's own attributes say."""
    return [_pattern(path) + b" -diff" for path in paths]


def as_encoded(path):
    """The line that makes git take a file as it is, whatever encoding the work tree's own attributes name."""
    return _pattern(path) + b" -working-tree-encoding"


def _pattern(path):
    whole = _quoted(b"/" + _escaped(path))
    # A name so long is matched in every folder: a few more files come as binary.
    return whole if len(whole) < LONGEST_LINE else _quoted(_escaped(path.rpartition(b"/")[2]))


def _escaped(path):
    """The path as a pattern that matches nothing else."""
    return b"".join(b"\\%c" % byte if byte in b"*?[\\!" else b"%c" % byte for byte in path)


def _quoted(pattern):
    """As a string of C, in which every byte may stand."""
    return b'"' + b"".join(map(_quoted_byte, pattern)) + b'"'


def _quoted_byte(byte):
    if byte in b'"\\':
        return b"\\%c" % byte
    return b"%c" % byte if 32 <= byte < 127 else b"\\%03o" % byte
