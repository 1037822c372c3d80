"""
Prepares what a sandbox inherits, then becomes bubblewrap.

launcher.py SOCKET CGROUPS UID BWRAP_ARGUMENTS...

SOCKET: where to listen; the sandbox gets the listening socket as descriptor 90, and no way to the file.
CGROUPS: the `cgroup.procs` files to join, separated by colons, or nothing.
UID: who to become first, or nothing.
Standard input: the broker's configuration in a line, which the sandbox gets as descriptor 94. What its maker says
afterwards the sandbox hears from descriptor 95: when the maker ends without a word, so does the sandbox.
"""

# `_socket` and not `socket`, which would take longer to load than all the rest takes to run.
import _socket
import os
import resource
import sys

LISTENER = 90
CONFIG = 94
MAKER = 95
OPEN_FILES = 1024
LARGEST_FILE_BYTES = 1 << 30


def main():
    socket_path, cgroups, uid, *arguments = sys.argv[1:]
    configuration = read_line()
    if configuration is None:
        return  # the maker has ended
    for procs in filter(None, cgroups.split(":")):
        with open(procs, "w") as file:
            file.write(str(os.getpid()))
    listener = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
    os.umask(0o077)
    listener.bind(socket_path)
    listener.listen(128)
    os.umask(0o022)
    config = os.memfd_create("config")
    os.write(config, configuration)
    os.lseek(config, 0, os.SEEK_SET)
    os.dup2(listener.fileno(), LISTENER)
    os.dup2(config, CONFIG)
    os.dup2(0, MAKER)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.closerange(3, LISTENER)
    os.closerange(LISTENER + 1, CONFIG)
    os.closerange(MAKER + 1, 4096)
    limit(resource.RLIMIT_CORE, 0)
    limit(resource.RLIMIT_FSIZE, LARGEST_FILE_BYTES)
    limit(resource.RLIMIT_NOFILE, OPEN_FILES)
    if uid:
        os.setgroups([])
        os.setgid(int(uid))
        os.setuid(int(uid))
    os.execv(arguments[0], arguments)


def read_line():
    line = b""
    while not line.endswith(b"\n"):
        part = os.read(0, 65536)
        if not part:
            return None
        line += part
    return line


def limit(kind, value):
    _, hard = resource.getrlimit(kind)
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(kind, (value, value))


main()
