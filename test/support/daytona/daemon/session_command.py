"""One command of a session: its two outputs, line by line, and its exit code once both have ended."""

import os
import select
import shutil
import tempfile
import threading

STDOUT = b"\x01\x01\x01"
STDERR = b"\x02\x02\x02"


class SessionCommand:
    def __init__(self, id, text, wants_input):
        self.id = id
        self.text = text
        self.directory = tempfile.mkdtemp(prefix="command-", dir="/run/daytona/sessions")
        self.lines = []
        self.ended = threading.Event()
        with open(self.path("command"), "w") as file:
            file.write(text)
        self.input = self.open_input() if wants_input else None
        self.readers = [self.follow("stdout", STDOUT), self.follow("stderr", STDERR)]
        threading.Thread(target=self.await_end, daemon=True).start()

    def path(self, name):
        return os.path.join(self.directory, name)

    def script(self):
        source = self.path("stdin") if self.input is not None else "/dev/null"
        run = "{ . %s; } < %s > %s 2> %s" % (self.path("command"), source, self.path("stdout"), self.path("stderr"))
        status = "echo $? > %s && mv %s %s" % (self.path("status.part"), self.path("status.part"), self.path("status"))
        return ("%s\n%s\n" % (run, status)).encode()

    def open_input(self):
        # Held open here, so that the command waits for input instead of finding its end.
        os.mkfifo(self.path("stdin"))
        return os.open(self.path("stdin"), os.O_RDWR)

    def send_input(self, data):
        if self.input is not None:
            os.write(self.input, data.encode())

    def follow(self, name, mark):
        os.mkfifo(self.path(name))
        pipe = os.open(self.path(name), os.O_RDONLY | os.O_NONBLOCK)
        reader = threading.Thread(target=self.read_lines, args=(pipe, mark), daemon=True)
        reader.start()
        return reader

    def read_lines(self, pipe, mark):
        poll = select.poll()
        poll.register(pipe, select.POLLIN)  # hang-up is reported only after a first writer has come and gone
        rest = b""
        while True:
            poll.poll()
            chunk = os.read(pipe, 65536)
            if not chunk:
                break
            *lines, rest = (rest + chunk).split(b"\n")
            self.lines.extend((mark, line) for line in lines)
        if rest:
            self.lines.append((mark, rest))
        os.close(pipe)

    def await_end(self):
        for reader in self.readers:
            reader.join()
        self.ended.set()

    def finished(self, seconds):
        return self.ended.wait(seconds) and self.exit_code() is not None

    def exit_code(self):
        """None while it runs, or when its shell ended with it."""
        if not self.ended.is_set():
            return None
        try:
            with open(self.path("status")) as file:
                return int(file.read())
        except FileNotFoundError:
            return None

    def describe(self):
        code = self.exit_code()
        description = {"id": self.id, "command": self.text}
        return description if code is None else {**description, "exitCode": code}

    def logs(self):
        """Every line ends with a line feed here, whether it was printed with one or not: the service does so."""
        lines = list(self.lines)
        marked = b"".join(mark + line + b"\n" for mark, line in lines)
        return {
            "output": marked.decode(errors="replace"),
            "stdout": text_of(lines, STDOUT),
            "stderr": text_of(lines, STDERR),
        }

    def clean_up(self):
        if self.input is not None:
            os.close(self.input)
            self.input = None
        shutil.rmtree(self.directory, ignore_errors=True)


def text_of(lines, wanted):
    return b"".join(line + b"\n" for mark, line in lines if mark == wanted).decode(errors="replace")
