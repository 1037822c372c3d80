"""
The broker: the small HTTP server between the host and the Python process that runs the cells.

Started as `python -s -S -B broker.py CONFIG`, with PYTHONHASHSEED set. CONFIG is the path of a JSON file, or `fd:N`:
  token            what every request must bear
  leaseSeconds     how long after the last request it ends, and everything in the sandbox with it
  listen           {"fd": N}, a listening socket handed in, or {"port": N}
  memoryBytes      what the sandbox may use, as it is told to the model, or null
  dataBytes        the kernel's limit of data, or null
  processes        the kernel's limit of processes where no cgroup sets it, or null
  maker            optional: {"fd": N}, which tells that others know of this sandbox by now; closed without a word, nobody
                   ever will, and it ends
"""

import gc
import os
import socket
import sys

from event_loop import EventLoop
from http_connection import HttpConnection
from kernel_process import BecomeKernel
from routes import Routes
from session import Session
from workspace_routes import WorkspaceRoutes


class Broker:
    def __init__(self, config):
        self.config = config
        self.loop = EventLoop()
        self.listener = _listen(config["listen"])
        self.connections = {}
        self.session = Session(self.loop, self.close, config["memoryBytes"])
        workspace = WorkspaceRoutes(self.loop, self.close, self.session)
        self.routes = Routes(self.session, workspace, config["token"])
        self.loop.watch(self.listener.fileno(), self._accept)
        self.maker = config["maker"]["fd"] if "maker" in config else None
        if self.maker is not None:
            os.set_inheritable(self.maker, False)
            self.loop.watch(self.maker, self._on_maker)
        self.loop.add_ticker(self.session.next_check, self.session.tick)
        self.loop.add_ticker(self.routes.next_check, self.routes.tick)
        self.loop.add_ticker(workspace.next_check, workspace.tick)
        self.loop.add_ticker(self._lease_end, self._end_with_lease)
        self.loop.add_ticker(lambda: None, self._preload)
        self._preloaded = False

    def _accept(self):
        try:
            accepted, _ = self.listener.accept()
        except (BlockingIOError, ConnectionError):
            return
        accepted.setblocking(False)
        if accepted.family != socket.AF_UNIX:
            accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection = HttpConnection(accepted, self.routes.handle, self._watch_connection)
        self.connections[accepted.fileno()] = connection
        self._watch_connection(connection, False)

    def _on_maker(self):
        try:
            word = os.read(self.maker, 16)
        except ConnectionError:
            word = b""
        if not word:
            os._exit(0)
        self.loop.forget(self.maker)
        os.close(self.maker)
        self.maker = None

    def _watch_connection(self, connection, writable):
        """writable: whether there is something to send; None: it is closing."""
        descriptor = connection.socket.fileno()
        if writable is None:
            self.loop.forget(descriptor)
            del self.connections[descriptor]
        else:
            self.loop.watch(descriptor, connection.on_readable, connection.on_writable if writable else None)

    def _preload(self, now):
        """Loads what the kernel needs, so that it inherits it; once the first request was answered."""
        if not self._preloaded and self.routes.answered_any:
            self._preloaded = True
            import kernel  # noqa: F401

            gc.freeze()

    def _lease_end(self):
        return self.routes.last_request + self.config["leaseSeconds"]

    def _end_with_lease(self, now):
        if now >= self._lease_end():
            if self.session.kernel is not None:
                self.session.kernel.kill("nobody needed it any more")
            os._exit(0)

    def close(self):
        """Closes what is the broker's alone, in the kernel's process."""
        self.loop.close()
        self.listener.close()
        if self.maker is not None:
            os.close(self.maker)
        for connection in list(self.connections.values()):
            connection.socket.close()


def _listen(listen):
    if "fd" in listen:
        listener = socket.socket(fileno=listen["fd"])
    else:
        listener = socket.create_server(("0.0.0.0", listen["port"]), backlog=128)
    listener.setblocking(False)
    listener.set_inheritable(False)
    return listener


def _read_config(place):
    import json

    if place.startswith("fd:"):
        with open(int(place[3:]), "rb") as file:
            return json.loads(file.read())
    with open(place, "rb") as file:
        return json.loads(file.read())


def main():
    broker = Broker(_read_config(sys.argv[1]))
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)
    os.close(null)
    try:
        broker.loop.run()
    except BecomeKernel as become:
        start, inputs, config = broker.session.kernel_start, broker.session.inputs, broker.config
        connection = become.connection
    del broker
    import kernel

    kernel.main(connection, start, inputs, config)


if __name__ == "__main__":
    main()
