"""Files and folders of the sandbox. A relative path starts in the home folder, where this process is."""

import os
import shutil
import stat
import time

from refusal import Refusal

CHUNK = 1 << 20


def write(call, reply):
    path = call["path"]
    folder = os.path.dirname(path)
    if folder:
        os.makedirs(folder, 0o755, exist_ok=True)
    left = call["size"]
    with open(path, "wb") as file:
        while left > 0:
            chunk = reply.stream.read(min(left, CHUNK))
            if not chunk:
                break
            file.write(chunk)
            left -= len(chunk)
    reply.send({"path": path, "bytes": call["size"] - left})


def read(call, reply):
    path = call["path"]
    if not path:
        raise Refusal(400, "INVALID_FILE_PATH", "invalid file path: path is empty")
    if os.path.isdir(path):
        raise Refusal(400, "INVALID_FILE_PATH", "invalid file path: path points to a directory: %s" % path)
    try:
        file = open(path, "rb")
    except FileNotFoundError:
        raise Refusal(404, "FILE_NOT_FOUND", "file not found: %s" % path)
    except PermissionError:
        raise Refusal(403, "FILE_ACCESS_DENIED", "permission denied: %s" % path)
    with file:
        reply.send({"size": os.fstat(file.fileno()).st_size})
        while True:
            chunk = file.read(CHUNK)
            if not chunk:
                break
            reply.connection.sendall(chunk)


def show(call, reply):
    reply.send(describe(call["path"]))


def show_folder(call, reply):
    folder = call["path"] or "."
    names = sorted(os.listdir(folder))
    reply.send([describe(os.path.join(folder, name)) for name in names if os.path.exists(os.path.join(folder, name))])


def make_folder(call, reply):
    os.makedirs(call["path"], int(call["mode"] or "0755", 8), exist_ok=True)
    reply.send(None, 201)


def delete(call, reply):
    path = call["path"]
    if not os.path.isdir(path):
        os.remove(path)
    elif call["recursive"]:
        shutil.rmtree(path)
    else:
        raise Refusal(400, "BAD_REQUEST", "cannot delete directory without recursive flag")
    reply.send(None, 204)


def describe(path):
    found = os.stat(path)
    modified = time.gmtime(found.st_mtime)
    return {
        "name": os.path.basename(path.rstrip("/")) or "/",
        "size": found.st_size,
        "mode": stat.filemode(found.st_mode),
        "modTime": time.strftime("%Y-%m-%d %H:%M:%S +0000 UTC", modified),
        "modifiedAt": time.strftime("%Y-%m-%dT%H:%M:%SZ", modified),
        "isDir": stat.S_ISDIR(found.st_mode),
        "owner": str(found.st_uid),
        "group": str(found.st_gid),
        "permissions": "%04o" % stat.S_IMODE(found.st_mode),
    }
