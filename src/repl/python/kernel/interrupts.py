"""SIGINT in the kernel: stops the model's code, and never the kernel's own."""

import _thread
import signal


class CellSubmitted(SystemExit):
    """Ends a cell whose submission was accepted. No Exception, so that no ordinary handler swallows it;
    a SystemExit, so that an asyncio loop lets it through at once."""


class Interrupts:
    def __init__(self):
        self.shielded = True
        self._main_thread = _thread.get_ident()
        self._pending = False
        self._cell_id = None
        self._wanted = None  # the cell that is to be interrupted
        self._taken = False
        self.submitted = False
        signal.signal(signal.SIGINT, self._on_signal)

    def _on_signal(self, number, frame):
        if self.shielded:
            self._pending = True
        else:
            self._taken = True
            raise self._exception()

    def _exception(self):
        return CellSubmitted() if self.submitted else KeyboardInterrupt()

    def begin_cell(self, cell_id):
        self.submitted = False
        self._taken = False
        self._cell_id = cell_id
        # What came for the cell before is over; what came for this one, before it began, is not.
        self._pending = self._wanted == cell_id

    def want(self, cell_id):
        """Called by the thread that reads messages: a signal alone does not say which cell it is meant for."""
        self._wanted = cell_id
        if self._cell_id == cell_id and not self._taken:
            signal.pthread_kill(self._main_thread, signal.SIGINT)

    def shield(self):
        """Holds interrupts back from here on."""
        self.shielded = True

    def unshield(self):
        """Lets interrupts through again, also the one that was held back."""
        self.shielded = False
        if self._pending:
            self._pending = False
            self._taken = True
            raise self._exception()
