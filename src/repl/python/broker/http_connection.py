"""HTTP/1.1 on a non-blocking socket, as little of it as the host needs: keep-alive, Content-Length, one request at a time."""

import json

READ_BYTES = 256 * 1024
LARGEST_HEAD = 64 * 1024
LARGEST_BODY = 1024 * 1024 * 1024

_REASONS = {
    200: "OK",
    400: "Bad Request",
    401: "Unauthorized",
    404: "Not Found",
    409: "Conflict",
    411: "Length Required",
    413: "Payload Too Large",
    500: "Internal Server Error",
    507: "Insufficient Storage",
}


class Request:
    __slots__ = ("method", "path", "query", "headers", "body")

    def __init__(self, method, target, headers):
        self.method = method
        self.path, _, query = target.partition("?")
        self.query = dict(pair.partition("=")[::2] for pair in query.split("&") if pair)
        self.headers = headers
        self.body = b""

    def json(self):
        return json.loads(bytes(self.body))


class Malformed(Exception):
    def __init__(self, status, message):
        super().__init__(message)
        self.status = status


class HttpConnection:
    """Reads requests for `handle(connection, request)`, which answers now or later by `respond`."""

    def __init__(self, connection, handle, watch_writable):
        self.socket = connection
        self._handle = handle
        self._watch_writable = watch_writable
        self._buffer = bytearray()
        self._request = None
        self._body_length = 0
        self._body_view = None  # of a large body, which is received in place
        self._busy = False
        self._unsent = []
        self._close_after = False
        self.closed = False

    def on_readable(self):
        try:
            if self._body_view is not None:
                received = self.socket.recv_into(self._body_view)
                self._body_view = self._body_view[received:]
            else:
                data = self.socket.recv(READ_BYTES)
                received = len(data)
                self._buffer += data
        except BlockingIOError:
            return
        except OSError:
            received = 0
        if received == 0:
            self.close()
            return
        self._advance()

    def respond(self, status, body):
        """Answers the request at hand with JSON, given as bytes or as a value."""
        if self.closed:
            return
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        head = "HTTP/1.1 %d %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n%s\r\n" % (
            status,
            _REASONS.get(status, "Error"),
            len(body),
            "Connection: close\r\n" if self._close_after else "",
        )
        self._busy = False
        if len(body) < READ_BYTES:
            self._unsent.append(memoryview(head.encode() + body))
        else:
            self._unsent += (memoryview(head.encode()), memoryview(body))
        self.on_writable()

    def on_writable(self):
        try:
            while self._unsent:
                sent = self.socket.send(self._unsent[0])
                self._unsent[0] = self._unsent[0][sent:]
                if not self._unsent[0]:
                    del self._unsent[0]
        except BlockingIOError:
            self._watch_writable(self, True)
            return
        except OSError:
            self.close()
            return
        self._watch_writable(self, False)
        if self._close_after:
            self.close()
        elif self._buffer:
            self._advance()

    def close(self):
        if not self.closed:
            self.closed = True
            self._watch_writable(self, None)
            self.socket.close()

    def _advance(self):
        if self._busy or self.closed:
            return
        try:
            if self._request is None and not self._read_head():
                return
            if not self._read_body():
                return
        except Malformed as error:
            self._close_after = True
            self.respond(error.status, {"error": str(error)})
            return
        request, self._request = self._request, None
        self._busy = True
        self._handle(self, request)

    def _read_head(self):
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            if len(self._buffer) > LARGEST_HEAD:
                raise Malformed(400, "the request's head is too long")
            return False
        lines = self._buffer[:end].decode("latin-1").split("\r\n")
        del self._buffer[: end + 4]
        parts = lines[0].split(" ")
        if len(parts) != 3:
            raise Malformed(400, "not an HTTP request")
        headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            headers[name.strip().lower()] = value.strip()
        self._request = Request(parts[0], parts[1], headers)
        self._body_length = self._length_of_body(headers)
        if self._body_length > READ_BYTES:
            self._receive_in_place()
        return True

    def _length_of_body(self, headers):
        if "transfer-encoding" in headers:
            raise Malformed(411, "a body needs a Content-Length")
        length = headers.get("content-length", "0")
        if not length.isdigit():
            raise Malformed(400, "Content-Length is not a number")
        if int(length) > LARGEST_BODY:
            raise Malformed(413, "the body is larger than %d bytes" % LARGEST_BODY)
        return int(length)

    def _receive_in_place(self):
        try:
            body = bytearray(self._body_length)
        except MemoryError:
            raise Malformed(507, "no memory for a body of %d bytes" % self._body_length) from None
        begun = min(len(self._buffer), self._body_length)
        body[:begun] = self._buffer[:begun]
        del self._buffer[:begun]
        self._request.body = body
        self._body_view = memoryview(body)[begun:]

    def _read_body(self):
        if self._body_view is not None:
            if len(self._body_view) > 0:
                return False
            self._body_view = None
            return True
        if len(self._buffer) < self._body_length:
            return False
        self._request.body = bytes(self._buffer[: self._body_length])
        del self._buffer[: self._body_length]
        return True
