"""A cell's run time, which stands still while every one of its threads waits for an answer."""

SAMPLE_SECONDS = 0.05

RUNNING = "running"
WAITING = "waiting"
# Some calls are open, but other threads may be at work: what they do is looked up now and then.
SAMPLED = "sampled"


class RunClock:
    def __init__(self, now, limit, threads_wait):
        """threads_wait() tells whether all threads wait; asked only in the sampled mode."""
        self.spent = 0.0
        self._limit = limit
        self._since = now
        self._mode = RUNNING
        self._threads_wait = threads_wait

    def advance(self, now):
        counted = self._mode == RUNNING or (self._mode == SAMPLED and not self._threads_wait())
        if counted:
            self.spent += now - self._since
        self._since = now

    def change(self, mode, now):
        if mode != self._mode:
            self.advance(now)
            self._mode = mode

    def expired(self, now):
        """Brings the clock up to date and tells whether the limit is reached."""
        self.advance(now)
        return self.spent >= self._limit

    def next_check(self):
        """When to look again, or None while nothing can expire."""
        if self._mode == WAITING:
            return None
        remaining = self._since + max(0.0, self._limit - self.spent)
        return min(remaining, self._since + SAMPLE_SECONDS) if self._mode == SAMPLED else remaining
