"""Applies a patch to the work tree of the workspace, three-way, or not at all."""

import os

from given_patch import patch_bytes, renames, strip_option
from kept_files import KeptFiles
from refusal import Refusal, answer_in_one_line, counted, readable_name
from scratch_repository import ScratchRepository

SHOWN_FILES = 12
SHOWN_REASONS = 4
EMPTY = "Nothing to apply: the patch is empty."
ALREADY_APPLIED = "Nothing to apply: the patch is applied already."

# Said besides the real reason, or of what git goes on to try otherwise.
_NO_REASONS = (b"repository lacks the necessary blob", b"Falling back to")


def apply_patch(root, text):
    """What was done, or `Error: ...`, in one line; raises nothing but an interrupt."""
    return answer_in_one_line(_apply, root, text)


def _apply(root, text):
    data = patch_bytes(text)
    if data is None:
        return EMPTY
    root = os.path.realpath(root)
    try:
        with ScratchRepository(root) as repository:
            return _Application(repository, root, data).run()
    except FileNotFoundError as error:
        if error.filename == "git":
            raise Refusal("git is not installed here; edit the files instead") from None
        raise


class _Application:
    def __init__(self, repository, root, data):
        self._repository = repository
        self._root = os.fsencode(root)
        self._data = data
        self._options = [strip_option(data, root), "--whitespace=nowarn"]

    def run(self):
        changes = self._read_changes()
        paths = list(dict.fromkeys(path for pair in changes for path in pair))
        # Before they enter into the index, which has when a file was last linked.
        kept = KeptFiles(self._repository.directory, self._root, filter(self._is_plain, paths))
        self._enter_into_index(paths)
        before = self._index()
        try:
            code, _, complaints = self._git("apply", "--3way", *self._options, given=self._data)
            after = self._index()
        except BaseException:
            kept.restore()
            raise
        conflicts = [path for path in paths if after.get(path, {}).keys() - {b"0"}]
        if code != 0 and not conflicts:
            kept.restore()
            if self._git("apply", "-R", "--check", *self._options, given=self._data)[0] == 0:
                return ALREADY_APPLIED
            raise Refusal("nothing was applied: " + _reasons(code, complaints))
        if after == before:
            kept.restore()
            return ALREADY_APPLIED
        marked = [path for path in conflicts if self._has_markers(path)]
        for path in conflicts:
            if path not in marked:
                kept.put_back(path)  # git would have the target of a link be both targets, with markers
        applied = [
            self._described(kept, *names)
            for names in changes
            if names[1] not in conflicts and any(after.get(name) != before.get(name) for name in names)
        ]
        return _report(applied, marked, [path for path in conflicts if path not in marked])

    def _git(self, *arguments, given=b""):
        return self._repository.git(*arguments, given=given)

    def _read_changes(self):
        """The name before and after of each file in the patch."""
        code, listed, complaints = self._numstat()
        if code != 0 and b"corrupt patch" in complaints:
            # Who writes a patch by hand miscounts its lines.
            self._options.append("--recount")
            code, listed, _ = self._numstat()
        if code != 0:
            raise Refusal("this is no patch that git can read: " + _reasons(code, complaints))
        sources = renames(self._data)
        names = [record.split(b"\t", 2)[2] for record in listed.split(b"\0")[:-1]]
        return [(sources.get(name, name), name) for name in dict.fromkeys(names)]

    def _numstat(self):
        return self._git("apply", "--numstat", "-z", *self._options, given=self._data)

    def _enter_into_index(self, paths):
        """
        Makes the index know the files of the patch as they are now, staged or not, so that git merges with them; and
        the links to folders on the way to them, so that git does not write through these.
        """
        entries = {}
        for path in filter(_is_inside, paths):
            entry = self._link_on_the_way(path) or path
            place = os.path.join(self._root, entry)
            if os.path.islink(place) or not os.path.isdir(place):
                entries[entry] = None
        listed = b"".join(path + b"\0" for path in entries)
        code, _, complaints = self._git("update-index", "--add", "--remove", "--replace", "-z", "--stdin", given=listed)
        if code != 0:
            raise Refusal("nothing was applied: " + _reasons(code, complaints))

    def _is_plain(self, path):
        return _is_inside(path) and self._link_on_the_way(path) is None

    def _link_on_the_way(self, path):
        folder = os.path.dirname(path)
        found = None
        while folder:
            if os.path.islink(os.path.join(self._root, folder)):
                found = folder
            folder = os.path.dirname(folder)
        return found

    def _index(self):
        """What the index has of each path, by stage: 0, or where there is a conflict, others."""
        _, listed, _ = self._git("ls-files", "--stage", "-z")
        entries = {}
        for line in listed.split(b"\0")[:-1]:
            content, path = line.split(b"\t", 1)
            mode, digest, stage = content.split(b" ")
            entries.setdefault(path, {})[stage] = (mode, digest)
        return entries

    def _described(self, kept, before, after):
        name = _shown(after)
        if before != after and not self._is_file(before):
            return "%s renamed from %s" % (name, _shown(before))
        if not self._is_file(after):
            return name + " deleted"
        return name if kept.existed(after) else name + " new"

    def _is_file(self, path):
        place = os.path.join(self._root, path)
        return os.path.islink(place) or os.path.isfile(place)

    def _has_markers(self, path):
        try:
            flags = os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW
            with open(os.open(os.path.join(self._root, path), flags), "rb") as file:
                return b"<<<<<<< " in file.read()
        except OSError:
            return False  # a link, or nothing there


def _is_inside(path):
    """Whether git would take this for a path of the work tree; what it would not is left to it to refuse."""
    parts = path.split(b"/")
    return all(part not in (b"", b".", b"..") and part.lower() != b".git" for part in parts)


def _reasons(code, complaints):
    """What git said, without its decoration, in one line."""
    lines = complaints.decode("utf-8", "surrogateescape").splitlines()
    said = [line.partition(": ")[2] for line in lines if line.startswith(("error: ", "fatal: "))]
    telling = [line for line in said if not line.startswith(tuple(text.decode() for text in _NO_REASONS))] or said
    telling = list(dict.fromkeys(telling)) or lines[-1:]
    if not telling:
        return "git ended with %s" % ("signal %d" % -code if code < 0 else "exit code %d" % code)
    return "; ".join(telling[:SHOWN_REASONS]) + ("; …" if len(telling) > SHOWN_REASONS else "")


def _shown(path):
    return readable_name(os.fsdecode(path))


def _listed(names):
    names = list(names)
    return ", ".join(names[:SHOWN_FILES]) + (", …" if len(names) > SHOWN_FILES else "")


def _report(applied, marked, unmarked):
    done = ["Applied: %s (%s)" % (counted(len(applied), "file"), _listed(applied))] if applied else []
    if not marked and not unmarked:
        return done[0]
    parts = []
    if marked:
        how = "they are marked with <<<<<<< and >>>>>>>; resolve them with edit_file."
        parts.append("conflicts in %s: %s" % (_listed(map(_shown, marked)), how))
    if unmarked:
        what = "conflicts" if not marked else "There are more"
        why = "which cannot be merged and %s left as before." % ("was" if len(unmarked) == 1 else "were")
        parts.append("%s in %s, %s" % (what, _listed(map(_shown, unmarked)), why))
    return "Error: " + " ".join(parts + done)
