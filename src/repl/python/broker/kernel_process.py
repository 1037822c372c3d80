"""The kernel as the broker holds it: a forked process, a channel, and the two pipes of its output."""

import fcntl
import os
import signal
import socket
import struct
import termios
import time

from channel import CHANNEL_LOST, FrameReader, encode_frame

PIPE_BYTES = 1024 * 1024
LARGEST_FRAME_BODY = 256 * 1024 * 1024


class BecomeKernel(BaseException):
    """Raised in the forked child, so that the broker's frames are left behind before any code of a cell runs."""

    def __init__(self, connection):
        super().__init__()
        self.connection = connection


class KernelProcess:
    def __init__(self, kernel_id, close_in_child):
        """Forks. Raises BecomeKernel in the child, where close_in_child() has closed what is the broker's."""
        self.id = kernel_id
        ours, theirs = socket.socketpair()
        out_read, out_write = os.pipe()
        error_read, error_write = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            close_in_child()
            for descriptor, target in ((out_write, 1), (error_write, 2)):
                os.dup2(descriptor, target)
            for descriptor in (out_read, out_write, error_read, error_write):
                os.close(descriptor)
            ours.close()
            raise BecomeKernel(theirs)
        theirs.close()
        os.close(out_write)
        os.close(error_write)
        self.connection = ours
        self.pipes = {"stdout": out_read, "stderr": error_read}
        self.ready = False
        self.thread_of_answers = 0
        self.failure = None
        self.killed = None  # why the broker killed it
        self._frames = FrameReader(LARGEST_FRAME_BODY)
        self._unsent = []
        ours.setblocking(False)
        for pipe in self.pipes.values():
            os.set_blocking(pipe, False)
            _enlarge(pipe)

    def receive(self):
        """The frames that arrived, or None when the channel is closed."""
        try:
            data = self.connection.recv(256 * 1024)
        except BlockingIOError:
            return []
        except OSError:
            return None
        if not data:
            return None
        return self._frames.feed(data)

    def send(self, header, body=b""):
        self._unsent += (memoryview(part) for part in encode_frame(header, body) if part)
        self.flush()

    def flush(self):
        """Sends what the channel takes; has_unsent tells whether something is left."""
        try:
            while self._unsent:
                sent = self.connection.send(self._unsent[0])
                self._unsent[0] = self._unsent[0][sent:]
                if not self._unsent[0]:
                    del self._unsent[0]
        except BlockingIOError:
            pass
        except OSError:
            # It is dying; the end of its channel says so.
            self._unsent.clear()

    @property
    def has_unsent(self):
        return bool(self._unsent)

    def read_output(self, stream, most=PIPE_BYTES):
        """What the pipe holds now, at most so much; empty when there is nothing, None when nobody can write any more."""
        try:
            return os.read(self.pipes[stream], most) or None
        except BlockingIOError:
            return b""

    def waiting_output(self, stream):
        """How many bytes the pipe holds: a process that never stops writing must not hold up the end of a cell."""
        answer = fcntl.ioctl(self.pipes[stream], termios.FIONREAD, b"\0\0\0\0")
        return struct.unpack("i", answer)[0]

    def interrupt(self):
        """As Ctrl-C in a terminal: the kernel and the processes that its code started."""
        _signal_group(self.pid, signal.SIGINT)

    def kill(self, reason):
        self.killed = self.killed or reason
        _signal_group(self.pid, signal.SIGKILL)

    def reap(self):
        """Ends what is left of its processes and returns the wait status of the kernel."""
        if not self._died():
            self.kill(describe_death(CHANNEL_LOST << 8, None))
        _signal_group(self.pid, signal.SIGKILL)
        _, status = os.waitpid(self.pid, 0)
        return status

    def _died(self):
        """Whether it is dead, with a moment's patience: its channel closes just before."""
        for _ in range(20):
            if os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
                return True
            time.sleep(0.005)
        return False

    def close(self):
        self.connection.close()
        for pipe in self.pipes.values():
            os.close(pipe)

    def memory_bytes(self):
        try:
            with open("/proc/%d/statm" % self.pid) as file:
                return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        except OSError:
            return 0


def _signal_group(pid, number):
    # The group exists once the child has called setsid; before that only the process itself.
    for send in (os.killpg, os.kill):
        try:
            send(pid, number)
            return
        except ProcessLookupError:
            continue
        except PermissionError:
            continue


def _enlarge(pipe):
    try:
        fcntl.fcntl(pipe, 1031, PIPE_BYTES)  # F_SETPIPE_SZ, which has a name from Python 3.10 on
    except OSError:
        pass  # the system allows no larger pipes: slower, no different


def describe_death(status, memory_bytes):
    """What a wait status means, for the model."""
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        if number == signal.SIGKILL:
            limit = " (limit %s)" % readable_bytes(memory_bytes) if memory_bytes else ""
            return "the Python process was killed, most likely because it ran out of memory" + limit
        meaning = {
            signal.SIGSEGV: "segmentation fault",
            signal.SIGABRT: "aborted",
            signal.SIGBUS: "bus error",
            signal.SIGTERM: "terminated",
        }.get(number)
        return "the Python process was killed by signal %d%s" % (number, " (%s)" % meaning if meaning else "")
    if os.WEXITSTATUS(status) == CHANNEL_LOST:
        return "the Python process closed its channel to the host"
    return "the Python process exited with code %d (os._exit?)" % os.WEXITSTATUS(status)


def readable_bytes(number):
    gibibytes = number / (1 << 30)
    return "%g GiB" % gibibytes if gibibytes >= 1 else "%d MiB" % (number >> 20)
