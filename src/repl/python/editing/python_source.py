"""What is particular about files of Python code: their encoding, and whether they compile."""

import codecs
import re

# Compiling takes about a hundred times the memory of the source.
LARGEST_CHECKED = 4 * 1024 * 1024

_SUFFIXES = (".py", ".pyi", ".pyw")
_SHEBANG = re.compile(r"\ufeff?#![^\n]*python")
_COOKIE = re.compile(r"[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
_COMMENT_OR_BLANK = re.compile(r"[ \t\f]*(?:#.*)?\r?$")


def is_python(path, text):
    """Whether this is Python, by the path's suffix or the text's first line."""
    return path.endswith(_SUFFIXES) or _SHEBANG.match(text) is not None


def declared_encoding(text):
    """The name in a coding cookie of the first two lines, as Python reads it, or None."""
    for line in text[:2_000].lstrip("\ufeff").split("\n", 2)[:2]:
        cookie = _COOKIE.match(line)
        if cookie:
            return _usual_name(cookie.group(1))
        if not _COMMENT_OR_BLANK.match(line):
            return None
    return None


def is_text_encoding(name):
    try:
        return codecs.lookup(name)._is_text_encoding
    except (LookupError, ValueError):
        return False


def syntax_problem(text):
    """`line N: MESSAGE` for source that does not compile, else None."""
    import warnings

    if len(text) > LARGEST_CHECKED:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(text[1:] if text.startswith("\ufeff") else text, "<edited>", "exec", dont_inherit=True)
    except SyntaxError as error:
        return "line %s: %s" % (error.lineno or 1, error.msg)
    except ValueError as error:
        return "line 1: %s" % error
    except (MemoryError, RecursionError, OverflowError):
        return None  # too deep or too large to tell
    return None


def _usual_name(name):
    """As Python's tokenizer: editors add such as `-unix` to the names of these two."""
    plain = name[:12].lower().replace("_", "-")
    if plain == "utf-8" or plain.startswith("utf-8-"):
        return "utf-8"
    for latin in ("latin-1", "iso-8859-1", "iso-latin-1"):
        if plain == latin or plain.startswith(latin + "-"):
            return "latin-1"
    return name.lower()
