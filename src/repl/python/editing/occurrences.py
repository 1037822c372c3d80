"""Where a text occurs in a file, whatever the line ends of either, and what stands there after a replacement."""

import re

_LINE_END = re.compile(r"\r?\n")


class Occurrences:
    """Of a text that has `\\n` as line ends in one that may have others."""

    def __init__(self, text, wanted):
        self.text = text
        self._wanted = wanted
        crlf = text.count("\r\n")
        self._mixed = 0 < crlf < text.count("\n")
        self._crlf = crlf > 0 and not self._mixed
        self._needle = wanted.replace("\n", "\r\n") if self._crlf else wanted
        self._pattern = None
        if self._mixed and "\n" in wanted:
            self._pattern = re.compile(r"\r?\n".join(map(re.escape, wanted.split("\n"))))

    def find(self, position):
        """Start and end of the first occurrence from there on, or None."""
        if self._pattern is not None:
            found = self._pattern.search(self.text, position)
            return found and found.span()
        start = self.text.find(self._needle, position)
        return None if start < 0 else (start, start + len(self._needle))

    def spans(self):
        """All that do not overlap."""
        span = self.find(0)
        while span is not None:
            yield span
            span = self.find(span[1])

    def count(self):
        if self._pattern is not None:
            return sum(1 for _ in self.spans())
        return self.text.count(self._needle)

    def lines(self, most, overlapping=False):
        """The line numbers of the first few."""
        numbers = []
        line, counted, span = 1, 0, self.find(0)
        while span is not None and len(numbers) < most:
            line += self.text.count("\n", counted, span[0])
            counted = span[0]
            numbers.append(line)
            span = self.find(span[0] + 1 if overlapping else span[1])
        return numbers

    def replaced(self, first, new):
        """The pieces of the text in which that one span, or all where it is None, is replaced; `new` has `\\n`."""
        if first is None and not self._mixed:
            yield self.text.replace(self._needle, self._with_line_ends(0, 0, new))
            return
        position = 0
        for start, end in self.spans() if first is None else [first]:
            yield self.text[position:start]
            yield self._with_line_ends(start, end, new)
            position = end
        yield self.text[position:]

    def _with_line_ends(self, start, end, new):
        if self._crlf:
            return new.replace("\n", "\r\n")
        if not self._mixed or "\n" not in new:
            return new
        return _keep_line_ends(self._wanted.split("\n"), new.split("\n"), *self._line_ends(start, end))

    def _line_ends(self, start, end):
        """The line ends in the span, and the one that new lines get: the first in the span, or next to it."""
        found = _LINE_END.findall(self.text, start, end)
        if found:
            return found, found[0]
        after = _LINE_END.search(self.text, end)
        if after:
            return found, after.group()
        return found, "\r\n" if self.text[:start].rpartition("\n")[0].endswith("\r") else "\n"


def _keep_line_ends(old_lines, new_lines, ends, usual):
    """The new lines put together, where those that were there before at the top or bottom keep their line ends."""
    top = _equal_lines(old_lines, new_lines)
    bottom = _equal_lines(old_lines[::-1], new_lines[::-1])
    pieces = []
    for i, line in enumerate(new_lines[:-1]):
        before = i if i < top else i - len(new_lines) + len(old_lines) if i >= len(new_lines) - bottom else -1
        pieces += (line, ends[before] if 0 <= before < len(ends) else usual)
    return "".join(pieces) + new_lines[-1]


def _equal_lines(some, others):
    count = 0
    for one, other in zip(some, others):
        if one != other:
            break
        count += 1
    return count
