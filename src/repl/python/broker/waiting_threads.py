"""Tells from outside whether every thread of a process waits: in a lock, or in an event loop with nothing to do."""

import os

# futex, epoll_wait, epoll_pwait, epoll_pwait2 by machine; a sleep or a wait for a process is none of them.
_WAITING_CALLS = {
    "x86_64": {"202", "232", "281", "441"},
    "aarch64": {"98", "22", "441"},
}.get(os.uname().machine)


def all_threads_wait(pid, except_thread):
    """Whether all threads of the process wait, leaving out the one that reads answers."""
    try:
        threads = os.listdir("/proc/%d/task" % pid)
    except OSError:
        return False
    return all(int(thread) == except_thread or _thread_waits(pid, thread) for thread in threads)


def _thread_waits(pid, thread):
    call = _read("/proc/%d/task/%s/syscall" % (pid, thread))
    if call is not None and _WAITING_CALLS is not None:
        return call.split(" ", 1)[0] in _WAITING_CALLS
    # Where the system hides the call: asleep, whatever the reason, counts as waiting.
    state = _read("/proc/%d/task/%s/stat" % (pid, thread))
    return state is not None and state.rpartition(")")[2].split()[0] == "S"


def _read(path):
    try:
        with open(path) as file:
            return file.read()
    except OSError:
        return None
