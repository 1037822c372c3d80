"""The kernel and its cells, as the broker runs them: starts, answers, time limits, deaths."""

import json
import os
import time

from cell import Call, Cell, new_streams
from channel import WHOLE_CALL
from event_log import EventLog
from kernel_process import KernelProcess, describe_death
from run_clock import WAITING
from waiting_threads import all_threads_wait

LIVE_OUTPUT_SECONDS = 0.2


class Conflict(Exception):
    """A request that does not fit what runs; the message says why."""


class Session:
    def __init__(self, loop, close_in_child, memory_bytes):
        self.log = EventLog()
        self.inputs = {}
        self.kernel = None
        self.kernel_start = None
        self.cell = None
        self._loop = loop
        self._close_in_child = close_in_child
        self._memory_bytes = memory_bytes
        self._cells = {}  # (kernel id, cell id) -> Cell
        self._death = {}  # kernel id -> what became of it
        self._last_kernel_id = None
        self._streams = new_streams()
        self._live_at = None

    # Kernel

    def start_kernel(self, start):
        """Starts a kernel, or finds the living one that was started the same way. Raises BecomeKernel in the child."""
        if self.kernel is not None:
            if start != self.kernel_start:
                raise Conflict("a kernel that was started otherwise is running")
            return self.kernel.id
        missing = [name for name in start["inputs"] if name not in self.inputs]
        if missing:
            raise Conflict("inputs that were not sent: " + ", ".join(missing))
        self.kernel_start = start
        self._streams = new_streams()
        kernel = KernelProcess(os.urandom(8).hex(), self._close_in_child)
        self.kernel = kernel
        self._last_kernel_id = kernel.id
        self._watch_channel()
        for stream, pipe in kernel.pipes.items():
            self._loop.watch(pipe, lambda stream=stream: self._on_output(stream))
        return kernel.id

    def set_input(self, kernel_id, name):
        """Makes a variable of an input in the running kernel, before its next cell."""
        self._expect_kernel(kernel_id)
        if name not in self.inputs:
            raise Conflict("an input that was not sent: " + name)
        if self.kernel is not None:
            self._send({"type": "input", "name": name}, bytes(self.inputs[name]))

    def _expect_kernel(self, kernel_id):
        if kernel_id != (self.kernel.id if self.kernel else self._last_kernel_id):
            raise Conflict("the kernel %s is not running here" % kernel_id)

    def _watch_channel(self):
        kernel = self.kernel
        on_writable = self._on_channel_writable if kernel.has_unsent else None
        self._loop.watch(kernel.connection.fileno(), self._on_channel, on_writable)

    def _on_channel_writable(self):
        self.kernel.flush()
        self._watch_channel()

    def _send(self, header, body=b""):
        self.kernel.send(header, body)
        if self.kernel.has_unsent:
            self._watch_channel()

    def _on_channel(self):
        try:
            frames = self.kernel.receive()
        except ValueError:
            self.kernel.kill("the channel to the Python process broke")
            frames = None
        if frames is None:
            self._on_death()
            return
        for header, body in frames:
            self._on_frame(header, body)

    def _on_frame(self, header, body):
        kind = header["type"]
        if kind == "ready":
            self.kernel.thread_of_answers = header["threadOfAnswers"]
            self.kernel.ready = True
            if self.cell is not None:
                self.cell.set_clock_mode(time.monotonic())
        elif kind == "failed":
            self.kernel.failure = header["message"]
        elif self.cell is None or header["cellId"] != self.cell.id:
            return  # of a thread that outlived its cell
        elif kind == "ended":
            self._drain_output()
            self._end_cell(header["status"], header["error"], None)
        elif kind == "call":
            self._on_call(header, body, "call", "arguments")
        elif kind == "submit":
            self._on_call(header, body, "submit", "values")

    def _on_death(self):
        kernel = self.kernel
        self.kernel = None
        for descriptor in (kernel.connection.fileno(), *kernel.pipes.values()):
            self._loop.forget(descriptor)
        status = kernel.reap()
        self.kernel, cell = kernel, self.cell
        self._drain_output()
        self.kernel = None
        kernel.close()
        what = kernel.killed or kernel.failure or describe_death(status, self._memory_bytes)
        note = what[0].upper() + what[1:] + ". Its variables are gone."
        self._death[kernel.id] = note
        if cell is not None:
            self._end_cell("kernel-died", None, note)

    def end_kernel(self, reason):
        """Ends the kernel for good, and with it the cell that runs."""
        if self.kernel is not None:
            self.kernel.kill(reason)
            self._on_death()

    # Cells

    def start_cell(self, cell_id, kernel_id, code, timeout_seconds):
        """Starts a cell, or finds the one of that id."""
        known = self._cells.get((kernel_id, cell_id))
        if known is not None:
            return known
        self._expect_kernel(kernel_id)
        if self.cell is not None:
            raise Conflict("the cell %s is still running" % self.cell.id)
        self._forget_old_events()
        now = time.monotonic()
        cell = Cell(cell_id, timeout_seconds, self.log.last, self._streams, now, self._threads_wait)
        self._cells[(kernel_id, cell_id)] = cell
        self.cell = cell
        if self.kernel is None:
            self._end_cell("kernel-died", None, self._death[kernel_id])
        else:
            if not self.kernel.ready:
                cell.clock.change(WAITING, now)  # the inputs are still being read
            self._send({"type": "cell", "cellId": cell_id}, code.encode("utf-8", "surrogatepass"))
        return cell

    def _forget_old_events(self):
        """Keeps the events of the cell before the one that starts."""
        if self._cells:
            self.log.forget_until(next(reversed(self._cells.values())).after)

    def _threads_wait(self):
        kernel = self.kernel
        return kernel is not None and all_threads_wait(kernel.pid, kernel.thread_of_answers)

    def _on_call(self, header, body, kind, raw_field):
        cell = self.cell
        count = header.get("count", 1)
        call = cell.calls[header["callId"]] = Call(count, header["alone"], kind == "submit")
        cell.set_clock_mode(time.monotonic())
        fields = {"type": kind, "cellId": cell.id, "callId": header["callId"]}
        if kind == "call":
            fields.update({name: header[name] for name in ("function", "count", "batch", "alone")})
        self.log.append(fields, (raw_field, body))
        call.seq = self.log.last

    def _end_cell(self, status, error, note):
        cell, self.cell = self.cell, None
        cell.ended = True
        cell.clock.advance(time.monotonic())
        if cell.submitted:
            status, error = "submitted", None
        elif status != "kernel-died" and cell.stopping:
            status = cell.stopping
            note = cell.stop_reason
        for stream in cell.streams.values():
            stream.feed(b"", final=True)
        self._streams = new_streams()
        self._live_at = None
        self.log.append(
            {
                "type": "ended",
                "cellId": cell.id,
                "status": status,
                **{name: stream.summary() for name, stream in cell.streams.items()},
                "error": error,
                "note": note,
                "durationMs": round(cell.clock.spent * 1000, 3),
            }
        )

    # Output

    def _on_output(self, stream):
        data = self.kernel.read_output(stream)
        if data is None:
            # Every writer closed it, which code may do to its own output.
            self._loop.forget(self.kernel.pipes[stream])
            return
        self._take_output(stream, data)

    def _take_output(self, stream, data):
        captured = self._streams[stream]
        captured.feed(data)
        if self.cell is not None and captured.has_live and self._live_at is None:
            self._live_at = time.monotonic() + LIVE_OUTPUT_SECONDS

    def _drain_output(self):
        for stream in self.kernel.pipes:
            remaining = self.kernel.waiting_output(stream)
            while remaining > 0:
                data = self.kernel.read_output(stream, remaining)
                if not data:
                    break
                remaining -= len(data)
                self._take_output(stream, data)

    def _emit_live_output(self):
        self._live_at = None
        for name, stream in self._streams.items():
            if stream.has_live:
                self.log.append({"type": "output", "cellId": self.cell.id, "stream": name, "text": stream.take_live()})

    # Answers

    def answer(self, kernel_id, call_id, items, body):
        """Takes answers; body is the request's JSON, which the kernel reads itself. False when there is no such call."""
        if self.kernel is None or kernel_id != self.kernel.id:
            raise Conflict("the kernel %s is not running here" % kernel_id)
        call = self.cell.calls.get(call_id) if self.cell else None
        if call is None:
            return any(call_id in cell.calls for (kernel, _), cell in self._cells.items() if kernel == kernel_id)
        if call.answered:
            return True
        for item in items:
            index = item["index"]
            if not isinstance(index, int) or not WHOLE_CALL <= index < call.count:
                raise ValueError("no item %r in a call of %d" % (index, call.count))
        call.bodies.append(body)
        call.indexes.update(item["index"] for item in items)
        if WHOLE_CALL in call.indexes or len(call.indexes) == call.count:
            self._deliver(call_id, call, items)
        return True

    def _deliver(self, call_id, call, items):
        call.answered = True
        # Before the answer is handed over: who waits, waits now.
        self.cell.set_clock_mode(time.monotonic())
        if call.submission and "error" not in items[0]:
            self.cell.submitted = True
        header = {"type": "answer", "callId": call_id, "lengths": [len(body) for body in call.bodies]}
        self._send(header, b"".join(call.bodies))
        call.bodies.clear()
        self.log.forget(call.seq)

    # Time

    def interrupt(self, status, reason):
        self.cell.stop(status, reason, time.monotonic())
        self._send({"type": "interrupt", "cellId": self.cell.id})
        self.kernel.interrupt()

    def next_check(self):
        if self.cell is None:
            return None
        times = (self.cell.next_check(), self._live_at)
        return min((at for at in times if at is not None), default=None)

    def tick(self, now):
        cell = self.cell
        if cell is None:
            return
        if self._live_at is not None and now >= self._live_at:
            self._emit_live_output()
        at = cell.next_check()
        if at is None or now < at:
            return
        if cell.stopping:
            why = "its time ran out" if cell.stopping == "timeout" else "it was interrupted"
            cell.kill_at = now + 1
            self.kernel.kill("the Python process did not stop when %s, and had to be killed" % why)
        elif cell.clock.expired(now):
            limit = "%g s" % cell.timeout_seconds
            self.interrupt("timeout", "The cell ran longer than its limit of %s and was interrupted; its variables are kept." % limit)

    def encoded_events(self, cursor):
        events, cursor = self.log.after(cursor)
        kernel_id = json.dumps(self.kernel.id if self.kernel else None).encode()
        return b'{"events": %s, "cursor": %d, "kernelId": %s}' % (events, cursor, kernel_id)
