"""What the toolbox refuses, with the status and the code that clients tell errors apart by."""

import errno


class Refusal(Exception):
    def __init__(self, status, code, message):
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


def from_os_error(error):
    reason = (error.strerror or str(error)).lower()
    message = "%s: %s" % (error.filename, reason) if error.filename else reason
    if error.errno == errno.ENOENT:
        return Refusal(404, "FILE_NOT_FOUND", message)
    if error.errno in (errno.EACCES, errno.EPERM):
        return Refusal(403, "FILE_ACCESS_DENIED", message)
    return Refusal(400, "BAD_REQUEST", message)
