"""users.messages and users.threads."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from flask import request

from . import api, delivery, mailbox, mime, payload, search
from .accounts import Account
from .context import sandbox
from .errors import GoogleError, invalid_argument, not_found
from .tokens import Caller

UPLOAD_LIMIT = 36_700_160  # discovery document, messages.send
INSERT_LIMIT = 157_286_400
SEND = frozenset({api.FULL, api.MODIFY, api.COMPOSE, api.SEND})
INSERT = frozenset({api.FULL, api.MODIFY, api.INSERT})


# Listing


@api.method("messages.list", "GET", "messages", api.READ_HEADERS)
def list_messages(caller: Caller) -> dict[str, Any]:
    rows, answer = _search(caller)
    if rows:
        found = [{"id": row["id"], "threadId": row["thread_id"]} for row in rows]
        answer = {"messages": found, **answer}
    return answer


@api.method("threads.list", "GET", "threads", api.READ_HEADERS)
def list_threads(caller: Caller) -> dict[str, Any]:
    rows, answer = _search(caller, per_thread=True)
    if rows:
        found = [
            {
                "id": row["thread_id"],
                "snippet": row["snippet"],
                "historyId": str(row["history_id"]),
            }
            for row in rows
        ]
        answer = {"threads": found, **answer}
    return answer


def _search(caller: Caller, per_thread: bool = False) -> tuple[list, dict[str, Any]]:
    if request.args.get("q") and api.only_metadata(caller):
        raise GoogleError(
            403, "forbidden", "Metadata scope does not support 'q' parameter"
        )
    rows, more, total = find_messages(
        caller.account,
        request.args.get("q", ""),
        request.args.getlist("labelIds"),
        api.flag_argument("includeSpamTrash"),
        api.limit_argument(100, 500),
        request.args.get("pageToken"),
        per_thread,
    )
    answer: dict[str, Any] = {"resultSizeEstimate": total}
    if more:
        answer = {"nextPageToken": more, **answer}
    return rows, answer


def find_messages(
    account: Account,
    query: str = "",
    labels: list[str] | None = None,
    everywhere: bool = False,
    limit: int = 100,
    page_token: str | None = None,
    per_thread: bool = False,
) -> tuple[list, str | None, int]:
    """Messages newest first, the token of the next page, and how many there are.

    :param per_thread: only the newest found message of each thread.
    """
    store = sandbox().store
    compiled = search.compile_query(query, store.now_ms())
    where = ["m.account_id = ?", compiled.condition.sql]
    values: list[Any] = [account.id, *compiled.condition.values]
    for label in labels or []:
        where.append(_HAS_LABEL)
        values.append(label)
    asked_for_hidden = {"SPAM", "TRASH"} & set(labels or [])
    if not (everywhere or compiled.names_hidden_place or asked_for_hidden):
        where.append(f"NOT {_HAS_LABEL.replace('= ?', _HIDDEN)}")
    if query and (lag := store.get("search_lag")):
        where.append("m.stored <= ?")
        values.append(store.now_ms() - int(lag * 1000))
    condition = " AND ".join(where)
    grouping = "GROUP BY m.thread_id" if per_thread else ""
    columns = "m.*, max(m.internal_date) AS newest" if per_thread else "m.*"
    counted = "count(DISTINCT m.thread_id)" if per_thread else "count(*)"
    with store.transaction():
        total = store.value(
            f"SELECT {counted} FROM messages m WHERE {condition}", *values
        )
        offset = _offset(page_token)
        rows = store.all(
            f"SELECT {columns} FROM messages m WHERE {condition} {grouping}"
            " ORDER BY m.internal_date DESC, m.id DESC LIMIT ? OFFSET ?",
            *values,
            limit,
            offset,
        )
    more = offset + len(rows)
    return rows, page_token_at(more) if more < total else None, total


_HAS_LABEL = (
    "EXISTS (SELECT 1 FROM message_labels h WHERE h.account_id = m.account_id"
    " AND h.message_id = m.id AND h.label_id = ?)"
)
_HIDDEN = "IN ('SPAM', 'TRASH')"


def page_token_at(position: int) -> str:
    """Twenty digits, as Gmail's; what they mean is nobody's business."""
    return f"1{position * 7919:019d}"


def _offset(token: str | None) -> int:
    if not token:
        return 0
    if not (token.isdigit() and len(token) == 20 and int(token[1:]) % 7919 == 0):
        raise invalid_argument("Invalid pageToken")
    return int(token[1:]) // 7919


# Reading


@api.method("messages.get", "GET", "messages/<message_id>", api.READ_HEADERS)
def get_message(caller: Caller, message_id: str) -> dict[str, Any]:
    form = _format(caller)
    row = mailbox.get_message(sandbox().store, caller.account, message_id)
    return payload.represent(
        sandbox().store,
        caller.account,
        row,
        form,
        request.args.getlist("metadataHeaders"),
    )


def _format(caller: Caller) -> str:
    form = request.args.get("format", "full").lower()
    if form in ("full", "raw") and api.only_metadata(caller):
        raise GoogleError(
            403, "forbidden", f"Metadata scope doesn't allow format {form.upper()}"
        )
    return form


@api.method("threads.get", "GET", "threads/<thread_id>", api.READ_HEADERS)
def get_thread(caller: Caller, thread_id: str) -> dict[str, Any]:
    form = _format(caller)
    store = sandbox().store
    rows = mailbox.thread_messages(store, caller.account, thread_id)
    if not rows:
        raise not_found()
    headers = request.args.getlist("metadataHeaders")
    return {
        "id": thread_id,
        "historyId": str(max(row["history_id"] for row in rows)),
        "messages": [
            payload.represent(store, caller.account, row, form, headers) for row in rows
        ],
    }


@api.method(
    "messages.attachments.get",
    "GET",
    "messages/<message_id>/attachments/<attachment_id>",
    api.READ,
)
def get_attachment(
    caller: Caller, message_id: str, attachment_id: str
) -> dict[str, Any]:
    store = sandbox().store
    row = mailbox.get_message(store, caller.account, message_id)
    part_id = payload.attachment_part(attachment_id, row["id"])
    raw = mailbox.raw_of(store, caller.account, row["id"])
    part = None if part_id is None else payload.find_part(mime.parse(raw), part_id)
    if part is None:
        raise invalid_argument("Invalid attachment token")
    data = mime.part_bytes(part)
    return {"size": len(data), "data": payload.encode(store, data)}


# Sending


@api.method("messages.send", "POST", "messages/send", SEND)
def send(caller: Caller) -> dict[str, Any]:
    limit = sandbox().store.get("json_limit")
    if len(request.get_data()) > limit:
        raise too_large(limit)
    body = api.json_body()
    return send_message(caller.account, decoded_raw(body), body.get("threadId"))


def send_message(
    account: Account, raw: bytes, thread_id: str | None = None
) -> dict[str, Any]:
    """Send, and answer as messages.send does: ids and labels only."""
    delivery.check_sendable(raw)
    store = sandbox().store
    return brief(account, delivery.send_as_user(store, account, raw, thread_id))


def brief(account: Account, row: Any) -> dict[str, Any]:
    answer = {"id": row["id"], "threadId": row["thread_id"]}
    labels = mailbox.labels_of(sandbox().store, account.id, row["id"])
    return {**answer, "labelIds": labels} if labels else answer


def decoded_raw(body: dict[str, Any]) -> bytes:
    """The ``raw`` member; padding is optional."""
    text = body.get("raw") or ""
    if not isinstance(text, str):
        raise invalid_argument("Invalid value at 'message.raw' (TYPE_BYTES)")
    text = text.replace("+", "-").replace("/", "_").rstrip("=")
    try:
        padded = (text + "=" * (-len(text) % 4)).encode("ascii")
        # altchars makes the decoder strict about everything else
        return base64.b64decode(padded, altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError):
        raise invalid_argument(
            "Invalid value at 'message.raw' (TYPE_BYTES), Base64 decoding failed"
        ) from None


def too_large(limit: int) -> GoogleError:
    return GoogleError(
        413, "uploadTooLarge", f"Request is too large. Limit: {limit} bytes"
    )


# Changing


@api.method("messages.modify", "POST", "messages/<message_id>/modify", api.CHANGE)
def modify(caller: Caller, message_id: str) -> dict[str, Any]:
    store = sandbox().store
    body = api.json_body()
    add, remove = body.get("addLabelIds", []), body.get("removeLabelIds", [])
    mailbox.check_label_change(store, caller.account, add, remove)
    mailbox.modify_labels(store, caller.account, message_id, add, remove)
    return _changed(caller, message_id)


@api.method("messages.batchModify", "POST", "messages/batchModify", api.CHANGE)
def batch_modify(caller: Caller) -> None:
    store = sandbox().store
    body = api.json_body()
    add, remove = body.get("addLabelIds", []), body.get("removeLabelIds", [])
    ids = body.get("ids", [])
    if len(ids) > 1000:
        raise invalid_argument("Too many ids.")
    mailbox.check_label_change(store, caller.account, add, remove)
    with store.transaction():
        for message_id in ids:
            mailbox.modify_labels(store, caller.account, message_id, add, remove)


@api.method("messages.trash", "POST", "messages/<message_id>/trash", api.CHANGE)
def trash(caller: Caller, message_id: str) -> dict[str, Any]:
    mailbox.trash(sandbox().store, caller.account, message_id)
    return _changed(caller, message_id)


@api.method("messages.untrash", "POST", "messages/<message_id>/untrash", api.CHANGE)
def untrash(caller: Caller, message_id: str) -> dict[str, Any]:
    mailbox.untrash(sandbox().store, caller.account, message_id)
    return _changed(caller, message_id)


@api.method("messages.delete", "DELETE", "messages/<message_id>", frozenset({api.FULL}))
def delete(caller: Caller, message_id: str) -> None:
    mailbox.delete_message(sandbox().store, caller.account, message_id)


def _changed(caller: Caller, message_id: str) -> dict[str, Any]:
    row = mailbox.get_message(sandbox().store, caller.account, message_id)
    return brief(caller.account, row)


@api.method("messages.insert", "POST", "messages", INSERT)
def insert(caller: Caller) -> dict[str, Any]:
    body = api.json_body()
    return insert_message(caller.account, decoded_raw(body), body)


def insert_message(
    account: Account, raw: bytes, resource: dict[str, Any]
) -> dict[str, Any]:
    """Put a message into the mailbox without sending it; Message-ID stays."""
    delivery.check_sendable(raw)
    raw = mime.normalize_newlines(raw)
    internal_date = None
    if request.args.get("internalDateSource") == "dateHeader":
        fields, _body = mime.split_fields(raw)
        internal_date = mime.date_ms(mime.first_value(fields, "Date"))
    row = mailbox.add_message(
        sandbox().store,
        account,
        raw,
        resource.get("labelIds", []),
        thread_id=resource.get("threadId"),
        internal_date=internal_date,
    )
    return brief(account, row)
