"""Messages in the formats of messages.get (discovery document, Message)."""

from __future__ import annotations

import base64
import json
import secrets
import sqlite3
from collections.abc import Collection, Iterator
from email.message import Message
from typing import Any

from . import mailbox, mime
from .accounts import Account
from .errors import invalid_argument
from .store import Store

FORMATS = ("minimal", "full", "raw", "metadata")


def encode(store: Store, data: bytes) -> str:
    """base64url, padded unless the settings say otherwise."""
    text = base64.urlsafe_b64encode(data).decode()
    return text if store.get("base64_padding") else text.rstrip("=")


def represent(
    store: Store,
    account: Account,
    row: sqlite3.Row,
    form: str = "full",
    only_headers: Collection[str] = (),
) -> dict[str, Any]:
    """A message resource; empty keys are left out."""
    resource: dict[str, Any] = {"id": row["id"], "threadId": row["thread_id"]}
    labels = mailbox.labels_of(store, account.id, row["id"])
    if labels:
        resource["labelIds"] = labels
    resource["snippet"] = row["snippet"]
    if form == "metadata":
        resource["payload"] = _headers_only(row, only_headers)
    elif form == "full":
        raw = mailbox.raw_of(store, account, row["id"])
        resource["payload"] = _tree(store, mime.parse(raw), row)
    elif form == "raw":
        resource["raw"] = encode(store, mailbox.raw_of(store, account, row["id"]))
    elif form != "minimal":
        raise invalid_argument(f"Invalid value at 'format', \"{form}\"")
    resource["sizeEstimate"] = row["size"]
    resource["historyId"] = str(row["history_id"])
    resource["internalDate"] = str(row["internal_date"])
    return resource


def _headers_only(row: sqlite3.Row, only: Collection[str]) -> dict[str, Any]:
    wanted = {name.lower() for name in only}
    headers = [
        {"name": name, "value": value}
        for name, value in json.loads(row["headers"])
        if not wanted or name.lower() in wanted
    ]
    content_type = next(
        (
            value
            for name, value in json.loads(row["headers"])
            if name.lower() == "content-type"
        ),
        "text/plain",
    )
    payload: dict[str, Any] = {
        "mimeType": content_type.partition(";")[0].strip().lower()
    }
    if headers:
        payload["headers"] = headers
    return payload


def _tree(
    store: Store, part: Message, row: sqlite3.Row, part_id: str = ""
) -> dict[str, Any]:
    filename = mime.part_filename(part)
    node: dict[str, Any] = {
        "partId": part_id,
        "mimeType": part.get_content_type(),
        "filename": filename,
        "headers": [
            {"name": name, "value": mime.display_value(name, _flat(value))}
            for name, value in part.items()
        ],
    }
    if part.is_multipart() and part.get_content_type() != "message/rfc822":
        node["body"] = {"size": 0}
        node["parts"] = [
            _tree(store, inner, row, f"{part_id}.{index}" if part_id else str(index))
            for index, inner in enumerate(children(part))
        ]
        return node
    node["body"] = _leaf_body(store, part, row, part_id, filename)
    return node


def _flat(value: object) -> str:
    return mime.unfold(str(value).encode("utf-8", "surrogateescape"))


def children(part: Message) -> Iterator[Message]:
    yield from part.get_payload()  # type: ignore[misc]


def _leaf_body(
    store: Store, part: Message, row: sqlite3.Row, part_id: str, filename: str
) -> dict[str, Any]:
    data = mime.part_bytes(part)
    if filename or part.get_content_maintype() != "text":
        return {"attachmentId": attachment_id(row["id"], part_id), "size": len(data)}
    data = mime.part_text(part).encode()
    return {"size": len(data), "data": encode(store, data)} if data else {"size": 0}


# Attachments


def attachment_id(message_id: str, part_id: str) -> str:
    """Another id at every call (observed): only message and part identify it."""
    clear = f"{secrets.token_hex(60)}|{message_id}|{part_id}"
    return "ANGjdJ" + base64.urlsafe_b64encode(clear.encode()).decode().rstrip("=")


def attachment_part(attachment: str, message_id: str) -> str | None:
    """The part that an attachment id stands for, if it is of that message."""
    text = attachment.removeprefix("ANGjdJ")
    try:
        clear = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
    except ValueError:
        return None
    _noise, _, rest = clear.partition("|")
    owner, _, part_id = rest.partition("|")
    return part_id if owner == message_id else None


def find_part(message: Message, part_id: str) -> Message | None:
    for index in part_id.split(".") if part_id else []:
        children = message.get_payload()
        if not isinstance(children, list) or int(index) >= len(children):
            return None
        message = children[int(index)]  # type: ignore[assignment]
    return message
