"""The batch endpoint (Google, "Batching requests" for Gmail)."""

from __future__ import annotations

import io
import re
import secrets
from email import message_from_bytes
from email.message import Message
from http.client import responses

from flask import Flask, current_app, request
from werkzeug.test import EnvironBuilder, run_wsgi_app
from werkzeug.wrappers import Response

from . import api, mime
from .errors import GoogleError, bad_request
from .faults import Call

MAX_PARTS = 100


def register(app: Flask) -> None:
    for path in ("/batch", "/batch/gmail/v1"):
        app.add_url_rule(path, f"batch {path}", batch, methods=["POST"])


def batch() -> Response:
    """Each part is a request of its own, with its own status."""
    caller = api.find_caller()
    call = Call("batch", account=caller.account.email if caller else None)
    return api.run_call(call, lambda: _process(call))


def _process(call: Call) -> Response:
    outer = request.get_data()
    content_type = request.headers.get("Content-Type", "")
    if not content_type.startswith("multipart/mixed"):
        raise bad_request("Failed to parse batch request, error: 400 Bad Request")
    head = f"Content-Type: {content_type}\r\n\r\n".encode()
    message = message_from_bytes(head + outer)
    parts = message.get_payload() if message.is_multipart() else []
    call.parts = len(parts)
    if not parts:
        raise bad_request("The batch request contains no parts.")
    if len(parts) > MAX_PARTS:
        raise GoogleError(
            400, "batchSizeTooLarge", "The batch request exceeds 100 calls."
        )
    boundary = "batch_" + secrets.token_urlsafe(24)
    chunks = []
    for part in parts:
        assert isinstance(part, Message)
        answer = _run_part(mime.part_bytes(part))
        content_id = part.get("Content-ID", "")
        chunks.append(_as_part(boundary, _response_id(content_id), answer))
    body = b"".join(chunks) + f"--{boundary}--\r\n".encode()
    return Response(body, content_type=f"multipart/mixed; boundary={boundary}")


def _response_id(content_id: str) -> str:
    return content_id.replace("<", "<response-", 1)


def _run_part(source: bytes) -> bytes:
    """Run one embedded HTTP request, rights included; returns the HTTP answer."""
    head, _, body = re.sub(rb"\r?\n", b"\n", source.lstrip()).partition(b"\n\n")
    lines = head.decode("utf-8", "replace").split("\n")
    match = re.fullmatch(r"([A-Z]+) (\S+)(?: HTTP/[\d.]+)?", lines[0].strip())
    if not match:
        return _http(400, [("Content-Type", "application/json")], b"{}")
    headers = dict(line.split(":", 1) for line in lines[1:] if ":" in line)
    headers = {name.strip(): value.strip() for name, value in headers.items()}
    if "authorization" not in map(str.lower, headers):
        headers["Authorization"] = request.headers.get("Authorization", "")
    headers.pop("Content-Length", None)
    headers.pop("content-length", None)
    path = re.sub(r"^https?://[^/]+", "", match[2])
    if not path.startswith("/gmail/"):
        return _http(404, [("Content-Type", "text/html")], b"Not Found")
    environ = EnvironBuilder(
        path=path,
        method=match[1],
        headers=list(headers.items()),
        input_stream=io.BytesIO(body.strip(b"\n") if body else b""),
        base_url=request.host_url,
        environ_base={
            "REMOTE_ADDR": request.remote_addr or "",
            "sandbox.in_batch": True,
        },
    ).get_environ()
    environ["CONTENT_LENGTH"] = str(len(body.strip(b"\n")))
    answered, status, response_headers = run_wsgi_app(current_app.wsgi_app, environ)
    if environ.get("sandbox.drop"):
        request.environ["sandbox.drop"] = True
    content = b"".join(answered)
    return _http(int(status.split()[0]), response_headers.to_wsgi_list(), content)


def _http(status: int, headers: list[tuple[str, str]], body: bytes) -> bytes:
    head = [f"HTTP/1.1 {status} {responses.get(status, '')}"]
    head += [f"{name}: {value}" for name, value in headers]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


def _as_part(boundary: str, content_id: str, answer: bytes) -> bytes:
    head = f"--{boundary}\r\nContent-Type: application/http\r\n"
    if content_id:
        head += f"Content-ID: {content_id}\r\n"
    return head.encode() + b"\r\n" + answer + b"\r\n"
