"""The events that the host reads by cursor, each encoded once."""

import json

LARGEST_ANSWER = 8 * 1024 * 1024
LARGEST_LOG = 64 * 1024 * 1024


class EventLog:
    def __init__(self):
        self._events = []  # (seq, encoded)
        self._size = 0
        self.last = 0

    def append(self, fields, raw_field=None):
        """Adds an event. raw_field is a (name, JSON bytes) that is taken over as it is."""
        self.last += 1
        encoded = json.dumps({"seq": self.last, **fields}).encode()
        if raw_field is not None:
            name, value = raw_field
            encoded = b"".join((encoded[:-1], b', "', name.encode(), b'": ', value, b"}"))
        self._events.append((self.last, encoded))
        self._size += len(encoded)

    def forget(self, seq):
        """Drops one event that was dealt with, where many large ones would fill the memory."""
        if self._size > LARGEST_LOG:
            for index, event in enumerate(self._events):
                if event[0] == seq:
                    self._size -= len(event[1])
                    del self._events[index]
                    break

    def forget_until(self, seq):
        """Drops events that nobody will ask for again."""
        self._events = [event for event in self._events if event[0] > seq]
        self._size = sum(len(encoded) for _, encoded in self._events)

    def after(self, cursor):
        """The events after the cursor as a JSON array, as many as fit into one answer, and the new cursor."""
        chosen = []
        size = 0
        for seq, encoded in self._events:
            if seq <= cursor:
                continue
            if chosen and (size + len(encoded) > LARGEST_ANSWER or len(chosen) == 1_000):
                break
            chosen.append(encoded)
            size += len(encoded)
            cursor = seq
        return b"[" + b",".join(chosen) + b"]", cursor

    def has_after(self, cursor):
        return bool(self._events) and self._events[-1][0] > cursor
