"""Shells that live on between commands: what one command changes (folder, variables), the next one finds changed."""

import signal
import subprocess
import threading
import uuid

from refusal import Refusal
from processes import SHELL, signal_group
from session_command import SessionCommand

SESSIONS = {}
LOCK = threading.Lock()


class Session:
    def __init__(self, name):
        self.name = name
        self.ended = threading.Event()
        self.commands = {}
        self.shell = subprocess.Popen(
            [SHELL],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def describe(self):
        return {"sessionId": self.name, "commands": [command.describe() for command in self.commands.values()]}

    def run(self, text, wants_input):
        command = SessionCommand(str(uuid.uuid4()), text, wants_input)
        self.commands[command.id] = command
        try:
            self.shell.stdin.write(command.script())
            self.shell.stdin.flush()
        except BrokenPipeError:
            raise Refusal(400, "BAD_REQUEST", "bad request: failed to write command: write |1: broken pipe")
        return command

    def end(self):
        self.ended.set()
        signal_group(self.shell.pid, signal.SIGTERM)
        try:
            self.shell.wait(1)
        except subprocess.TimeoutExpired:
            pass  # it ignores the polite signal
        signal_group(self.shell.pid, signal.SIGKILL)
        self.shell.wait()
        for command in self.commands.values():
            command.clean_up()


def create(call, reply):
    name = call.get("sessionId")
    if not name:
        raise Refusal(400, "INVALID_REQUEST_BODY", "invalid body request: sessionId is required")
    with LOCK:
        if name in SESSIONS:
            raise Refusal(409, "CONFLICT", "conflict: session already exists")
        SESSIONS[name] = Session(name)
    reply.send(None, 201)


def show_all(_call, reply):
    reply.send([session.describe() for session in list(SESSIONS.values())])


def show(call, reply):
    reply.send(find(call).describe())


def delete(call, reply):
    session = find(call)
    session.end()
    SESSIONS.pop(session.name, None)
    reply.send(None, 204)


def execute(call, reply):
    session = find(call)
    text = call.get("command") or ""
    if not text.strip():
        raise Refusal(400, "BAD_REQUEST", "command cannot be empty")
    if call.get("runAsync") or call.get("async"):
        reply.send({"cmdId": session.run(text, True).id}, 202)
        return
    command = session.run(text, False)
    # A shell that ended (`exit`) never says how the command went: like the service, this waits until the session goes.
    while not command.finished(0.01):
        if session.ended.is_set():
            raise Refusal(400, "BAD_REQUEST", "bad request: session cancelled")
    reply.send({"cmdId": command.id, "exitCode": command.exit_code(), **command.logs()})


def show_command(call, reply):
    reply.send(find_command(call).describe())


def show_logs(call, reply):
    reply.send(find_command(call).logs())


def send_input(call, reply):
    command = find_command(call)
    if command.exit_code() is not None:
        raise Refusal(410, "COMMAND_ALREADY_COMPLETED", "gone: command has already completed")
    command.send_input(call.get("data") or "")
    reply.send(None, 204)


def find(call):
    session = SESSIONS.get(call["session"])
    if session is None:
        raise Refusal(404, "PROCESS_NOT_FOUND", "not found: session not found")
    return session


def find_command(call):
    command = find(call).commands.get(call["command"])
    if command is None:
        raise Refusal(404, "PROCESS_NOT_FOUND", "not found: command not found")
    return command
