"""Calls from running code to the host: identified, sent, waited for. From any thread, and from asyncio."""

import _thread
import json
import sys

try:
    from _sha2 import sha256
except ImportError:
    from _sha256 import sha256  # before Python 3.12

from channel import WHOLE_CALL, encode_frame
from interrupts import CellSubmitted
from json_values import canonical_json, encode_json

LARGEST_CALL_BYTES = 64 * 1024 * 1024


class CallError(RuntimeError):
    """The host could not answer a call; the message says why."""


class _RunningCell:
    def __init__(self, cell_id):
        self.id = cell_id
        self.repetitions = {}


class _Waiter:
    """One open call, until its answer is there."""

    def __init__(self):
        self.parts = None
        self.refusal = None
        self.notify = None

    def settle(self, parts, refusal=None):
        self.parts = parts
        self.refusal = refusal
        self.notify()

    def items(self):
        """The answer's items by index."""
        if self.refusal is not None:
            raise CallError(self.refusal)
        found = {}
        for part in self.parts:
            for item in json.loads(part)["items"]:
                found.setdefault(item["index"], item)
        if WHOLE_CALL in found:
            raise CallError(found[WHOLE_CALL]["error"])
        return [found[index] for index in range(len(found))]


class HostCalls:
    def __init__(self, connection, interrupts):
        self._connection = connection
        self._interrupts = interrupts
        self._lock = _thread.allocate_lock()  # of what follows, and of the channel's writing side
        self._cell = None
        self._open = {}
        self._main_thread = _thread.get_ident()
        self._forked = False

    def begin_cell(self, cell_id):
        self._interrupts.begin_cell(cell_id)
        self._cell = _RunningCell(cell_id)

    def become_forked_copy(self):
        """In a process that the model's code forked, which has no host to call."""
        self._forked = True
        self._lock = _thread.allocate_lock()  # the thread that held the old one may not exist here

    def end_cell(self):
        with self._lock:
            self._cell = None
            waiting, self._open = self._open, {}
        for waiter in waiting.values():
            waiter.settle(None, "the cell ended before the answer came")

    def call(self, function, arguments, count, batch):
        """Asks the host and waits. Returns the answer's items, each with a `value` or an `error`."""
        arrived = _thread.allocate_lock()
        arrived.acquire()
        waiter = _Waiter()
        waiter.notify = arrived.release
        alone = len(sys._current_frames()) == 2  # this thread, and the one that reads answers
        header = {"type": "call", "function": function, "count": count, "batch": batch, "alone": alone}
        self._send_call(waiter, header, function, arguments)
        arrived.acquire()
        return waiter.items()

    async def call_async(self, function, arguments, count, batch):
        """As call(), for asyncio."""
        import asyncio

        loop = asyncio.get_running_loop()
        arrived = loop.create_future()
        waiter = _Waiter()

        def wake():
            if not arrived.done():
                arrived.set_result(None)

        def notify():
            try:
                loop.call_soon_threadsafe(wake)
            except RuntimeError:
                pass  # the loop was closed: nobody waits any more

        waiter.notify = notify
        header = {"type": "call", "function": function, "count": count, "batch": batch, "alone": False}
        self._send_call(waiter, header, function, arguments)
        await arrived
        return waiter.items()

    def submit(self, values):
        """Hands in a submission and waits for the verdict: None when accepted, else the reason against it."""
        arrived = _thread.allocate_lock()
        arrived.acquire()
        waiter = _Waiter()
        waiter.notify = arrived.release
        self._send_call(waiter, {"type": "submit", "alone": len(sys._current_frames()) == 2}, "SUBMIT", values)
        arrived.acquire()
        (item,) = waiter.items()
        return item.get("error")

    def _send_call(self, waiter, header, function, arguments):
        body = encode_json(arguments)
        if len(body) > LARGEST_CALL_BYTES:
            limit = LARGEST_CALL_BYTES >> 20
            raise ValueError("the arguments of %s are %d MiB; the limit is %d MiB" % (function, len(body) >> 20, limit))
        digest = sha256(canonical_json(arguments)).hexdigest()[:16]
        self._guarded(self._issue, waiter, header, function, digest, body)

    def _issue(self, waiter, header, function, digest, body):
        self.refuse_when_over()
        cell = self._cell
        k = cell.repetitions.get((function, digest), 0)
        cell.repetitions[(function, digest)] = k + 1
        call_id = "%s:%s:%s:%d" % (cell.id, function, digest, k)
        self._open[call_id] = waiter
        self._write({**header, "callId": call_id, "cellId": cell.id}, body)

    def refuse_when_over(self):
        """Raises where no call can be made any more."""
        if self._forked:
            raise RuntimeError("calls cannot be made from a forked process, only from threads")
        if self._cell is None:
            raise RuntimeError("no cell is running: a thread of an ended cell can make no calls")
        if self._interrupts.submitted:
            raise CellSubmitted()

    def send(self, header, body=b""):
        """Sends a message of the kernel's own."""
        self._guarded(self._write, header, body)

    def _write(self, header, body):
        for part in encode_frame(header, body):
            self._connection.sendall(part)

    def _guarded(self, action, *arguments):
        """Runs the action under the lock, undisturbed by an interrupt: half a frame would end the kernel."""
        if _thread.get_ident() != self._main_thread:
            with self._lock:
                action(*arguments)
            return
        was_shielded = self._interrupts.shielded
        self._interrupts.shield()
        try:
            with self._lock:
                action(*arguments)
        finally:
            if not was_shielded:
                self._interrupts.unshield()

    def on_answer(self, header, body):
        """Called by the thread that reads answers."""
        with self._lock:
            waiter = self._open.pop(header["callId"], None)
        if waiter is None:
            return
        parts = []
        start = 0
        for length in header["lengths"]:
            parts.append(body[start : start + length])
            start += length
        waiter.settle(parts)
