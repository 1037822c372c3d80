"""Replaces a piece of text in a file of the workspace."""

from near_misses import describe_near_miss
from occurrences import Occurrences
from python_source import LARGEST_CHECKED, declared_encoding, is_python, syntax_problem
from refusal import Refusal, answer_in_one_line, counted, reason
from text_file import encoding_of_new, read_text_file, write_text_file
from workspace_path import find_place

SHOWN_LINES = 5
SHOWN_CHARACTERS = 60


def edit_file(root, path, old, new, replace_all=False):
    """What was done, or `Error: ...`, in one line; raises nothing but an interrupt."""
    return answer_in_one_line(_edit, root, path, old, new, replace_all)


def _edit(root, path, old, new, replace_all):
    old, new = _checked_text("old", old), _checked_text("new", new)
    if not isinstance(replace_all, bool):
        raise Refusal("replace_all must be True or False, not %s" % type(replace_all).__name__)
    if "\0" in new:
        raise Refusal("new has a NUL character, which would make the file binary")
    place = find_place(root, path)
    try:
        file = read_text_file(place)
        if file is None:
            return _create(place, old, new)
        if old == "":
            return _fill(place, file, new)
        return _replace(place, file, old, new, replace_all)
    except MemoryError:
        raise Refusal("there is not enough memory to edit %s; nothing was written" % place.name) from None
    except OSError as error:
        why = error.strerror or reason(error)
        raise Refusal("%s cannot be edited: %s; nothing was written" % (place.name, why)) from None


def _checked_text(name, value):
    if not isinstance(value, str):
        raise Refusal("%s must be a str, not %s" % (name, type(value).__name__))
    return str.__str__(value)


def _create(place, old, new):
    if old:
        raise Refusal('%s does not exist; check the path, or give "" as old to create it' % place.name)
    problem = syntax_problem(new) if is_python(place.real, new) else None
    if problem:
        raise Refusal(_would_break(place, problem))
    _write(place, [new], encoding_of_new(place, new))
    return "Created %s (%s)." % (place.name, counted(_line_count(new), "line"))


def _fill(place, file, new):
    if file.text.strip("\ufeff"):
        lines = counted(_line_count(file.text), "line")
        raise Refusal("%s exists and has %s; give as old the text that new replaces" % (place.name, lines))
    if not new:
        raise Refusal("%s is empty already, and new is empty too: nothing to do" % place.name)
    problem = syntax_problem(new) if is_python(place.real, new) else None
    if problem:
        raise Refusal(_would_break(place, problem))
    encoding = file.encoding if file.text else encoding_of_new(place, new)
    _write(place, [file.text, new], encoding, file.status)
    return "Filled %s, which was empty (%s)." % (place.name, counted(_line_count(new), "line"))


def _replace(place, file, old, new, replace_all):
    wanted, replacement = old.replace("\r\n", "\n"), new.replace("\r\n", "\n")
    if wanted == replacement:
        differ = "are the same" if old == new else "differ only in line ends, which stay as the file has them"
        raise Refusal("old and new %s: nothing to do" % differ)
    occurrences = Occurrences(file.text, wanted)
    first = occurrences.find(0)
    if first is None:
        raise Refusal(_not_found(place, file.text, wanted))
    if not replace_all and occurrences.find(first[0] + 1) is not None:
        raise Refusal(_several(place, occurrences))
    count = occurrences.count() if replace_all else 1
    lines = occurrences.lines(SHOWN_LINES if replace_all else 1)
    pieces = occurrences.replaced(None if replace_all else first, replacement)
    encoding, note = file.encoding, ""
    if len(file.text) <= LARGEST_CHECKED:
        pieces = ["".join(pieces)]
        if is_python(place.real, pieces[0]):
            note = _checked_syntax(place, file.text, pieces[0])
            encoding = _encoding_after(place, file, pieces[0])
    _write(place, pieces, encoding, file.status)
    at = "line" if count == 1 else "lines"
    return "Edited %s: %s at %s %s.%s" % (place.name, counted(count, "replacement"), at, _listed(lines, count), note)


def _checked_syntax(place, before, after):
    """A remark for the result; refuses to break what compiled before."""
    problem = syntax_problem(after)
    if problem is None:
        return ""
    if syntax_problem(before) is None:
        raise Refusal(_would_break(place, problem))
    return " It still does not compile, as before: %s." % problem


def _encoding_after(place, file, text):
    """Another one where the edit changed the coding cookie."""
    if declared_encoding(text) == declared_encoding(file.text) or text.startswith("\ufeff"):
        return file.encoding
    return encoding_of_new(place, text)


def _would_break(place, problem):
    return "that would leave %s with a syntax error in %s; nothing was written" % (place.name, problem)


def _not_found(place, text, wanted):
    near = describe_near_miss(text, wanted)
    if near is None:
        return "old does not occur in %s, nor anything like it; read the file again" % place.name
    return "old does not occur in %s; %s" % (place.name, near)


def _several(place, occurrences):
    lines = occurrences.lines(SHOWN_LINES, overlapping=True)
    count = max(occurrences.count(), len(lines)) if len(lines) < SHOWN_LINES else occurrences.count()
    return "old occurs %d times in %s, at lines %s; give more of the text around it, or replace_all=True" % (
        max(count, 2),
        place.name,
        _listed(lines, count),
    )


def _listed(lines, count):
    return ", ".join(map(str, lines)) + (", …" if count > len(lines) else "")


def _line_count(text):
    return text.count("\n") + (not text.endswith("\n") and text != "")


def _write(place, pieces, encoding, status=None):
    try:
        write_text_file(place.real, pieces, encoding, status)
    except UnicodeEncodeError as error:
        characters = ascii(error.object[error.start : error.end][:SHOWN_CHARACTERS])
        raise Refusal(
            "new has %s, which cannot be written in the encoding of %s (%s); nothing was written"
            % (characters, place.name, encoding)
        ) from None
