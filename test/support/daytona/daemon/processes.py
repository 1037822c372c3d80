"""Commands that run to their end: standard output and standard error as one text, and the exit code."""

import os
import signal
import subprocess
import threading

from refusal import Refusal

SHELL = "/bin/bash" if os.path.exists("/bin/bash") else "/bin/sh"


def execute(call, reply):
    command = call.get("command") or ""
    if not command.strip():
        raise Refusal(400, "BAD_REQUEST", "bad request: command cannot be empty or whitespace-only")
    try:
        shell = subprocess.Popen(
            [SHELL],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=call.get("cwd"),
            env={**os.environ, **(call.get("envs") or {})},
            start_new_session=True,
        )
    except OSError as error:
        reply.send({"exitCode": -1, "result": "chdir %s: %s" % (error.filename, error.strerror.lower())})
        return
    expired = threading.Event()

    def expire():
        expired.set()
        signal_group(shell.pid, signal.SIGKILL)

    seconds = call.get("timeout") or 0
    timer = threading.Timer(seconds, expire) if seconds > 0 else None
    if timer:
        timer.daemon = True
        timer.start()
    # The shell reads its script from standard input, so a command that reads standard input eats the rest of it; and
    # what inherits standard output holds the answer back until it ends.
    output, _ = shell.communicate(command.encode())
    if timer:
        timer.cancel()
    if expired.is_set():
        raise Refusal(408, "PROCESS_EXECUTION_TIMEOUT", "command execution timeout")
    reply.send({"exitCode": max(shell.returncode, -1), "result": output.decode(errors="replace")})


def signal_group(leader, number):
    try:
        os.killpg(leader, number)
    except ProcessLookupError:
        pass  # it ended by itself meanwhile
