"""Clones a repository over HTTP. The credentials travel in this one process's environment and stay nowhere."""

import base64
import os
import subprocess

from refusal import Refusal
from tunnel import Outlet

# The service's daemon clones by a library and needs no git on the path; a sandbox made without git has this one alone.
GIT = "/usr/lib/git-core/git"

REASONS = [
    ("could not read Username", 401, "GIT_AUTH_FAILED", "authentication required"),
    ("Authentication failed", 401, "GIT_AUTH_FAILED", "authentication required"),
    ("returned error: 403", 403, "FORBIDDEN", "authorization failed"),
    ("not found in upstream", 404, "GIT_BRANCH_NOT_FOUND", "reference not found"),
    ("reference is not a tree", 404, "NOT_FOUND", "object not found"),
    ("unable to read tree", 404, "NOT_FOUND", "object not found"),
    ("not found", 404, "GIT_REPO_NOT_FOUND", "repository not found"),
    ("already exists and is not an empty", 409, "CONFLICT", "repository already exists"),
]


def clone(call, reply):
    url = call["url"] if "://" in call["url"] else "https://" + call["url"]
    if not url.startswith(("http://", "https://")):
        raise Refusal(400, "BAD_REQUEST", "unsupported scheme: %s" % url.split("://")[0])
    branch = ["--branch", call["branch"]] if call.get("branch") else []
    depth = ["--depth", str(call["depth"])] if call.get("depth") else []
    outlet = Outlet()
    try:
        environment = clone_environment(outlet.url, call.get("username"), call.get("password"))
        git(["clone", "--quiet", "--single-branch", *branch, *depth, "--", url, call["path"]], environment)
    finally:
        outlet.close()
    if call.get("commit_id"):
        git(["-C", call["path"], "checkout", "--quiet", call["commit_id"]], os.environ)
    reply.send(None)


def clone_environment(proxy, username, password):
    settings = [("http.proxy", proxy), ("credential.helper", "")]
    if username is not None and password is not None:
        given = base64.b64encode(("%s:%s" % (username, password)).encode()).decode()
        settings.append(("http.extraHeader", "Authorization: Basic " + given))
    environment = {**os.environ, "GIT_TERMINAL_PROMPT": "0", "GIT_CONFIG_COUNT": str(len(settings))}
    for index, (key, value) in enumerate(settings):
        environment["GIT_CONFIG_KEY_%d" % index] = key
        environment["GIT_CONFIG_VALUE_%d" % index] = value
    return environment


def git(arguments, environment):
    done = subprocess.run([GIT, *arguments], env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode == 0:
        return
    complaint = done.stderr.strip()
    for sign, status, code, message in REASONS:
        if sign in complaint:
            raise Refusal(status, code, message)
    raise Refusal(400, "BAD_REQUEST", complaint)
