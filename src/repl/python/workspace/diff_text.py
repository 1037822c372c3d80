"""Writes what `git diff` puts out to a file, as UTF-8 text without NUL, and tells its files apart."""

import re

CHUNK_BYTES = 1 << 20
LONGEST_LINE_HELD = 1 << 22
WHOLE_MOVE = b"\nsimilarity index 100%\n"
START_OF_FILE = re.compile(rb"^diff --git .*\n", re.MULTILINE)


class DiffText:
    """The files of a patch, in git's order; one that became a link, or was one, has two sections, and counts once."""

    def __init__(self, target, replaced, largest):
        """
        replaced: by number, the text to be written in place of a file's own
        largest: no more bytes are written, but all are counted
        """
        self.sizes = []
        self.not_text = set()
        self.headers = {}  # of those that are not text
        self.has_whole_moves = False  # whether a file was renamed that is otherwise the same
        self.bytes = 0
        self._target = target
        self._replaced = replaced
        self._largest = largest
        self._header = None

    def read(self, stream):
        held = b""
        whole_lines = True
        while True:
            chunk = stream.read(CHUNK_BYTES)
            held += chunk
            end = held.rfind(b"\n") + 1 if chunk else len(held)
            if end == 0:
                if not chunk:
                    return
                if len(held) < LONGEST_LINE_HELD:
                    continue
                end = _character_end(held)
            self._take(held[:end], whole_lines)
            whole_lines = held[end - 1 : end] == b"\n"
            held = held[end:]

    def _take(self, block, whole_lines):
        self.has_whole_moves = self.has_whole_moves or WHOLE_MOVE in block
        start = 0
        for match in START_OF_FILE.finditer(block, 0 if whole_lines else block.find(b"\n") + 1):
            self._take_part(block[start : match.start()], whole_lines or start > 0)
            if match.group() != self._header:
                self._begin(match.group())
            self._start_section()
            start = match.end()
        self._take_part(block[start:], whole_lines or start > 0)

    def _begin(self, header):
        self._header = header
        self.sizes.append(0)
        replacement = self._replaced.get(len(self.sizes) - 1)
        if replacement is not None:
            self._write(replacement)

    def _start_section(self):
        if len(self.sizes) - 1 not in self._replaced:
            self._write(_told_apart(self._header))

    def _take_part(self, part, whole_lines):
        number = len(self.sizes) - 1
        if not part or number in self._replaced:
            return
        text = _as_text(part, whole_lines)
        if text is None:
            self.not_text.add(number)
            self.headers[number] = _told_apart(self._header)
        self._write(part if text is None else text)

    def _write(self, text):
        self.sizes[-1] += len(text)
        self.bytes += len(text)
        # What is not text has to be made anew, and what is too much without its largest files.
        if self.bytes <= self._largest and not self.not_text:
            self._target.write(text)


def _told_apart(header):
    """
    The header with its two names in quotes where a folder's name ends in a space: `git apply` does not find the end of
    the first name then, and of empty files, binary ones and modes nothing else tells it.
    """
    if b" /" not in header or b'"' in header:
        return header
    names = header[len(b"diff --git ") : -1]
    middle = len(names) // 2
    old, new = names[:middle], names[middle + 1 :]
    if old[2:] != new[2:]:
        return header  # a rename, which names both
    return b'diff --git "%s" "%s"\n' % (old, new)


def _as_text(part, whole_lines):
    """The part with its hunk headers repaired, or None where what is not UTF-8, or NUL, is in the files themselves."""
    if _is_text(part):
        return part
    lines = part.split(b"\n")
    for index, line in enumerate(lines):
        if not _is_text(line):
            if not line.startswith(b"@@ ") or (index == 0 and not whole_lines):
                return None
            # The name of the function, which git cuts by bytes; nothing but people reads it.
            lines[index] = line.decode("utf-8", "ignore").replace("\0", "").encode()
    return b"\n".join(lines)


def _is_text(part):
    if b"\0" in part:
        return False
    try:
        part.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _character_end(held):
    """Where the last whole character of a piece of a long line ends."""
    for end in range(len(held) - 1, len(held) - 4, -1):
        if held[end] & 0xC0 != 0x80:
            return end
    return len(held)
