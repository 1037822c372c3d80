"""A git directory beside the agent's own, for one operation: no settings, hooks or filters but git's defaults."""

import os
import re

_CONFIG = """\
[core]
	repositoryformatversion = %d
	bare = false
	fileMode = true
	symlinks = true
	looseCompression = 1
	hooksPath = /dev/null
"""
_SHA256 = "[extensions]\n\tobjectFormat = sha256\n"
_STATES_SHA256 = re.compile(rb"objectformat\s*=\s*\"?sha256", re.IGNORECASE)


class ScratchRepository:
    """
    Has the objects of the repository at root, an empty index, and root as its work tree. It lies within the
    repository's own .git, where the work tree's file system has room, and is removed at the end.
    """

    def __init__(self, root):
        self._root = root
        self._own = os.path.join(root, ".git")
        name = "scratch-" + os.urandom(8).hex()
        # Without a .git, what git can do without the repository's objects still works.
        self._has_own = os.path.isdir(self._own)
        self.directory = os.path.join(self._own if self._has_own else _temporary_directory(), name)

    def __enter__(self):
        try:
            self._create()
        except BaseException:
            self._remove()
            raise
        return self

    def __exit__(self, *exception):
        self._remove()

    def _create(self):
        for folder in ("", "refs", "objects", "objects/info"):
            os.mkdir(os.path.join(self.directory, folder))
        sha256 = self._has_own and _STATES_SHA256.search(_read(os.path.join(self._own, "config")))
        self._write("config", _CONFIG % (1 if sha256 else 0) + (_SHA256 if sha256 else ""))
        self._write("HEAD", "ref: refs/heads/none\n")
        if self._has_own:
            self._write("objects/info/alternates", "../../objects\n")

    def _write(self, name, text):
        with open(os.path.join(self.directory, name), "w", encoding="utf-8") as file:
            file.write(text)

    def _remove(self):
        import shutil

        shutil.rmtree(self.directory, ignore_errors=True)

    def git(self, *arguments, given=b""):
        """Runs git in the work tree. Returns exit code, output and complaints; the code is negative for a signal."""
        import subprocess

        done = subprocess.run(
            ["git", *arguments], cwd=self._root, env=self._environment(), input=given, capture_output=True
        )
        return done.returncode, done.stdout, done.stderr

    def _environment(self):
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        return {
            **inherited,
            "GIT_DIR": self.directory,
            "GIT_WORK_TREE": self._root,
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_ATTR_NOSYSTEM": "1",
            "GIT_TERMINAL_PROMPT": "0",
            "HOME": self.directory,  # for a git that does not know GIT_CONFIG_GLOBAL
            "XDG_CONFIG_HOME": self.directory,
            "LC_ALL": "C",
        }


def _temporary_directory():
    import tempfile

    return tempfile.gettempdir()


def _read(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return b""  # nothing known is as good as the defaults
