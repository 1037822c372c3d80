"""What the broker knows of one cell: its calls, its output, its clock, how it ends."""

from captured_stream import CapturedStream
from run_clock import RUNNING, SAMPLED, WAITING, RunClock

GRACE_SECONDS = 0.5


class Call:
    """A call of the cell, and the answers that came so far."""

    def __init__(self, count, alone, submission):
        self.seq = 0  # of its event
        self.count = count
        self.alone = alone
        self.submission = submission
        self.bodies = []
        self.indexes = set()
        self.answered = False


class Cell:
    def __init__(self, cell_id, timeout_seconds, after, streams, now, threads_wait):
        self.id = cell_id
        self.after = after
        self.streams = streams
        self.calls = {}
        self.ended = False
        self.submitted = False
        self.timeout_seconds = timeout_seconds
        self.clock = RunClock(now, timeout_seconds, threads_wait)
        self.stopping = None  # 'timeout' or 'interrupted', once it was told to stop
        self.stop_reason = None
        self.kill_at = None

    def set_clock_mode(self, now):
        open_calls = [call for call in self.calls.values() if not call.answered]
        if not open_calls:
            self.clock.change(RUNNING, now)
        elif any(call.alone for call in open_calls):
            self.clock.change(WAITING, now)
        else:
            self.clock.change(SAMPLED, now)

    def stop(self, status, reason, now):
        """Notes that the cell is being stopped; what does not stop within the grace period is killed."""
        if self.stopping is None:
            self.stopping = status
            self.stop_reason = reason
            self.kill_at = now + GRACE_SECONDS

    def next_check(self):
        return self.kill_at if self.stopping else self.clock.next_check()


def new_streams():
    return {"stdout": CapturedStream(), "stderr": CapturedStream()}
