"""
Takes the patch of an agent's workspace: from a commit to the work tree as it is.

make_patch(spec) -> {"ok": true, "bytes": N, "files": N, "remarks": [text]} or {"ok": false, "kind", "error": one line}
  directory   the work tree
  state       the directory in which the clone left its index; the patch is written to `patch` in it
  objects     the objects of the repository that was cloned
  commit      what the patch begins from
  largest     the most bytes that the patch may have; what is too much is left out and named. Default: 384 MiB

Of the agent's own .git nothing is used: neither its index nor its commits, settings, hooks or filters.
"""

import os
import re
import stat

from file_tree import remove
from git_command import GitFailed, kind_and_message, size_of_mount
from patch_attributes import as_binary, as_encoded
from patch_index import PatchIndex
from patch_remarks import Remarks
from patch_writer import too_large, write_patch
from work_tree_survey import survey

LARGEST = 384 * 1024 * 1024


def make_patch(spec):
    scratch = os.path.join(spec["state"], "patch.git")
    copy, copied = _copied_index(os.path.join(spec["state"], "index"))
    try:
        try:
            return _make_patch(spec, scratch, copy, copied)
        except GitFailed as failed:
            if failed.kind != "failed" or not copy:
                raise
            # The copied index may be no good after all, such as one that names objects of the agent's own.
            return _make_patch(spec, scratch, b"", 0)
    except (GitFailed, OSError) as failed:
        kind, message = kind_and_message(failed)
    finally:
        remove(scratch)
    if kind == "no-space":
        where = (spec["state"], size_of_mount(spec["state"]))
        message = "the patch does not fit into the sandbox's %s (%s)" % where
    return {"ok": False, "kind": kind, "error": message}


def _make_patch(spec, scratch, copy, copied):
    remove(scratch)
    largest = spec.get("largest") or LARGEST
    work_tree = _work_tree(spec["directory"], scratch)
    index = PatchIndex(scratch, spec["objects"], work_tree, spec["commit"])
    remarks = Remarks()
    _add_work_tree(index, copy, copied, largest, remarks)
    files, size = write_patch(index, largest, remarks)
    target = os.path.join(spec["state"], "patch")
    remove(target)
    os.replace(os.path.join(scratch, "patch"), target)
    return {"ok": True, "bytes": size, "files": files, "remarks": remarks.lines()}


def _work_tree(directory, scratch):
    """The work tree, or an empty one where the agent removed it, or put something else in its place."""
    try:
        mode = os.lstat(directory).st_mode
        if stat.S_ISDIR(mode):
            if not os.access(directory, os.R_OK | os.X_OK):
                os.chmod(directory, stat.S_IMODE(mode) | stat.S_IRWXU)
            return directory
    except FileNotFoundError:
        pass
    empty = os.path.join(scratch, "empty")
    os.makedirs(empty)
    return empty


def _add_work_tree(index, copy, copied, largest, remarks):
    tracked = index.load(copy)
    found = survey(os.fsencode(index.work_tree), tracked, index.ignored, largest, copied)
    # Git takes a file for changed only where size or times differ, and its times are in seconds. An index younger than
    # all of its files says that they were not changed after it; one as old as its last files that they may have been.
    settled = copied + (0 if found.changed_in_that_second else 2 * 10**9)
    os.utime(index.index, ns=(settled, settled))
    remarks.add("could not be read", found.unreadable)
    remarks.add("left out, as a patch holds no FIFOs, sockets and devices", found.special)
    remarks.add("files of a git repository in the workspace; its history is not in the patch", found.repositories)
    remarks.add("a submodule, left as in the commit; changes in it are not in the patch", found.kept_submodules)
    large = _changed_large_files(index, found)
    remarks.add(too_large(largest), large)
    index.add_attributes(as_binary(found.heavy))
    encoded = set()
    while True:
        try:
            return _add(index, tracked, found, large, remarks)
        except GitFailed as failed:
            path = _wrongly_encoded(failed)
            if path is None or path in encoded:
                raise
            encoded.add(path)
            index.add_attributes([as_encoded(path)])


def _wrongly_encoded(failed):
    """The file that is not in the encoding that its attributes name, at which git gives up, or None."""
    found = re.match("failed to encode '(.*)' from ", str(failed))
    return found and os.fsencode(found.group(1))


def _add(index, tracked, found, large, remarks):
    inside = [path for path in tracked.entries if _is_under(path, found.repositories)] if found.repositories else []
    index.remove([path for path in found.special if path in tracked.entries])
    index.remove(found.replaced_submodules)
    index.remove(inside)
    refused = index.add_all(found.repositories + found.kept_submodules + found.special + large)
    omitted = set(large)
    refused += index.add_files([path for path in found.files_of_repositories if path not in omitted])
    remarks.add("left out by git", refused)


def _is_under(path, folders):
    return any(path == folder or path.startswith(folder + b"/") for folder in folders)


def _changed_large_files(index, found):
    if not found.large:
        return []
    own = set(found.files_of_repositories)
    elsewhere = [path for path in found.large if path not in own and not _is_under(path, found.repositories)]
    changed = index.changed(elsewhere) if elsewhere else set()
    return [path for path in found.large if path in own or path in changed]


def _copied_index(path):
    """The index that the clone left, and when it did, in ns."""
    try:
        with open(path, "rb") as file:
            return file.read(), os.fstat(file.fileno()).st_mtime_ns
    except OSError:
        return b"", 0  # the agent took it away; the commit's tree says the same, only slower
