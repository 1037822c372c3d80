"""Frames between broker and kernel: a JSON header, and a body that is passed on without being read."""

import json
import struct

# The exit code of a kernel that cannot reach its broker any more.
CHANNEL_LOST = 113

# The index of an answer's item that refuses the whole call.
WHOLE_CALL = -1

_LENGTHS = struct.Struct(">IQ")


def encode_frame(header, body=b""):
    """Returns the two parts of a frame, to be sent one after the other."""
    encoded = json.dumps(header).encode()
    return _LENGTHS.pack(len(encoded), len(body)) + encoded, body


def read_frame(connection):
    """Waits for the next (header, body) on a blocking socket; None when the other side is gone."""
    lengths = _read_exactly(connection, _LENGTHS.size)
    if lengths is None:
        return None
    header_length, body_length = _LENGTHS.unpack(lengths)
    header = _read_exactly(connection, header_length)
    body = _read_exactly(connection, body_length)
    if header is None or body is None:
        return None
    return json.loads(header), body


def _read_exactly(connection, length):
    data = bytearray(length)
    view = memoryview(data)
    done = 0
    while done < length:
        received = connection.recv_into(view[done:])
        if received == 0:
            return None
        done += received
    return data


class FrameReader:
    """Puts frames together from whatever pieces a non-blocking socket yields."""

    def __init__(self, largest_body):
        self._largest_body = largest_body
        self._buffer = bytearray()

    def feed(self, data):
        """Takes received bytes and returns the frames that they complete. Raises ValueError for nonsense."""
        self._buffer += data
        frames = []
        while len(self._buffer) >= _LENGTHS.size:
            header_length, body_length = _LENGTHS.unpack_from(self._buffer)
            if header_length > 1_000_000 or body_length > self._largest_body:
                raise ValueError("a frame is too large")
            body_start = _LENGTHS.size + header_length
            end = body_start + body_length
            if len(self._buffer) < end:
                break
            header = json.loads(bytes(self._buffer[_LENGTHS.size : body_start]))
            frames.append((header, bytes(memoryview(self._buffer)[body_start:end])))
            del self._buffer[:end]
        return frames
