"""The index of a patch: a git directory of its own, in which the work tree is added to a copy of the clone's index."""

import hashlib
import os

from file_tree import write_whole
from git_command import GitFailed, environment, failure, run_git, try_git

CONFIG = """[core]
\trepositoryformatversion = 1
\tbare = false
\tfileMode = true
\tsymlinks = true
\tignoreCase = false
\ttrustctime = true
\tautocrlf = false
\tsafecrlf = false
\tquotePath = true
\tuntrackedCache = false
\tpreloadIndex = false
\texcludesFile = /dev/null
\tattributesFile = /dev/null
\tlooseCompression = 1
\tbigFileThreshold = 64m
[pack]
\tcompression = 1
[index]
\tthreads = 1
[advice]
\taddEmbeddedRepo = false
[extensions]
\tobjectFormat = %s
"""


class Tracked:
    """What an index holds; all paths are bytes."""

    def __init__(self, listing):
        """listing: of `git ls-files -s -z`."""
        self.entries = set()
        self.submodules = {}  # path -> commit
        self.folders = set()
        for line in listing.split(b"\0")[:-1]:
            about, _, path = line.partition(b"\t")
            self.entries.add(path)
            if about.startswith(b"160000 "):
                self.submodules[path] = about.split(b" ")[1]
                self._add_folders(path)
            else:
                self._add_folders(path.rpartition(b"/")[0])

    def _add_folders(self, folder):
        while folder and folder not in self.folders:
            self.folders.add(folder)
            folder = folder.rpartition(b"/")[0]


class PatchIndex:
    def __init__(self, place, objects, work_tree, commit):
        """place: where the git directory is made. objects: those of the repository the workspace was cloned from."""
        self.place = place
        self.work_tree = work_tree
        self.commit = commit
        self.index = os.path.join(place, "index")
        self.environment = environment(place, GIT_DIR=place, GIT_WORK_TREE=work_tree)
        for folder in ("objects/info", "refs", "info"):
            os.makedirs(os.path.join(place, folder))
        write_whole(os.path.join(place, "HEAD"), b"ref: refs/heads/none\n")
        write_whole(os.path.join(place, "config"), (CONFIG % ("sha1" if len(commit) == 40 else "sha256")).encode())
        write_whole(os.path.join(place, "objects/info/alternates"), os.fsencode(objects) + b"\n")

    def git(self, *arguments, paths=()):
        """Runs git; paths are given to it on stdin."""
        return run_git(arguments, self.environment, self.work_tree, _joined(paths))

    def load(self, copy):
        """Takes over the copied index, which spares git what did not change, or reads the commit's tree."""
        if _is_whole(copy, len(self.commit)):
            write_whole(self.index, copy)
            try:
                return Tracked(self.git("ls-files", "-s", "-z"))
            except GitFailed:
                pass  # not an index that this git reads
        self.git("read-tree", self.commit)
        return Tracked(self.git("ls-files", "-s", "-z"))

    def ignored(self, paths):
        """Those of the paths that .gitignore ignores, tracked or not."""
        arguments = ["check-ignore", "--no-index", "-z", "--stdin"]
        # A path that begins with a colon would be taken for more than a path.
        given = _joined(b"./" + path for path in paths)
        code, output, complaint = try_git(arguments, self.environment, self.work_tree, given)
        if code > 1 or code < 0:
            raise failure(code, complaint)
        return {path[len(b"./") :] for path in output.split(b"\0")[:-1]}

    def changed(self, paths):
        """Those of the paths that are not as in the index, and not ignored."""
        literal = {**self.environment, "GIT_LITERAL_PATHSPECS": "1"}
        arguments = ["ls-files", "-z", "-m", "-o", "--exclude-per-directory=.gitignore", "--", *paths]
        return set(run_git(arguments, literal, self.work_tree).split(b"\0")[:-1])

    def remove(self, paths):
        if paths:
            self.git("update-index", "-z", "--force-remove", "--stdin", paths=paths)

    def add_all(self, excluded):
        """Adds the whole work tree but the excluded paths. Returns what git complained of."""
        arguments = ["add", "-A", "--ignore-errors", "--pathspec-from-file=-", "--pathspec-file-nul"]
        paths = [b".", *(b":(exclude,top,literal)" + path for path in excluded)]
        code, _, complaint = try_git(arguments, self.environment, self.work_tree, _joined(paths))
        lines = complaint.decode("utf-8", "backslashreplace").splitlines()
        failed = failure(code, complaint)
        if code < 0 or code > 1 or failed.kind == "no-space" or any(line.startswith("fatal: ") for line in lines):
            raise failed
        return [line[len("error: ") :] for line in lines if line.startswith("error: ")]

    def add_files(self, paths):
        """Adds files whatever folder they are in. Returns what git complained of."""
        if not paths:
            return []
        try:
            arguments = ["update-index", "-z", "--add", "--replace", "--stdin"]
            code, _, complaint = try_git(arguments, self.environment, self.work_tree, _joined(paths))
            if code != 0:
                raise failure(code, complaint)
            lines = complaint.decode("utf-8", "backslashreplace").splitlines()
            return [line for line in lines if line.startswith("Ignoring path ")]
        except GitFailed as failed:
            if failed.kind != "failed":
                raise
            if len(paths) == 1:
                return [str(failed)]
            half = len(paths) // 2
            return self.add_files(paths[:half]) + self.add_files(paths[half:])

    def add_attributes(self, lines):
        """Attributes that count more than those of the work tree."""
        with open(os.path.join(self.place, "info/attributes"), "ab") as file:
            file.writelines(line + b"\n" for line in lines)


def _joined(paths):
    return b"".join(path + b"\0" for path in paths)


def _is_whole(index, hash_digits):
    digest_bytes = hash_digits // 2
    digest = hashlib.sha1 if hash_digits == 40 else hashlib.sha256
    return index[:4] == b"DIRC" and digest(index[:-digest_bytes]).digest() == index[-digest_bytes:]
