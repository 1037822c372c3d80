"""An exception of the model's code as the model should see it: its own lines only."""

import linecache
import traceback

LARGEST_MESSAGE = 20_000
LARGEST_TRACEBACK = 40_000


def remember_source(filename, code):
    """Lets tracebacks show the lines of a cell."""
    linecache.cache[filename] = (len(code), None, code.splitlines(True), filename)


def report_error(error):
    """The wire form of an exception."""
    return {
        "type": type(error).__name__[:200] or "Exception",
        "message": cut_middle(_message(error), LARGEST_MESSAGE),
        "traceback": cut_middle(own_traceback(error), LARGEST_TRACEBACK),
    }


def own_traceback(error):
    """The traceback without frames outside the cells."""
    try:
        report = traceback.TracebackException(type(error), error, error.__traceback__)
        _keep_own_frames(report, set())
        return "".join(report.format())
    except Exception as failure:
        # An exception with a broken __str__ or __cause__ must not take the report down with it.
        return "%s (its traceback cannot be shown: %s)\n" % (type(error).__name__, type(failure).__name__)


def _keep_own_frames(report, seen):
    if report is None or id(report) in seen:
        return
    seen.add(id(report))
    report.stack[:] = [frame for frame in report.stack if frame.filename.startswith("<cell ")]
    _keep_own_frames(report.__cause__, seen)
    _keep_own_frames(report.__context__, seen)
    for inner in getattr(report, "exceptions", None) or ():
        _keep_own_frames(inner, seen)


def _message(error):
    try:
        if isinstance(error, SystemExit):
            return (
                "the code called exit(%s); the REPL goes on, with all variables. Call SUBMIT to hand in an answer."
                % ("" if error.code is None else repr(error.code))
            )
        return str(error)
    except Exception:
        return "(its message cannot be shown)"


def cut_middle(text, most):
    if len(text) <= most:
        return text
    half = most // 2
    return "%s\n... (%d characters cut) ...\n%s" % (text[:half], len(text) - 2 * half, text[-half:])
