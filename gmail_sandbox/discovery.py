"""The discovery document, for clients that ask the server for it.

Only what the sandbox serves, written from its own table of methods.
"""

from __future__ import annotations

import re
from typing import Any

from flask import Flask, request
from werkzeug.wrappers import Response

from . import api, tokens
from .upload import UPLOAD_LIMIT

_TEXT = {"type": "string", "location": "query"}
_LIST = {**_TEXT, "repeated": True}
_COUNT = {"type": "integer", "format": "uint32", "location": "query"}
_FLAG = {"type": "boolean", "location": "query"}
_FORMAT = {**_TEXT, "default": "full"}
_PAGED = {"maxResults": _COUNT, "pageToken": _TEXT}
_LISTING = {**_PAGED, "q": _TEXT, "labelIds": _LIST, "includeSpamTrash": _FLAG}
QUERY: dict[str, dict[str, Any]] = {
    "messages.list": _LISTING,
    "threads.list": _LISTING,
    "messages.get": {"format": _FORMAT, "metadataHeaders": _LIST},
    "threads.get": {"format": _FORMAT, "metadataHeaders": _LIST},
    "messages.insert": {"internalDateSource": _TEXT},
    "history.list": {
        **_PAGED,
        "startHistoryId": _TEXT,
        "historyTypes": _LIST,
        "labelId": _TEXT,
    },
}
# Google's names of what the paths here call otherwise
_PATH_NAMES = {
    "message_id": "id",
    "thread_id": "id",
    "label_id": "id",
    "attachment_id": "id",
    "address": "sendAsEmail",
    "user": "userId",
}


def register(app: Flask) -> None:
    app.add_url_rule("/$discovery/rest", "discovery", discovery)


def discovery() -> Response:
    return api.json_response(document(request.host_url))


def document(root: str) -> dict[str, Any]:
    """The description of the API at that address."""
    users: dict[str, Any] = {"methods": {}, "resources": {}}
    uploads = set()
    for name, verb, path, _view in api.methods():
        if path.startswith("/upload/"):
            uploads.add(name)
        else:
            *parents, method = name.split(".")
            _resource(users, parents)["methods"][method] = _method(name, verb, path)
    for name in uploads:
        *parents, method = name.split(".")
        entry = _resource(users, parents)["methods"][method]
        entry |= _upload(entry["path"])
    return {
        "kind": "discovery#restDescription",
        "discoveryVersion": "v1",
        "id": "gmail:v1",
        "name": "gmail",
        "version": "v1",
        "protocol": "rest",
        "rootUrl": root,
        "servicePath": "",
        "baseUrl": root,
        "batchPath": "batch",
        "auth": {"oauth2": {"scopes": {s: {} for s in tokens.CONSENT_TEXTS}}},
        "parameters": {"alt": _TEXT, "fields": _TEXT},
        "schemas": {"Body": {"id": "Body", "type": "object", "properties": {}}},
        "resources": {"users": users},
    }


def _resource(users: dict[str, Any], parents: list[str]) -> dict[str, Any]:
    node = users
    for parent in parents:
        node = node.setdefault("resources", {}).setdefault(parent, {})
        node.setdefault("methods", {})
    return node


def _method(name: str, verb: str, path: str) -> dict[str, Any]:
    google_path = path.lstrip("/")
    order = []
    for ours in re.findall(r"<(\w+)>", path):
        theirs = _PATH_NAMES[ours]
        if "attachment_id" in path and ours == "message_id":
            theirs = "messageId"
        google_path = google_path.replace(f"<{ours}>", f"{{{theirs}}}")
        order.append(theirs)
    required = {"type": "string", "location": "path", "required": True}
    entry = {
        "id": f"gmail.users.{name}",
        "httpMethod": verb,
        "path": google_path,
        "parameters": {**dict.fromkeys(order, required), **QUERY.get(name, {})},
        "parameterOrder": order,
        "response": {"$ref": "Body"},
    }
    if verb == "POST":
        entry["request"] = {"$ref": "Body"}
    return entry


def _upload(path: str) -> dict[str, Any]:
    simple = {"multipart": True, "path": f"/upload/{path}"}
    resumable = {"multipart": True, "path": f"/resumable/upload/{path}"}
    return {
        "supportsMediaUpload": True,
        "mediaUpload": {
            "accept": ["message/*"],
            "maxSize": str(UPLOAD_LIMIT),
            "protocols": {"simple": simple, "resumable": resumable},
        },
    }
