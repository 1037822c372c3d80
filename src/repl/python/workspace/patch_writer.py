"""Writes a patch of an index that holds the work tree: as text, and within a limit."""

import os
import subprocess

from diff_text import DiffText
from git_command import failure, start_git
from kernel_process import readable_bytes
from link_sections import LINK, NO_FILE, link_sections
from patch_attributes import as_binary

OPTIONS = (
    "--cached --full-index -M --ignore-submodules=none --no-color --no-ext-diff --no-textconv"
    " --src-prefix=a/ --dst-prefix=b/"
).split()


class Changed:
    """One file that git lists as changed."""

    def __init__(self, about, paths):
        self.old_mode, self.new_mode, self.old_id, self.new_id = about[1:].split(b" ")[:4]
        self.paths = paths  # one, or the old and the new

    def is_link(self):
        return LINK in (self.old_mode, self.new_mode)


def write_patch(index, largest, remarks):
    """Writes the patch to `patch` beside the index; returns how many files it changes, and its bytes."""
    return _Writer(index, largest, remarks).write()


class _Writer:
    def __init__(self, index, largest, remarks):
        self.index = index
        self.largest = largest
        self.remarks = remarks
        self.options = OPTIONS

    def write(self):
        text = self._diff({})
        if text.has_whole_moves and _moved_links_made_room(self._changed_files()):
            # Of a link that moved unchanged `git apply` does not know that it was a link, and sees it in the way still.
            self.options = [*OPTIONS, "--no-renames"]
            text = self._diff({})
        replaced = {}
        if text.not_text:
            replaced = self._make_binary(text)
            text = self._diff(replaced)
        left_out = list(text.not_text)
        self._name("left out, as git makes no text of it", left_out)
        if text.bytes > self.largest:
            too_many = _too_many(text.sizes, [file.paths for file in self._changed_files()], self.largest)
            self._name(too_large(self.largest), too_many)
            left_out += too_many
        if left_out:
            text = self._diff({**replaced, **dict.fromkeys(left_out, b"")})
        return len(text.sizes) - len(set(left_out)), text.bytes

    def _diff(self, replaced):
        index = self.index
        place = os.path.join(index.place, "patch")
        complaints = os.path.join(index.place, "complaints")
        with open(place, "wb") as target, open(complaints, "w+b") as complaint:
            text = DiffText(target, replaced, self.largest)
            streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": complaint}
            arguments = ["diff", *self.options, "--binary", index.commit]
            with start_git(arguments, index.environment, index.work_tree, **streams) as git:
                text.read(git.stdout)
            if git.returncode != 0:
                complaint.seek(0)
                raise failure(git.returncode, complaint.read())
        return text

    def _changed_files(self):
        """In the order of the patch."""
        arguments = ["diff", *self.options, "--raw", "--no-abbrev", "-z", self.index.commit]
        fields = self.index.git(*arguments).split(b"\0")[:-1]
        files = []
        position = 0
        while position < len(fields):
            about = fields[position]
            end = position + (3 if about.rsplit(b" ", 1)[1][:1] in (b"R", b"C") else 2)
            files.append(Changed(about, fields[position + 1 : end]))
            position = end
        return files

    def _make_binary(self, text):
        """Has git make binary what is not text; returns what replaces the links that are not."""
        files = self._changed_files()
        wrong = sorted(text.not_text)
        self.index.add_attributes(line for number in wrong for line in as_binary(files[number].paths))
        links = [number for number in wrong if files[number].is_link()]
        return {number: self._as_link(files[number], text.headers[number]) for number in links}

    def _as_link(self, file, header):
        sides = ((file.old_mode, file.old_id), (file.new_mode, file.new_id))
        contents = [b"" if mode == NO_FILE else self.index.git("cat-file", "blob", id.decode()) for mode, id in sides]
        return link_sections(header, file, contents)

    def _name(self, reason, numbers):
        if numbers:
            files = self._changed_files()
            self.remarks.add(reason, [files[number].paths[-1] for number in numbers])


def too_large(largest):
    return "left out, as the patch would be over " + readable_bytes(largest)


def _moved_links_made_room(files):
    old = {file.paths[0] + b"/" for file in files if file.old_mode == LINK and len(file.paths) > 1}
    return any(file.paths[-1].startswith(tuple(old)) for file in files) if old else False


def _too_many(sizes, paths, largest):
    """The numbers of the largest files, so that the others fit; with them what lies in their way, or they in its."""
    left = sum(sizes)
    chosen = []
    for number in sorted(range(len(sizes)), key=sizes.__getitem__, reverse=True):
        if left <= largest:
            break
        for other in range(len(sizes)):
            if other not in chosen and (other == number or _collide(paths[number], paths[other])):
                chosen.append(other)
                left -= sizes[other]
    return chosen


def _collide(some, others):
    return any(a.startswith(b + b"/") or b.startswith(a + b"/") for a in some for b in others)
