"""The broker's HTTP requests: who may ask, and what each of them does."""

import _operator
import sys
import time

from http_connection import LARGEST_BODY
from kernel_process import BecomeKernel
from session import Conflict

LONGEST_WAIT_SECONDS = 60


class Routes:
    def __init__(self, session, workspace, token):
        self._session = session
        self._expected = "Bearer " + token
        self._parked = []  # (connection, cursor, until)
        self._wake = False
        self.last_request = time.monotonic()
        self.answered_any = False
        self._routes = {
            ("GET", "/health"): self._health,
            ("GET", "/events"): self._events,
            ("POST", "/inputs"): self._set_input,
            ("POST", "/kernel"): self._kernel,
            ("POST", "/workspace"): workspace.clone,
            ("POST", "/patch"): workspace.make_patch,
            ("GET", "/patch"): workspace.read_patch,
            ("POST", "/cells"): self._cells,
            ("POST", "/answers"): self._answers,
            ("POST", "/interrupt"): self._interrupt,
            ("POST", "/wake"): self._wake_parked,
        }

    def handle(self, connection, request):
        # A proxy on the way may keep the usual header for itself.
        own = request.headers.get("x-rlm-token")
        given = "Bearer " + own if own is not None else request.headers.get("authorization", "")
        if not _operator._compare_digest(given.encode("latin-1"), self._expected.encode("latin-1")):
            connection.respond(401, {"error": "a wrong token, or none"})
            return
        self.last_request = time.monotonic()
        self.answered_any = True
        try:
            self._dispatch(connection, request)
        except BecomeKernel:
            raise
        except Conflict as error:
            connection.respond(409, {"error": str(error)})
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            connection.respond(400, {"error": "%s: %s" % (type(error).__name__, error)})
        except (OSError, MemoryError) as error:
            connection.respond(507, {"error": "%s: %s" % (type(error).__name__, error)})

    def _dispatch(self, connection, request):
        if request.method == "PUT" and request.path.startswith("/inputs/"):
            self._take_input(_decoded(request.path[len("/inputs/") :]), request)
            connection.respond(200, b"{}")
            return
        route = self._routes.get((request.method, request.path))
        if route is None:
            connection.respond(404, {"error": "no such request"})
        else:
            route(connection, request)

    def _take_input(self, name, request):
        """An input comes whole, or in parts of `total` bytes that each say where they belong."""
        if "total" not in request.query:
            self._session.inputs[name] = request.body
            return
        total, offset = int(request.query["total"]), int(request.query["offset"])
        if not 0 <= offset <= offset + len(request.body) <= total <= LARGEST_BODY:
            raise ValueError("a part at %d of %d bytes does not fit into %d" % (offset, len(request.body), total))
        whole = self._session.inputs.get(name)
        if not isinstance(whole, bytearray) or len(whole) != total:
            whole = self._session.inputs[name] = bytearray(total)
        whole[offset : offset + len(request.body)] = request.body

    def _set_input(self, connection, request):
        wanted = request.json()
        self._session.set_input(wanted["kernelId"], wanted["name"])
        connection.respond(200, b"{}")

    def _health(self, connection, request):
        session = self._session
        kernel, cell = session.kernel, session.cell
        version = "%d.%d.%d" % sys.version_info[:3]
        connection.respond(
            200,
            {
                "kernelId": kernel.id if kernel else None,
                "cellId": cell.id if cell else None,
                "python": version,
                "memoryBytes": kernel.memory_bytes() if kernel else 0,
            },
        )

    def _kernel(self, connection, request):
        connection.respond(200, {"kernelId": self._session.start_kernel(request.json())})

    def _cells(self, connection, request):
        wanted = request.json()
        cell = self._session.start_cell(
            wanted["cellId"], wanted["kernelId"], wanted["code"], wanted["timeoutMs"] / 1000
        )
        connection.respond(200, {"state": "ended" if cell.ended else "running", "after": cell.after})

    def _events(self, connection, request):
        cursor = int(request.query.get("after", "0"))
        wait = min(float(request.query.get("waitMs", "0")) / 1000, LONGEST_WAIT_SECONDS)
        if wait <= 0 or self._wake or self._session.log.has_after(cursor):
            self._wake = False
            connection.respond(200, self._session.encoded_events(cursor))
        else:
            self._parked.append((connection, cursor, time.monotonic() + wait))

    def _answers(self, connection, request):
        answers = request.json()
        known = self._session.answer(
            answers["kernelId"], answers["callId"], answers["items"], bytes(request.body)
        )
        connection.respond(200 if known else 404, b"{}" if known else {"error": "no such call"})

    def _interrupt(self, connection, request):
        wanted = request.json()
        cell = self._session.cell
        if cell is not None and cell.id == wanted["cellId"]:
            self._session.interrupt("interrupted", wanted.get("reason"))
        connection.respond(200, b"{}")

    def _wake_parked(self, connection, request):
        # Where nobody waits yet, the next one to come does not wait: it may be on its way.
        self._wake = not self._parked
        parked, self._parked = self._parked, []
        for waiting, cursor, _ in parked:
            self._answer_parked(waiting, cursor)
        connection.respond(200, b"{}")

    def _answer_parked(self, connection, cursor):
        if not connection.closed:
            self.last_request = time.monotonic()
            connection.respond(200, self._session.encoded_events(cursor))

    def next_check(self):
        return min((until for _, _, until in self._parked), default=None)

    def tick(self, now):
        """Answers the polls that have something to report, or have waited long enough."""
        if not self._parked:
            return
        parked, self._parked = self._parked, []
        for entry in parked:
            connection, cursor, until = entry
            if now >= until or self._session.log.has_after(cursor):
                self._answer_parked(connection, cursor)
            elif not connection.closed:
                self._parked.append(entry)


def _decoded(text):
    """A part of a path as text; urllib would take longer to load than the broker takes to start."""
    first, *rest = text.encode("latin-1").split(b"%")
    return (first + b"".join(bytes.fromhex(part[:2].decode()) + part[2:] for part in rest)).decode()
