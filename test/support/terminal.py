"""Runs a command on a terminal of its own: types what it is told when the screen shows what it waits for.

Arguments: a JSON list of [shown, typed] pairs, then the command. A number instead of what is typed makes the terminal so
many columns wide, and prints "[resized]". Prints what the terminal showed, and ends with the command's exit code.
"""
import fcntl
import json
import os
import pty
import select
import struct
import sys
import termios

steps = json.loads(sys.argv[1])
process, terminal = pty.fork()
if process == 0:
    os.execvp(sys.argv[2], sys.argv[2:])


def resize(columns):
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))


resize(100)
shown = b""
seen = 0
while True:
    ready, _, _ = select.select([terminal], [], [], 40)
    try:
        data = os.read(terminal, 65536) if ready else b""
    except OSError:  # the command has ended
        data = b""
    if not data:
        break
    shown += data
    if steps and steps[0][0].encode() in shown[seen:]:
        seen = len(shown)
        _, typed = steps.pop(0)
        if isinstance(typed, int):
            # The rest of what was being drawn is of the old width.
            while select.select([terminal], [], [], 0.03)[0]:
                shown += os.read(terminal, 65536)
            resize(typed)
            shown += b"\r\n[resized]\r\n"
            seen = len(shown)
        else:
            os.write(terminal, typed.encode())
sys.stdout.buffer.write(shown)
_, status = os.waitpid(process, 0)
sys.exit(os.waitstatus_to_exitcode(status))
