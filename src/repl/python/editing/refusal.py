"""What a function of the workspace cannot do, and how its messages stay on one readable line."""

LONGEST_NAME = 200
LONGEST_MESSAGE = 2_000


class Refusal(Exception):
    """The message says in one line what is wrong and what to do."""


def answer_in_one_line(work, *arguments):
    """What the work returns, or `Error: ...` for whatever it raises; an interrupt passes through."""
    try:
        return one_line(work(*arguments))
    except Refusal as refusal:
        return one_line("Error: %s" % refusal)
    except MemoryError:
        return "Error: there is not enough memory for that; nothing was changed"
    except OSError as error:
        return one_line("Error: %s; nothing was changed" % reason(error))
    except Exception as error:
        return one_line("Error: %s" % _described(error))


def one_line(text):
    """The text with what cannot be printed escaped, line ends included."""
    if len(text) > LONGEST_MESSAGE:
        text = text[: LONGEST_MESSAGE // 2] + " … " + text[-LONGEST_MESSAGE // 2 :]
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else _escaped(character) for character in text)


def readable_name(name):
    """A file's name as messages show it: quoted and escaped where it would not be clear otherwise."""
    if len(name) > LONGEST_NAME:
        name = name[: LONGEST_NAME // 2] + "…" + name[-LONGEST_NAME // 2 :]
    return name if name and name.isprintable() and name == name.strip() else repr(name)


def reason(error):
    """Why the system refused, with the file's name where it tells."""
    why = error.strerror or _described(error)
    if not isinstance(error.filename, (str, bytes)):
        return why
    name = error.filename if isinstance(error.filename, str) else error.filename.decode("utf-8", "surrogateescape")
    return "%s: %s" % (readable_name(name), why)


def counted(number, noun):
    return "%d %s%s" % (number, noun, "" if number == 1 else "s")


def _escaped(character):
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")


def _described(error):
    try:
        return "%s: %s" % (type(error).__name__, error)
    except Exception:
        return type(error).__name__  # the message of an exception of the model's own may raise in turn
