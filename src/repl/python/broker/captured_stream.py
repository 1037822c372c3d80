"""One output stream of one cell: decoded, kept as head and tail, and passed on in batches while the cell runs."""

import codecs
from collections import deque

HEAD_CHARACTERS = 100_000
TAIL_CHARACTERS = 100_000
LIVE_CHARACTERS = 256 * 1024


class CapturedStream:
    def __init__(self):
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._head = []
        self._head_length = 0
        self._tail = deque()
        self._tail_length = 0
        self._live = []
        self._live_length = 0
        self.length = 0

    def feed(self, data, final=False):
        text = self._decoder.decode(data, final)
        if not text:
            return
        self.length += len(text)
        if self._live_length < LIVE_CHARACTERS:
            live = text[: LIVE_CHARACTERS - self._live_length]
            self._live.append(live)
            self._live_length += len(live)
        room = HEAD_CHARACTERS - self._head_length
        if room > 0:
            self._head.append(text[:room])
            self._head_length += min(room, len(text))
            text = text[room:]
        if text:
            self._tail.append(text)
            self._tail_length += len(text)
            while self._tail_length - len(self._tail[0]) >= TAIL_CHARACTERS:
                self._tail_length -= len(self._tail.popleft())

    @property
    def has_live(self):
        return bool(self._live)

    def take_live(self):
        """The text that came since it was last asked for, as long as the stream is not over its limit."""
        text = "".join(self._live)
        self._live.clear()
        return text

    def summary(self):
        tail = "".join(self._tail)[-TAIL_CHARACTERS:]
        return {"head": "".join(self._head), "tail": tail, "length": self.length}
