"""The functions of an agent with a workspace, as the model's code finds them."""

import _thread

from apply_patch import apply_patch as apply_patch_in
from argument_binding import bind_arguments, documentation
from edit_file import edit_file as edit_file_in

WORKSPACE = "/workspace"

_EDIT_FILE = (
    {"name": "path", "pythonType": "str", "required": True},
    {"name": "old", "pythonType": "str", "required": True},
    {"name": "new", "pythonType": "str", "required": True},
    {"name": "replace_all", "pythonType": "bool", "required": False, "default": False},
)
_APPLY_PATCH = ({"name": "text", "pythonType": "str", "required": True},)


def workspace_functions(root=WORKSPACE):
    """edit_file and apply_patch, which return what they did, or a string `Error: ...`."""
    lock = _thread.allocate_lock()  # threads take turns, so that no edit of a file is lost

    def edit_file(*positional, **keywords) -> str:
        return _answer(lock, edit_file_in, root, "edit_file", _EDIT_FILE, positional, keywords)

    def apply_patch(*positional, **keywords) -> str:
        return _answer(lock, apply_patch_in, root, "apply_patch", _APPLY_PATCH, positional, keywords)

    edit_file.__doc__ = documentation(
        "edit_file",
        _EDIT_FILE,
        "Replaces old, which must occur exactly once (anywhere with replace_all), by new in a file of the workspace.\n"
        'With "" as old, creates the file. Returns what it did in a line, or "Error: ..."; it never raises.',
    )
    apply_patch.__doc__ = documentation(
        "apply_patch",
        _APPLY_PATCH,
        "Applies a git patch to the workspace, three-way: conflicts are marked in the files.\n"
        'Returns what it did in a line, or "Error: ..."; it never raises.',
    )
    return {"edit_file": edit_file, "apply_patch": apply_patch}


def _answer(lock, function, root, name, fields, positional, keywords):
    try:
        arguments = bind_arguments(name, fields, positional, keywords)
    except TypeError as error:
        return "Error: %s" % error
    with lock:
        return function(root, **arguments)
