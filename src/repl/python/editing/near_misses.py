"""What stands in a file in place of a text that does not: for those who quoted it from memory."""

import re

# Effort is bounded by amounts, not by time: a cell that runs again must print the same.
SEARCHED = 8_000_000
TOKENS = 4_000
LINES = 20_000
COMPARISONS = 500
LONGEST_LINE = 400
SHOWN = 160
SIMILAR_ENOUGH = 0.6

_TOKEN = re.compile(r"\w+|[^\w\s]")


def describe_near_miss(text, wanted):
    """Such as `with other whitespace it stands at line 3`, or None where nothing is near."""
    if len(text) > SEARCHED:
        text = text[:SEARCHED]
    return _with_other_whitespace(text, wanted) or _with_similar_line(text, wanted)


def _with_other_whitespace(text, wanted):
    tokens = _TOKEN.findall(wanted)
    if not tokens or len(tokens) > TOKENS:
        return None
    found = re.search(r"\s*".join(map(re.escape, tokens)), text)
    if found is None:
        return None
    first = text.count("\n", 0, found.start()) + 1
    there = _whole_lines(text, found.start(), found.end())
    number, line = _first_difference(wanted.strip("\n").split("\n"), there)
    return "with other whitespace it stands at line %d, where line %d is %s: copy it exactly" % (
        first,
        first + number,
        _quoted(line),
    )


def _whole_lines(text, start, end):
    start = text.rfind("\n", 0, start) + 1
    end = text.find("\n", end)
    return [line.rstrip("\r") for line in text[start : end if end >= 0 else len(text)].split("\n")]


def _first_difference(wanted, there):
    for number, line in enumerate(there):
        if number >= len(wanted) or line != wanted[number]:
            return number, line
    return 0, there[0]


def _with_similar_line(text, wanted):
    """The line of the text that is most like the first wanted line that it does not have."""
    lines = {}
    for number, line in enumerate(text.split("\n"), 1):
        stripped = line.strip()
        if stripped:
            lines.setdefault(stripped, number)
    sought = [line.strip() for line in wanted.split("\n") if line.strip()]
    missing = next((line for line in sought if line not in lines), None)
    if missing is None:
        return "each of its lines occurs, but not in this order and one after the other" if len(sought) > 1 else None
    similar = _most_similar(missing, lines)
    if similar is None:
        return None
    return "the line most similar to %s is line %d: %s" % (_quoted(missing), lines[similar], _quoted(similar))


def _most_similar(wanted, lines):
    import difflib

    wanted = wanted[:LONGEST_LINE]
    matcher = difflib.SequenceMatcher(None, "", wanted)
    best, ratio, comparisons = None, SIMILAR_ENOUGH, 0
    for line in _candidates(wanted, lines):
        matcher.set_seq1(line[:LONGEST_LINE])
        if matcher.real_quick_ratio() <= ratio or matcher.quick_ratio() <= ratio:
            continue
        comparisons += 1
        if matcher.ratio() > ratio:
            best, ratio = line, matcher.ratio()
        if comparisons >= COMPARISONS:
            break
    return best


def _candidates(wanted, lines):
    """In a large file, those that share a word come first."""
    if len(lines) <= LINES:
        return list(lines)
    words = sorted(set(_TOKEN.findall(wanted)), key=len)[-3:]
    sharing = [line for line in lines if any(word in line for word in words)]
    return (sharing + list(lines)[:LINES])[:LINES]


def _quoted(line):
    return repr(line if len(line) <= SHOWN else line[:SHOWN] + "…")
