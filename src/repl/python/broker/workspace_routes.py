"""The broker's requests about a workspace: its clone at the start, its patch at the end."""

import binascii
import os
import time

from job import Job

PART_BYTES = 3 * 1024 * 1024
LONGEST_WAIT_SECONDS = 60


class WorkspaceRoutes:
    def __init__(self, loop, close_in_child, session):
        self._loop = loop
        self._close_in_child = close_in_child
        self._session = session
        self._jobs = {}
        self._waiting = []  # (connection, job, until)
        self._patch_path = None

    def clone(self, connection, request):
        """Makes the clone once; asked again, waits for the same one."""
        spec = request.json()
        job = self._jobs.get("clone")
        if job is None or job.spec != spec or (job.result is not None and not job.result["ok"]):
            job = self._start("clone", spec)
        self._wait(connection, request, job)

    def make_patch(self, connection, request):
        """Takes the patch of that attempt once: a file may be changed before the next."""
        spec = request.json()
        self._patch_path = os.path.join(spec["state"], "patch")
        job = self._jobs.get("patch")
        if job is None or job.spec != spec or (job.result is not None and not job.result["ok"]):
            # What runs no more changes no file while they are looked at.
            self._session.end_kernel("the agent has ended")
            job = self._start("patch", spec)
        self._wait(connection, request, job)

    def read_patch(self, connection, request):
        offset = int(request.query.get("offset", "0"))
        if self._patch_path is None:
            connection.respond(404, {"error": "no patch was taken"})
            return
        with open(self._patch_path, "rb") as file:
            file.seek(offset)
            data = binascii.b2a_base64(file.read(PART_BYTES), newline=False)
        connection.respond(200, b'{"data": "%s"}' % data)

    def _start(self, name, spec):
        self._jobs[name] = Job(self._loop, self._close_in_child, name, spec)
        return self._jobs[name]

    def _wait(self, connection, request, job):
        """Proxies on the way cut a request that takes long, so that it is answered in between."""
        wait = min(int(request.query.get("waitMs", "0")) / 1000, LONGEST_WAIT_SECONDS)
        self._waiting.append((connection, job, time.monotonic() + wait))

    def next_check(self):
        return min((until for _, _, until in self._waiting), default=None)

    def tick(self, now):
        if not self._waiting:
            return
        waiting, self._waiting = self._waiting, []
        for connection, job, until in waiting:
            if job.result is not None:
                connection.respond(200, job.result)
            elif now >= until:
                connection.respond(200, {"running": True})
            elif not connection.closed:
                self._waiting.append((connection, job, until))
