"""
The toolbox of a sandbox, from inside: it runs commands, touches files and opens connections on request.

daemon.py SOCKET_DIRECTORY

Each connection to `daemon.sock` carries one call: a line of JSON, then bytes where the call has any; the reply is a line
of JSON `{status, body}`, then bytes where the reply has any. The control plane speaks HTTP to the world, this does not.
"""

import json
import os
import socket
import sys
import threading

import files
import git_clone
import processes
import sessions
import tunnel
from refusal import Refusal, from_os_error

CALLS = {
    "execute": processes.execute,
    "session.create": sessions.create,
    "session.list": sessions.show_all,
    "session.show": sessions.show,
    "session.delete": sessions.delete,
    "session.execute": sessions.execute,
    "session.command": sessions.show_command,
    "session.logs": sessions.show_logs,
    "session.input": sessions.send_input,
    "file.write": files.write,
    "file.read": files.read,
    "file.info": files.show,
    "file.list": files.show_folder,
    "file.delete": files.delete,
    "file.folder": files.make_folder,
    "git.clone": git_clone.clone,
    "connect": tunnel.connect,
}


def main():
    directory = sys.argv[1]
    tunnel.GATEWAY = os.path.join(directory, "gateway.sock")
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(os.path.join(directory, "daemon.sock"))
    listener.listen(256)
    print("ready", flush=True)
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=serve, args=(connection,), daemon=True).start()


def serve(connection):
    with connection, connection.makefile("rb") as stream:
        reply = Reply(connection, stream)
        try:
            line = stream.readline()
            if line:
                answer(json.loads(line), reply)
        except ConnectionError:
            pass  # whoever called has gone; there is nobody to tell


def answer(call, reply):
    try:
        CALLS[call["call"]](call, reply)
    except Refusal as refusal:
        reply.refuse(refusal)
    except ConnectionError:
        raise
    except OSError as error:
        reply.refuse(from_os_error(error))


class Reply:
    """The way back to whoever called, and what came after the call's line."""

    def __init__(self, connection, stream):
        self.connection = connection
        self.stream = stream

    def send(self, body=None, status=200):
        self.connection.sendall(json.dumps({"status": status, "body": body}).encode() + b"\n")

    def refuse(self, refusal):
        self.send({"message": refusal.message, "code": refusal.code}, refusal.status)
        # Closed with something unread, the connection would be reset, and the reply lost on its way.
        while self.stream.read(1 << 20):
            pass


main()
