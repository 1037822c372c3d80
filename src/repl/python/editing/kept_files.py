"""Files of a work tree kept aside, so that an operation on them can be undone."""

import os

from refusal import Refusal, readable_name


class KeptFiles:
    """
    git replaces files and never writes into them, so that a second link keeps what was there, for nothing. The root
    and the paths in it are bytes.
    """

    def __init__(self, directory, root, paths):
        self._folder = os.fsencode(os.path.join(directory, "kept"))
        self._root = root
        self._kept = {}
        self._absent = []
        self._absent_folders = set()
        self._failed = []
        os.mkdir(self._folder)
        for path in paths:
            self._keep(path)

    def existed(self, path):
        return path in self._kept

    def _keep(self, path):
        place = os.path.join(self._root, path)
        if not os.path.lexists(place) or _is_folder(place):
            self._absent.append(path)
            self._note_absent_folders(path)
        elif os.path.islink(place) or os.path.isfile(place):
            copy = os.path.join(self._folder, b"%d" % len(self._kept))
            _link(place, copy)
            self._kept[path] = copy

    def _note_absent_folders(self, path):
        folder = os.path.dirname(path)
        while folder and not _is_folder(os.path.join(self._root, folder)):
            self._absent_folders.add(folder)
            folder = os.path.dirname(folder)

    def restore(self):
        """Puts everything back as it was. Raises Refusal with the names of what could not be."""
        for path in self._absent:
            self._attempt(_remove_file, path)
        for folder in sorted(self._absent_folders, key=len, reverse=True):
            self._attempt(_remove_folder, folder)
        for path, copy in self._kept.items():
            self._attempt(_put_back, path, copy)
        if self._failed:
            names = ", ".join(readable_name(os.fsdecode(path)) for path in self._failed)
            raise Refusal("the patch was applied in part only, and this could not be put back: %s" % names)

    def put_back(self, path):
        """Puts one file back as it was, if it was there."""
        if path in self._kept:
            _put_back(os.path.join(self._root, path), self._kept[path])

    def _attempt(self, action, path, *arguments):
        try:
            action(os.path.join(self._root, path), *arguments)
        except OSError:
            self._failed.append(path)


def _is_folder(place):
    return os.path.isdir(place) and not os.path.islink(place)


def _remove_file(place):
    if os.path.lexists(place) and not _is_folder(place):
        os.unlink(place)


def _remove_folder(place):
    if _is_folder(place):
        os.rmdir(place)


def _put_back(place, copy):
    os.makedirs(os.path.dirname(place), exist_ok=True)
    os.replace(copy, place)


def _link(place, copy):
    try:
        os.link(place, copy, follow_symlinks=False)
    except OSError:
        import shutil

        # Another file system, or one without links.
        shutil.copy2(place, copy, follow_symlinks=False)
