"""SIGINT in the kernel: stops the model's code, and never the kernel's own."""

import signal


class CellSubmitted(SystemExit):
    """Ends a cell whose submission was accepted. No Exception, so that no ordinary handler swallows it;
    a SystemExit, so that an asyncio loop lets it through at once."""


class Interrupts:
    def __init__(self):
        self.shielded = True
        self._pending = False
        self.submitted = False
        signal.signal(signal.SIGINT, self._on_signal)

    def _on_signal(self, number, frame):
        if self.shielded:
            self._pending = True
        else:
            raise self._exception()

    def _exception(self):
        return CellSubmitted() if self.submitted else KeyboardInterrupt()

    def begin_cell(self):
        self.submitted = False
        self._pending = False

    def shield(self):
        """Holds interrupts back from here on."""
        self.shielded = True

    def unshield(self):
        """Lets interrupts through again, also the one that was held back."""
        self.shielded = False
        if self._pending:
            self._pending = False
            raise self._exception()
