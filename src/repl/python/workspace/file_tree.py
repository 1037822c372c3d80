"""Removes files and folders, whatever an agent made of them."""

import os


def remove(path):
    """Removes a file, a link or a folder with all it holds; nothing where there is nothing."""
    try:
        os.unlink(path)
    except FileNotFoundError:
        return
    except OSError:
        # A folder: Linux says EISDIR, other systems EPERM.
        remove_contents(path)
        os.rmdir(path)


def remove_contents(directory):
    """Empties a folder, which may be a mount."""
    try:
        entries = list(os.scandir(directory))
    except PermissionError:
        os.chmod(directory, 0o700)
        entries = list(os.scandir(directory))
    for entry in entries:
        if not entry.is_dir(follow_symlinks=False):
            _forced(os.unlink, entry.path, directory)
        else:
            remove_contents(entry.path)
            _forced(os.rmdir, entry.path, directory)


def _forced(remove_entry, path, directory):
    try:
        remove_entry(path)
    except PermissionError:
        os.chmod(directory, 0o700)
        remove_entry(path)


def write_whole(path, content):
    """Writes a file so that it is there whole or not at all."""
    temporary = path + ".new"
    remove(temporary)
    with open(temporary, "wb") as file:
        file.write(content)
    os.replace(temporary, path)
