"""A Google that does as scripted, over real sockets.

For what happens on the wire: answers that never come, connections that break. What
Gmail means is the sandbox's part.
"""

from __future__ import annotations

import json
import os
import socket
import struct
import threading
import time
import unittest
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from unittest import mock
from urllib.parse import parse_qs, urlsplit

from ...google import client, hosts, oauth

CLIENT_ID = "client-1"
CLIENT_SECRET = "secret-1"
SEND_PATH = "/upload/gmail/v1/users/me/messages/send"
API = "/gmail/v1/users/me"

Step = Callable[[BaseHTTPRequestHandler], None]


def utcnow() -> datetime:
    return datetime.now(timezone.utc).replace(tzinfo=None)


def error_body(code: int, reason: str, message: str) -> dict[str, Any]:
    item = {"domain": "global", "reason": reason, "message": message}
    return {"error": {"code": code, "message": message, "errors": [item]}}


def tokens(lifetime: timedelta = timedelta(hours=1)) -> oauth.Tokens:
    return oauth.Tokens("access-1", utcnow() + lifetime, "refresh-1")


@dataclass
class Request:
    """A request as it arrived."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: Message
    body: bytes = b""

    @property
    def form(self) -> dict[str, str]:
        return {k: v[0] for k, v in parse_qs(self.body.decode()).items()}


def reply(status: int, content: Any = None, **headers: str) -> Step:
    """Answer with JSON, or with bytes as they are. ``_`` in header names is ``-``."""
    body = content if isinstance(content, bytes) else json.dumps(content).encode()

    def step(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in {"Content_Type": "application/json", **headers}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return step


def hang_up(handler: BaseHTTPRequestHandler) -> None:
    """Take the whole request and close the connection without a word."""
    handler.connection.shutdown(socket.SHUT_RDWR)
    handler.close_connection = True


def break_answer(handler: BaseHTTPRequestHandler) -> None:
    """Close the connection in the middle of the answer."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"id": ')
    hang_up(handler)


def reset_unread(handler: BaseHTTPRequestHandler) -> None:
    """Reset the connection when a part of the body has arrived."""
    handler.rfile.read(10)
    linger = struct.pack("ii", 1, 0)
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    handler.connection.close()
    handler.close_connection = True


reset_unread.leaves_body = True


def late(seconds: float, step: Step) -> Step:
    def wait(handler: BaseHTTPRequestHandler) -> None:
        time.sleep(seconds)
        try:
            step(handler)
        except OSError:
            handler.close_connection = True

    return wait


def batch_reply(*parts: tuple[int, Any], numbers: list[int] | None = None) -> Step:
    """A batch answer with these parts, as Gmail writes it."""
    numbers = numbers or list(range(len(parts)))
    lines = []
    for number, (status, content) in zip(numbers, parts, strict=True):
        lines += [
            "--batch_x",
            "Content-Type: application/http",
            f"Content-ID: <response-part-{number}>",
            "",
            f"HTTP/1.1 {status} Whatever",
            "Content-Type: application/json; charset=UTF-8",
            "Vary: Origin",
            "",
            content if isinstance(content, str) else json.dumps(content, indent=1),
        ]
    body = "\r\n".join([*lines, "--batch_x--", ""]).encode()
    return reply(200, body, Content_Type="multipart/mixed; boundary=batch_x")


class FakeGoogle:
    """Answers each path with its scripted steps in turn, and keeps what arrived."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.connections: set[int] = set()
        self._steps: dict[str, deque[Step]] = defaultdict(deque)
        handler = type("Handler", (_Handler,), {"google": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def _serve(self) -> None:
        self._server.serve_forever(poll_interval=0.01)

    def script(self, path: str, *steps: Step) -> None:
        self._steps[path].extend(steps)

    def next_step(self, path: str) -> Step:
        steps = self._steps[path]
        return steps.popleft() if steps else reply(500, b"nothing was scripted")

    def to(self, path: str) -> list[Request]:
        return [request for request in self.requests if request.path == path]

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    google: FakeGoogle

    def _handle(self) -> None:
        url = urlsplit(self.path)
        request = Request(self.command, url.path, parse_qs(url.query), self.headers)
        self.google.requests.append(request)
        self.google.connections.add(self.client_address[1])
        step = self.google.next_step(url.path)
        if not hasattr(step, "leaves_body"):
            request.body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        step(self)

    do_GET = do_POST = _handle

    def log_message(self, *args: object) -> None:
        pass


class GoogleCase(unittest.TestCase):
    """Has a scripted Google and a client for one of its mailboxes."""

    def setUp(self) -> None:
        self.google = FakeGoogle()
        self.addCleanup(self.google.stop)
        self.hosts = hosts.Hosts.from_base_url(self.google.url)
        local = mock.patch.dict(os.environ, NO_PROXY="127.0.0.1")
        local.start()
        self.addCleanup(local.stop)

    def client(self, given: oauth.Tokens | None = None) -> client.GmailClient:
        gmail = client.GmailClient(
            hosts=self.hosts,
            client_id=CLIENT_ID,
            client_secret=CLIENT_SECRET,
            tokens=given or tokens(),
        )
        self.addCleanup(gmail.close)
        return gmail

    def script_refresh(self, access_token: str = "access-2", times: int = 1) -> None:
        answer = {"access_token": access_token, "expires_in": 3599}
        self.google.script("/token", *[reply(200, answer)] * times)
