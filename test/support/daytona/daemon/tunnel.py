"""Connections across the wall of the sandbox's network: in to one of its ports, out through the control plane's gateway."""

import socket
import threading

GATEWAY = ""


def connect(call, reply):
    try:
        inside = socket.create_connection(("127.0.0.1", call["port"]))
    except ConnectionRefusedError:
        reply.send(None, 502)
        return
    with inside:
        reply.send()
        join(reply.connection, inside)


class Outlet:
    """A proxy for HTTP on a port in the sandbox. What connects to it comes out at the control plane's gateway."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = "http://127.0.0.1:%d" % self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return  # closed
            threading.Thread(target=self.carry, args=(connection,), daemon=True).start()

    def carry(self, connection):
        with connection, socket.socket(socket.AF_UNIX) as gateway:
            gateway.connect(GATEWAY)
            join(connection, gateway)

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


def join(one, other):
    """Copies both ways at once until both have ended; where one way breaks, both do."""
    back = threading.Thread(target=copy, args=(other, one), daemon=True)
    back.start()
    copy(one, other)
    back.join()


def copy(source, target):
    try:
        while True:
            chunk = source.recv(65536)
            if not chunk:
                target.shutdown(socket.SHUT_WR)
                return
            target.sendall(chunk)
    except OSError:
        for end in (source, target):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # gone already
