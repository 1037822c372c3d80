"""The broker's requests about a workspace: its clone at the start, its patch at the end."""

import binascii
import os

from job import Job

PART_BYTES = 6 * 1024 * 1024


class WorkspaceRoutes:
    def __init__(self, loop, close_in_child, session):
        self._loop = loop
        self._close_in_child = close_in_child
        self._session = session
        self._jobs = {}
        self._patch_path = None

    def clone(self, connection, request):
        """Makes the clone once; asked again, waits for the same one."""
        spec = request.json()
        job = self._jobs.get("clone")
        if job is None or job.spec != spec or (job.result is not None and not job.result["ok"]):
            job = self._start("clone", spec)
        job.when_done(lambda result: connection.respond(200, result))

    def make_patch(self, connection, request):
        """Takes the patch anew, unless that is going on already."""
        spec = request.json()
        self._patch_path = os.path.join(spec["state"], "patch")
        job = self._jobs.get("patch")
        if job is None or job.spec != spec or job.result is not None:
            # What runs no more changes no file while they are looked at.
            self._session.end_kernel("the agent has ended")
            job = self._start("patch", spec)
        job.when_done(lambda result: connection.respond(200, result))

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
