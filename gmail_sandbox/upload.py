"""/upload/gmail/v1: simple, multipart and resumable uploads.

Google, "Upload file data" for Gmail; limits from the discovery document.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Callable
from typing import Any

from flask import request
from werkzeug.wrappers import Response

from . import api, api_messages
from .accounts import Account
from .api_messages import INSERT, INSERT_LIMIT, SEND, UPLOAD_LIMIT
from .context import sandbox
from .errors import bad_request, not_found
from .tokens import Caller

PREFIX = "/upload/gmail/v1/users/<user>/"
Finish = Callable[[Account, bytes, dict[str, Any]], dict[str, Any]]


@api.method("messages.send", "POST", PREFIX + "messages/send", SEND)
def send(caller: Caller) -> Any:
    return _upload(caller, UPLOAD_LIMIT, _send)


@api.method("messages.send", "PUT", PREFIX + "messages/send", SEND)
def send_rest(caller: Caller) -> Any:
    return _continue(caller, UPLOAD_LIMIT, _send)


@api.method("messages.insert", "POST", PREFIX + "messages", INSERT)
def insert(caller: Caller) -> Any:
    return _upload(caller, INSERT_LIMIT, api_messages.insert_message)


@api.method("messages.insert", "PUT", PREFIX + "messages", INSERT)
def insert_rest(caller: Caller) -> Any:
    return _continue(caller, INSERT_LIMIT, api_messages.insert_message)


def _send(account: Account, raw: bytes, resource: dict[str, Any]) -> dict[str, Any]:
    return api_messages.send_message(account, raw, resource.get("threadId"))


def _upload(caller: Caller, limit: int, finish: Finish) -> Any:
    kind = request.args.get("uploadType", "")
    content_type = request.headers.get("Content-Type", "")
    if kind == "resumable":
        return _begin(caller, limit)
    if kind == "multipart" or content_type.startswith("multipart/related"):
        resource, raw = split_related(content_type, request.get_data())
    else:
        if not content_type.startswith("message/"):
            raise bad_request(
                f"Media type '{content_type}' is not supported."
                " Valid media types: [message/*]"
            )
        resource, raw = {}, request.get_data()
    _check_size(len(raw), limit)
    return finish(caller.account, raw, resource)


def _check_size(size: int, limit: int) -> None:
    if size > limit:
        raise api_messages.too_large(limit)


def split_related(content_type: str, body: bytes) -> tuple[dict[str, Any], bytes]:
    """The JSON and the message of a multipart/related body, bytes untouched."""
    match = re.search(r'boundary="?([^";]+)"?', content_type)
    if not match:
        raise bad_request("Missing multipart boundary")
    delimiter = re.escape(match[1].encode())
    pieces = re.split(rb"(?:^|\r?\n)--" + delimiter + rb"(?:--)?[ \t]*\r?\n?", body)
    contents = [_part_content(piece) for piece in pieces[1:3]]
    if len(contents) < 2:
        raise bad_request("Failed to parse multipart/related body")
    try:
        resource = json.loads(contents[0] or b"{}")
    except ValueError:
        raise bad_request("Invalid JSON in multipart/related body") from None
    return resource if isinstance(resource, dict) else {}, contents[1]


def _part_content(piece: bytes) -> bytes:
    if piece.startswith((b"\r\n", b"\n")):
        return piece.lstrip(b"\r\n")
    match = re.search(rb"\r?\n\r?\n", piece)
    return piece[match.end() :] if match else b""


# Resumable


def _begin(caller: Caller, limit: int) -> Response:
    announced = request.headers.get("X-Upload-Content-Length", "0")
    _check_size(int(announced) if announced.isdigit() else 0, limit)
    upload_id = secrets.token_urlsafe(40)
    sandbox().uploads[upload_id] = {
        "account": caller.account.email,
        "resource": api.json_body(),
        "data": bytearray(),
        "result": None,
    }
    separator = "&" if request.query_string else "?"
    location = f"{request.url}{separator}upload_id={upload_id}"
    headers = {"Location": location, "X-GUploader-UploadID": upload_id}
    return Response(status=200, headers=headers)


def _continue(caller: Caller, limit: int, finish: Finish) -> Any:
    upload = sandbox().uploads.get(request.args.get("upload_id", ""))
    if upload is None or upload["account"] != caller.account.email:
        raise not_found()
    if upload["result"] is not None:
        return upload["result"]
    if not _take_range(upload, limit):
        size = len(upload["data"])
        headers = {"Range": f"bytes=0-{size - 1}"} if size else {}
        return Response(status=308, headers=headers)
    raw = bytes(upload["data"])
    upload["result"] = finish(caller.account, raw, upload["resource"])
    upload["data"] = bytearray()
    return upload["result"]


def _take_range(upload: dict[str, Any], limit: int) -> bool:
    """Append what came; True when the upload is complete."""
    data = request.get_data()
    content_range = request.headers.get("Content-Range", "")
    if not content_range:
        upload["data"][:] = data
        _check_size(len(data), limit)
        return True
    match = re.fullmatch(r"bytes (?:(\d+)-(\d+)|\*)/(\d+|\*)", content_range)
    if not match:
        raise bad_request("Invalid Content-Range")
    if match[1] is not None:
        start = int(match[1])
        if start > len(upload["data"]):
            raise bad_request("Bytes are missing before this range")
        upload["data"][start:] = data
    _check_size(len(upload["data"]), limit)
    return match[3] != "*" and len(upload["data"]) >= int(match[3])
