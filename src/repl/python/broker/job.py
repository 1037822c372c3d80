"""Work that takes long, done in a forked process so that the broker goes on answering."""

import json
import os

LARGEST_RESULT = 1024 * 1024


class Job:
    def __init__(self, loop, close_in_child, name, spec):
        """Starts `name`, `clone` or `patch`, on spec."""
        self.spec = spec
        self.result = None
        self._loop = loop
        self._received = b""
        self._pipe, write = os.pipe()
        self._pid = os.fork()
        if self._pid == 0:
            # No frame of the broker may be returned to.
            status = 1
            try:
                os.close(self._pipe)
                close_in_child()
                os.setsid()
                _write_all(write, json.dumps(_run(name, spec)).encode())
                status = 0
            finally:
                os._exit(status)
        os.close(write)
        os.set_blocking(self._pipe, False)
        loop.watch(self._pipe, self._on_readable)

    def _on_readable(self):
        try:
            data = os.read(self._pipe, 65536)
        except BlockingIOError:
            return
        if data and len(self._received) < LARGEST_RESULT:
            self._received += data
            return
        self._loop.forget(self._pipe)
        os.close(self._pipe)
        _, status = os.waitpid(self._pid, 0)
        self.result = self._parsed(status)

    def _parsed(self, status):
        try:
            return json.loads(self._received)
        except ValueError:
            return _failed("the process that did the work ended with status %d; it may have run out of memory" % status)


def _run(name, spec):
    try:
        if name == "clone":
            from workspace_clone import clone

            return clone(spec)
        from workspace_patch import make_patch

        return make_patch(spec)
    except Exception as error:
        return _failed("%s: %s" % (type(error).__name__, error))


def _failed(message):
    return {"ok": False, "kind": "failed", "error": message[:4000]}


def _write_all(descriptor, data):
    while data:
        data = data[os.write(descriptor, data) :]
