"""
Asks the broker one thing, from within its sandbox, for a host that does not reach it otherwise.

ask.py METHOD PATH SECONDS BODY, with the token in RLM_BROKER_TOKEN. BODY: `-` for none, `=BASE64`, or the path of a
file, which is removed. Prints one line of JSON: {"status", "body"}.
"""

import base64
import http.client
import json
import os
import sys

PORT = 3000


def main():
    method, path, seconds, place = sys.argv[1:]
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=float(seconds))
    connection.request(method, path, _body(place), {"Authorization": "Bearer " + os.environ["RLM_BROKER_TOKEN"]})
    response = connection.getresponse()
    text = response.read().decode()
    print('{"status": %d, "body": %s}' % (response.status, text or json.dumps(None)))


def _body(place):
    if place == "-":
        return None
    if place.startswith("="):
        return base64.b64decode(place[1:])
    with open(place, "rb") as file:
        body = file.read()
    os.unlink(place)
    return body


main()
