"""The kernel: the Python process that holds the REPL's state and runs its cells, one after the other."""

import _queue
import builtins
import json
import os
import random
import re
import resource
import signal
import sys
import threading
import types

from channel import CHANNEL_LOST, read_frame
from error_report import own_traceback, remember_source, report_error
from execution import run_code
from host_calls import HostCalls
from host_functions import query_functions, sub_agent_functions, tool_functions
from interrupts import CellSubmitted, Interrupts
from submission import submission_functions, user_variables

WORKING_DIRECTORIES = ("/workspace", "/home/agent")


class Kernel:
    def __init__(self, connection, start):
        self._connection = connection
        self._pid = os.getpid()
        self._cells = _queue.SimpleQueue()
        self._interrupts = Interrupts()
        self._calls = HostCalls(connection, self._interrupts)
        self._namespace = _new_main_module()
        self._kept = self._functions(start)
        self._count = 0
        self._outputs = (os.dup(1), os.dup(2))
        self._streams = [_open_output(1), _open_output(2)]
        os.register_at_fork(after_in_child=self._become_forked_copy)
        threading.excepthook = _report_thread_error

    def _functions(self, start):
        functions = submission_functions(self._calls, self._interrupts, start["outputs"], self._namespace)
        if start["queries"]:
            functions.update(query_functions(self._calls))
        if start["subAgents"]:
            functions.update(sub_agent_functions(self._calls, bool(start.get("workspace"))))
        if start.get("workspace"):
            from workspace_functions import workspace_functions

            functions.update(workspace_functions())
        for tool in start["tools"]:
            functions.update(tool_functions(self._calls, tool))

        def SHOW_VARS():
            """Names and types of the variables."""
            return user_variables(self._namespace, provided)

        functions["SHOW_VARS"] = SHOW_VARS
        provided = frozenset(functions)
        return functions

    def add_inputs(self, names, inputs):
        """Makes variables of the inputs, whose JSON the broker keeps for the next kernel."""
        for name in names:
            try:
                self._kept[name] = json.loads(inputs.pop(name))
            except MemoryError:
                raise MemoryError("the input %r did not fit into the memory of the Python process" % name) from None

    def fail(self, message):
        """Ends the kernel, and says why."""
        self._calls.send({"type": "failed", "message": message})
        os._exit(1)

    def run(self):
        thread = threading.Thread(target=self._read_messages, daemon=True)
        thread.start()
        self._calls.send({"type": "ready", "threadOfAnswers": thread.native_id})
        while True:
            self._run_cell(*self._cells.get())

    def _read_messages(self):
        while True:
            frame = self._next_frame()
            if frame is None:
                os._exit(CHANNEL_LOST)
            header, body = frame
            if header["type"] == "cell":
                self._cells.put((header["cellId"], body.decode("utf-8", "surrogatepass")))
            elif header["type"] == "input":
                self._set_input(header["name"], body)
            elif header["type"] == "interrupt":
                self._interrupts.want(header["cellId"])
            else:
                self._calls.on_answer(header, body)

    def _set_input(self, name, body):
        """A variable that comes between two cells; one of that name that the code had is kept beside it."""
        try:
            value = json.loads(body)
        except MemoryError:
            return  # what there was stays
        if name in self._namespace and name not in self._kept:
            self._namespace[name + "_before"] = self._namespace[name]
        self._kept[name] = value

    def _next_frame(self):
        try:
            return read_frame(self._connection)
        except OSError:
            return None

    def _run_cell(self, cell_id, code):
        self._count += 1
        self._prepare()
        self._calls.begin_cell(cell_id)
        try:
            status, error = self._execute(code, "<cell %s>" % self._number(cell_id))
        except (KeyboardInterrupt, CellSubmitted) as late:
            # It came in the instant between the code's end and the shield.
            self._interrupts.shield()
            status, error = "error", report_error(late)
        _flush()
        if os.getpid() != self._pid:
            os._exit(0)  # a copy that the code forked has come to the end of the cell
        self._calls.end_cell()
        try:
            self._calls.send({"type": "ended", "cellId": cell_id, "status": status, "error": error})
        except OSError:
            os._exit(CHANNEL_LOST)  # the code closed the kernel's descriptors

    def _execute(self, code, filename):
        remember_source(filename, code)
        try:
            self._interrupts.unshield()
            try:
                run_code(code, filename, self._namespace)
            finally:
                self._interrupts.shield()
        except BaseException as error:
            self._interrupts.shield()
            if self._interrupts.submitted:
                return "submitted", None
            return "error", self._report(error)
        return "submitted" if self._interrupts.submitted else "ok", None

    def _report(self, error):
        try:
            return report_error(error)
        except MemoryError:
            return {"type": type(error).__name__, "message": "out of memory", "traceback": ""}

    def _number(self, cell_id):
        """The cell's number as the host counts, where its id ends in one."""
        number = re.search(r"\d+$", cell_id)
        return number.group() if number else self._count

    def _prepare(self):
        """Puts back what an earlier cell may have overwritten."""
        self._namespace.update(self._kept)
        for target, kept in zip((1, 2), self._outputs):
            os.dup2(kept, target)
        self._streams = [_open_output(n) if stream.closed else stream for n, stream in zip((1, 2), self._streams)]
        sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__ = self._streams

    def _become_forked_copy(self):
        self._calls.become_forked_copy()
        self._interrupts.shield()
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        self._connection.close()


def _new_main_module():
    """The module `__main__` of the model's code, so that what it defines can be pickled and inspected."""
    module = types.ModuleType("__main__")
    sys.modules["__main__"] = module
    module.__dict__["__builtins__"] = builtins
    return module.__dict__


def _open_output(descriptor):
    return open(descriptor, "w", buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False)


def _flush():
    for stream in (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__):
        try:
            stream.flush()
        except Exception:
            pass  # code replaced or closed it; the next cell gets a new one


def _report_thread_error(arguments):
    if arguments.exc_type is None or issubclass(arguments.exc_type, SystemExit):
        return
    print("Exception in %s:" % arguments.thread.name, file=sys.stderr)
    print(own_traceback(arguments.exc_value), end="", file=sys.stderr)


def _install_builtins():
    def refuse_input(prompt=""):
        """Not available here."""
        raise RuntimeError("input() is not available: nobody is there to type. Use the variables that are given.")

    def leave(code=None):
        """Ends the cell; the REPL goes on."""
        raise SystemExit(code)

    builtins.input = refuse_input
    builtins.exit = builtins.quit = leave


def _limit(config):
    for kind, value in ((resource.RLIMIT_DATA, config["dataBytes"]), (resource.RLIMIT_NPROC, config["processes"])):
        if value is not None:
            resource.setrlimit(kind, (value, value))
    try:
        with open("/proc/self/oom_score_adj", "w") as file:
            file.write("800")  # if anything must be killed, then this and not the broker
    except OSError:
        pass  # hidden by the system; then the largest process is the first choice anyway


def _settle_in(seed):
    os.setsid()
    for directory in WORKING_DIRECTORIES:
        if os.path.isdir(directory):
            os.chdir(directory)
            break
    sys.argv = [""]
    sys.path[0:1] = [""]
    _add_installed_packages()
    random.seed(seed)


def _add_installed_packages():
    """What `-S` left out at the start."""
    import site

    for directory in site.getsitepackages():
        if os.path.isdir(directory) and directory not in sys.path:
            sys.path.append(directory)


def _hide_own_modules():
    """The names of these modules are free for the model's own."""
    here = os.path.dirname(os.path.abspath(__file__))
    for name, module in list(sys.modules.items()):
        if os.path.dirname(getattr(module, "__file__", None) or "") == here:
            del sys.modules[name]


def main(connection, start, inputs, config):
    """Runs in the forked process until the broker is gone."""
    connection.setblocking(True)
    if start.get("workspace"):
        # Only a kernel with a workspace pays for loading it; now, as these modules are out of reach once it has settled in.
        import workspace_functions  # noqa: F401
    _settle_in(start["seed"])
    _limit(config)
    _install_builtins()
    kernel = Kernel(connection, start)
    _hide_own_modules()
    try:
        kernel.add_inputs(start["inputs"], inputs)
    except MemoryError as error:
        kernel.fail(str(error))
    kernel.run()
