"""
Clones the repository of an agent's workspace.

clone(spec) -> {"ok": true, "files": N} or {"ok": false, "kind": "no-git" | "no-space" | "failed", "error": one line}
  source      the bare repository whose objects the clone shares
  directory   an empty directory, which may be a mount
  state       a writable directory outside of it
  origin      what the remote `origin` is said to be
  branch      the local branch to be made at the commit, or null: HEAD is detached
  commit      its full id
"""

import json
import os

from file_tree import remove_contents, write_whole
from git_command import GitFailed, environment, kind_and_message, run_git, size_of_mount

SETTINGS = {
    "user.name": "agent",
    "user.email": "agent@localhost",
    "gc.auto": "0",
    "maintenance.auto": "false",
    "advice.detachedHead": "false",
}
MOST_WORKERS = 8


def clone(spec):
    """Clones, once: after a success it only says so again, and what was left half-done is done anew."""
    done = os.path.join(spec["state"], "clone.json")
    try:
        with open(done, "rb") as file:
            return json.loads(file.read())
    except (OSError, ValueError):
        pass  # not cloned yet
    try:
        result = {"ok": True, "files": _clone(spec)}
        write_whole(done, json.dumps(result).encode())
        return result
    except (GitFailed, OSError) as failed:
        kind, message = kind_and_message(failed)
    if kind == "no-space":
        where = (spec["directory"], size_of_mount(spec["directory"]))
        message = "the work tree does not fit into the sandbox's %s (%s)" % where
    return {"ok": False, "kind": kind, "error": message}


def _clone(spec):
    directory, state = spec["directory"], spec["state"]
    os.makedirs(directory, exist_ok=True)
    os.makedirs(state, exist_ok=True)
    remove_contents(directory)
    # Only a user's configuration may say so, and git asks for it wherever the source belongs to somebody else.
    write_whole(os.path.join(state, ".gitconfig"), b"[safe]\n\tdirectory = *\n")
    clean = environment(state)

    def git(*arguments):
        return run_git(arguments, clean, directory)

    _clone_without_files(spec, git)
    git("config", "remote.origin.url", spec["origin"])
    made = _head(directory)
    workers = min(len(os.sched_getaffinity(0)), MOST_WORKERS)
    where = ["--detach"] if spec["branch"] is None else ["--no-track", "-B", spec["branch"]]
    try:
        git("-c", "checkout.workers=%d" % workers, "checkout", "-q", "-f", *where, spec["commit"], "--")
    except GitFailed as failed:
        # Of a file that it cannot write git does not say why.
        if failed.kind == "failed" and "unable to write" in str(failed) and not _fits(spec, git):
            raise GitFailed("no-space", str(failed)) from None
        raise
    if made is not None and made != spec["branch"]:
        git("branch", "-q", "-D", "--", made)
    with open(os.path.join(directory, ".git", "index"), "rb") as file:
        index = file.read()
    # Written last: what the agent changes is younger than this copy.
    write_whole(os.path.join(state, "index"), index)
    return int.from_bytes(index[8:12], "big")


def _clone_without_files(spec, git):
    settings = [part for name, value in SETTINGS.items() for part in ("-c", name + "=" + value)]
    arguments = ["clone", "-q", "--shared", "--no-checkout", "--origin=origin", "--template=", *settings]
    places = ["--", spec["source"], "."]
    if spec["branch"] is None:
        git(*arguments, *places)
    else:
        try:
            git(*arguments, "--branch=" + spec["branch"], *places)
        except GitFailed as failed:
            if "not found in upstream" not in str(failed):
                raise
            # A branch that is only now to be made.
            git(*arguments, *places)
    for folder in ("info", "hooks"):
        os.makedirs(os.path.join(spec["directory"], ".git", folder), exist_ok=True)


def _head(directory):
    """The branch that the clone began with, or None where HEAD names none that exists."""
    with open(os.path.join(directory, ".git", "HEAD"), encoding="utf-8", errors="surrogateescape") as file:
        head = file.read().strip()
    prefix = "ref: refs/heads/"
    if not head.startswith(prefix):
        return None
    name = head[len(prefix) :]
    return name if os.path.exists(os.path.join(directory, ".git", "refs", "heads", name)) else None


def _fits(spec, git):
    """Whether the files of the commit fit into what the workspace has in all."""
    mount = os.statvfs(spec["directory"])
    entries = git("ls-tree", "-r", "-l", "-z", spec["commit"]).split(b"\0")[:-1]
    sizes = [entry.partition(b"\t")[0].split()[3] for entry in entries]
    blocks = sum(-(-int(size) // mount.f_frsize) for size in sizes if size != b"-")
    return blocks < mount.f_blocks
