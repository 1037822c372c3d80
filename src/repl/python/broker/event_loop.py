"""One thread, one selector: who is called when a descriptor is ready, and who wants to be called when."""

import selectors
import time


class EventLoop:
    def __init__(self):
        self._selector = selectors.DefaultSelector()
        self._tickers = []

    def watch(self, descriptor, on_readable, on_writable=None):
        """Watches a descriptor; for writing too where on_writable is given. Again: replaces what was asked."""
        events = selectors.EVENT_READ | (selectors.EVENT_WRITE if on_writable else 0)
        callbacks = (on_readable, on_writable)
        if descriptor in self._selector.get_map():
            self._selector.modify(descriptor, events, callbacks)
        else:
            self._selector.register(descriptor, events, callbacks)

    def forget(self, descriptor):
        if descriptor in self._selector.get_map():
            self._selector.unregister(descriptor)

    def add_ticker(self, next_check, tick):
        """tick(now) is called after every round; next_check() is when at the latest, or None."""
        self._tickers.append((next_check, tick))

    def close(self):
        self._selector.close()

    def run(self):
        while True:
            times = [at for at in (next_check() for next_check, _ in self._tickers) if at is not None]
            timeout = max(0.0, min(times) - time.monotonic()) if times else None
            for key, events in self._selector.select(timeout):
                on_readable, on_writable = key.data
                # An earlier callback of this round may have closed this descriptor.
                if events & selectors.EVENT_READ and self._watched(key):
                    on_readable()
                if events & selectors.EVENT_WRITE and self._watched(key) and on_writable:
                    on_writable()
            now = time.monotonic()
            for _, tick in self._tickers:
                tick(now)

    def _watched(self, key):
        current = self._selector.get_map().get(key.fd)
        return current is not None and current.data is not None
