"""Runs git with no configuration but ours, no prompts, and messages in English."""

import errno
import os
import subprocess

from kernel_process import readable_bytes

QUIET = {
    "core.fsync": "none",  # what is written here is not meant to outlive the sandbox
    "core.hooksPath": "/dev/null",
    "core.fsmonitor": "false",
    "gc.auto": "0",
    "maintenance.auto": "false",
}


class GitFailed(Exception):
    """What git said, as one line, bytes that are not UTF-8 as surrogates; kind is "no-git", "no-space" or "failed"."""

    def __init__(self, kind, message):
        super().__init__(message)
        self.kind = kind


def kind_and_message(failed):
    """What a GitFailed or an OSError is reported as."""
    if isinstance(failed, GitFailed):
        return failed.kind, str(failed).encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return ("no-space" if failed.errno in (errno.ENOSPC, errno.EDQUOT) else "failed"), str(failed)


def size_of_mount(directory):
    """The size of the file system that a directory is on, as it is told to people."""
    mount = os.statvfs(directory)
    return readable_bytes(mount.f_blocks * mount.f_frsize)


def environment(home, **more):
    """home: a directory whose .gitconfig, if any, is the only configuration of a user that git sees."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": home,
        "XDG_CONFIG_HOME": home,
        "LC_ALL": "C",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.path.join(home, ".gitconfig"),
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_DEFAULT_REF_FORMAT": "files",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_TERMINAL_PROMPT": "0",
        **more,
    }


def start_git(arguments, environment, directory, **streams):
    """A running git; streams as for Popen."""
    settings = [part for name, value in QUIET.items() for part in ("-c", name + "=" + value)]
    try:
        return subprocess.Popen(["git", *settings, *arguments], env=environment, cwd=directory, **streams)
    except FileNotFoundError as error:
        if error.filename == "git":
            raise GitFailed("no-git", "there is no git in the sandbox") from error
        raise


def try_git(arguments, environment, directory, input=b""):
    """Runs git to its end; returns its exit code, stdout and stderr."""
    streams = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with start_git(arguments, environment, directory, **streams) as git:
        output, complaint = git.communicate(input)
    return git.returncode, output, complaint


def run_git(arguments, environment, directory, input=b""):
    """Runs git and returns its stdout. Raises GitFailed."""
    code, output, complaint = try_git(arguments, environment, directory, input)
    if code != 0:
        raise failure(code, complaint)
    return output


def failure(code, complaint):
    """The GitFailed that a complaint of git amounts to."""
    full = any(word in complaint for word in (b"No space left on device", b"Disk quota exceeded", b"Out of diskspace"))
    return GitFailed("no-space" if full else "failed", reason(complaint) or "git ended with code %d" % code)


def reason(complaint):
    """The first error that git names, without what it is introduced by; its last line where it names none."""
    lines = [line.strip() for line in complaint.decode("utf-8", "surrogateescape").splitlines() if line.strip()]
    for line in lines:
        for prefix in ("error: ", "fatal: "):
            if line.startswith(prefix):
                return line[len(prefix) :]
    return lines[-1] if lines else ""
