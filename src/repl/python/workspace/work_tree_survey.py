"""Looks through a work tree before git does: makes it readable, and finds what git would leave out or misread."""

import os
import stat

LARGEST_TEXT_BYTES = 50_000_000


class Survey:
    """What is in a work tree; all paths are bytes, relative to it."""

    def __init__(self):
        self.repositories = []  # folders with a .git in them that are not submodules
        self.files_of_repositories = []
        self.replaced_submodules = []  # folders where the commit has a submodule, and the work tree has files
        self.kept_submodules = []  # submodules that somebody filled, at the commit that is recorded
        self.special = []  # FIFOs, sockets, devices
        self.large = []  # files over the limit
        self.heavy = []  # files of which a text diff would take too much memory
        self.unreadable = []
        self.changed_in_that_second = False


def survey(root, tracked, ignored, largest, since):
    """
    Looks at every file of a work tree but those in ignored folders.

    tracked   the Tracked of its index
    ignored   a function: the set of those of a list of paths that .gitignore ignores
    largest   files of more bytes are listed
    since     a time in ns: whether a tracked file was changed in the rest of that second is told
    """
    found = Survey()
    look = _Look(root, tracked, largest, since, found)
    level = [(b"", False)]
    while level:
        below = []
        for folder, in_repository in level:
            look.folder(folder, in_repository, below)
        unknown = [folder for folder, _ in below if folder not in tracked.folders]
        skipped = ignored(unknown) if unknown else ()
        level = [entry for entry in below if entry[0] not in skipped]
    _forget_ignored(found, tracked, ignored)
    for paths in vars(found).values():
        if isinstance(paths, list):
            paths.sort()
    return found


def _forget_ignored(found, tracked, ignored):
    """Of what git does not look at itself, what .gitignore ignores."""
    unknown = [path for path in found.special + found.files_of_repositories if path not in tracked.entries]
    skipped = ignored(unknown) if unknown else ()
    found.special = [path for path in found.special if path not in skipped]
    found.files_of_repositories = [path for path in found.files_of_repositories if path not in skipped]


class _Look:
    def __init__(self, root, tracked, largest, since, found):
        self.root = root
        self.tracked = tracked
        self.largest = largest
        self.since = since
        self.second = since // 10**9
        self.found = found

    def folder(self, folder, in_repository, below):
        """Looks at the entries of one folder, and appends the folders in it to below."""
        found = self.found
        try:
            entries = _entries(os.path.join(self.root, folder))
        except OSError:
            found.unreadable.append(folder)
            return
        if folder:
            repository = any(entry.name == b".git" for entry in entries)
            recorded = self.tracked.submodules.get(folder)
            if recorded is not None and entries:
                if repository and _head(os.path.join(self.root, folder, b".git")) == recorded:
                    found.kept_submodules.append(folder)
                    return
                found.replaced_submodules.append(folder)
            if repository and not in_repository:
                found.repositories.append(folder)
                in_repository = True
        prefix = folder + b"/" if folder else b""
        for entry in entries:
            if entry.name == b".git":
                continue
            path = prefix + entry.name
            try:
                self._entry(entry, path, in_repository, below)
            except FileNotFoundError:
                pass  # it went away meanwhile
            except OSError:
                found.unreadable.append(path)

    def _entry(self, entry, path, in_repository, below):
        found = self.found
        if entry.is_dir(follow_symlinks=False):
            below.append((path, in_repository))
            return
        status = entry.stat(follow_symlinks=False)
        changed = status.st_ctime_ns
        if changed >= self.since and changed // 10**9 == self.second and path in self.tracked.entries:
            found.changed_in_that_second = True
        mode = status.st_mode
        if stat.S_ISREG(mode):
            if not mode & stat.S_IRUSR and not os.access(entry.path, os.R_OK):
                os.chmod(entry.path, stat.S_IMODE(mode) | stat.S_IRUSR)
            if status.st_size > self.largest:
                found.large.append(path)
            elif status.st_size > LARGEST_TEXT_BYTES:
                found.heavy.append(path)
        elif not stat.S_ISLNK(mode):
            found.special.append(path)
            return
        if in_repository:
            found.files_of_repositories.append(path)


def _entries(folder):
    """The entries of a folder, which is made accessible where it is not."""
    if not os.access(folder, os.R_OK | os.X_OK):
        os.chmod(folder, stat.S_IMODE(os.lstat(folder).st_mode) | stat.S_IRWXU)
    with os.scandir(folder) as entries:
        return list(entries)


def _head(git):
    """The commit that HEAD names in a .git, or None: not asked of git, which would heed the repository's settings."""
    try:
        if not os.path.isdir(git):
            target = _first_line(git)
            if not target.startswith(b"gitdir: "):
                return None
            git = os.path.join(os.path.dirname(git), target[len(b"gitdir: ") :])
        head = _first_line(os.path.join(git, b"HEAD"))
        if not head.startswith(b"ref: "):
            return head
        return _reference(git, head[len(b"ref: ") :])
    except OSError:
        return None


def _reference(git, name):
    try:
        return _first_line(os.path.join(git, name))
    except OSError:
        with open(os.path.join(git, b"packed-refs"), "rb") as file:
            for line in file:
                commit, _, of = line.rstrip(b"\n").partition(b" ")
                if of == name:
                    return commit
    return None


def _first_line(path):
    with open(path, "rb") as file:
        return file.readline(4096).rstrip(b"\n")
