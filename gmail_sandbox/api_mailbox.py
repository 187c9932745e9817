"""Profile, history, labels, send-as addresses and watches of a user."""

from __future__ import annotations

import json
import re
import time
from typing import Any

from flask import request

from . import accounts, api, mailbox
from .context import sandbox
from .errors import bad_request, invalid_argument, not_found
from .tokens import Caller

PROFILE = api.READ_HEADERS | {api.COMPOSE}
LABELS = api.READ_HEADERS | {api.LABELS}
SEND_AS = api.READ | {api.SETTINGS}
WATCH_LIFETIME = 7 * 86_400_000


@api.method("getProfile", "GET", "profile", PROFILE)
def get_profile(caller: Caller) -> dict[str, Any]:
    store = sandbox().store
    total, threads = store.one(
        "SELECT count(*), count(DISTINCT thread_id) FROM messages WHERE account_id = ?",
        caller.account.id,
    ) or (0, 0)
    return {
        "emailAddress": caller.account.email,
        "messagesTotal": total,
        "threadsTotal": threads,
        "historyId": str(caller.account.history_id),
    }


# History


@api.method("history.list", "GET", "history", api.READ_HEADERS)
def list_history(caller: Caller) -> dict[str, Any]:
    kinds = request.args.getlist("historyTypes")
    for kind in kinds:
        if kind not in mailbox.HISTORY_KINDS:
            raise invalid_argument(f"Invalid value at 'history_types', \"{kind}\"")
    start = _history_id("startHistoryId")
    if start < caller.account.history_start:
        raise not_found()
    token = request.args.get("pageToken")
    store = sandbox().store
    with store.transaction():
        records, more = mailbox.history_after(
            store,
            caller.account,
            max(start, _history_id("pageToken")) if token else start,
            kinds,
            request.args.get("labelId"),
            api.limit_argument(100, 500),
        )
        current = store.value(
            "SELECT history_id FROM accounts WHERE id = ?", caller.account.id
        )
    answer: dict[str, Any] = {"history": records} if records else {}
    if more:
        answer["nextPageToken"] = f"{more:020d}"
    return {**answer, "historyId": str(current)}


def _history_id(name: str) -> int:
    text = request.args.get(name, "")
    if not re.fullmatch(r"\d{1,20}", text):
        raise bad_request(f"Missing or invalid {name}")
    return int(text)


# Labels


@api.method("labels.list", "GET", "labels", LABELS)
def list_labels(caller: Caller) -> dict[str, Any]:
    names = mailbox.label_names(sandbox().store, caller.account)
    return {"labels": [_label(*item) for item in names.items()]}


@api.method("labels.get", "GET", "labels/<label_id>", LABELS)
def get_label(caller: Caller, label_id: str) -> dict[str, Any]:
    store = sandbox().store
    names = mailbox.label_names(store, caller.account)
    if label_id not in names:
        raise not_found()
    return {**_label(label_id, names[label_id]), **_label_counts(caller, label_id)}


def _label(label_id: str, name: str) -> dict[str, Any]:
    system = label_id in mailbox.SYSTEM_LABELS
    return {"id": label_id, "name": name, "type": "system" if system else "user"}


def _label_counts(caller: Caller, label_id: str) -> dict[str, int]:
    counted = (
        "SELECT count(*), count(DISTINCT m.thread_id) FROM messages m"
        " JOIN message_labels l ON l.account_id = m.account_id AND l.message_id = m.id"
        " WHERE m.account_id = ? AND l.label_id = ?"
    )
    unread = (
        " AND EXISTS (SELECT 1 FROM message_labels u WHERE u.account_id = m.account_id"
        " AND u.message_id = m.id AND u.label_id = 'UNREAD')"
    )
    store = sandbox().store
    total = store.one(counted, caller.account.id, label_id) or (0, 0)
    new = store.one(counted + unread, caller.account.id, label_id) or (0, 0)
    return {
        "messagesTotal": total[0],
        "messagesUnread": new[0],
        "threadsTotal": total[1],
        "threadsUnread": new[1],
    }


# Send-as addresses


@api.method("settings.sendAs.list", "GET", "settings/sendAs", SEND_AS)
def list_send_as(caller: Caller) -> dict[str, Any]:
    entries = accounts.send_as_of(sandbox().store, caller.account)
    return {"sendAs": [_send_as(caller, entry) for entry in entries]}


@api.method("settings.sendAs.get", "GET", "settings/sendAs/<address>", SEND_AS)
def get_send_as(caller: Caller, address: str) -> dict[str, Any]:
    for entry in accounts.send_as_of(sandbox().store, caller.account):
        if entry["email"] == address.lower():
            return _send_as(caller, entry)
    raise not_found()


def _send_as(caller: Caller, entry: dict[str, Any]) -> dict[str, Any]:
    """The primary address has no verificationStatus; false flags are left out."""
    common = {
        "sendAsEmail": entry["email"],
        "displayName": entry["name"],
        "replyToAddress": "",
        "signature": "",
    }
    if entry["email"] == caller.account.email:
        return {**common, "isPrimary": True, "isDefault": True}
    status = "accepted" if entry["verified"] else "pending"
    return {**common, "treatAsAlias": True, "verificationStatus": status}


# Watches


@api.method("watch", "POST", "watch", api.READ_HEADERS)
def watch(caller: Caller) -> dict[str, Any]:
    store = sandbox().store
    body = api.json_body()
    topic = body.get("topicName", "")
    _check_topic(caller, topic)
    labels = body.get("labelIds", [])
    exclude = str(body.get("labelFilterBehavior", "")).lower() == "exclude"
    expires = int(time.time() * 1000) + WATCH_LIFETIME
    with store.transaction():
        other = store.value(
            "SELECT topic FROM watches WHERE account_id = ? AND project = ?"
            " AND expires > ?",
            caller.account.id,
            caller.client.project,
            int(time.time() * 1000),
        )
        if other not in (None, topic):
            raise bad_request(
                "Only one user push notification client allowed per developer"
                " (call /stop then try again)"
            )
        store.run(
            "INSERT OR REPLACE INTO watches VALUES (?, ?, ?, ?, ?, ?)",
            caller.account.id,
            caller.client.project,
            topic,
            json.dumps(labels),
            int(exclude),
            expires,
        )
        # Google announces the mailbox at once.
        account = caller.account
        store.after_commit(lambda: store.on_change(account.id, account.history_id))
    return {"historyId": str(caller.account.history_id), "expiration": str(expires)}


def _check_topic(caller: Caller, topic: str) -> None:
    match = re.fullmatch(r"projects/([^/]+)/topics/([^/]+)", topic)
    if not match:
        raise invalid_argument(f"Invalid topicName does not match {topic!r}")
    project = caller.client.project
    # A client whose project is known only by its number cannot be compared.
    if not project.isdigit() and match[1] != project:
        raise invalid_argument(
            f"Invalid topicName does not match projects/{project}/topics/*"
        )


@api.method("stop", "POST", "stop", api.READ_HEADERS)
def stop(caller: Caller) -> None:
    sandbox().store.run(
        "DELETE FROM watches WHERE account_id = ? AND project = ?",
        caller.account.id,
        caller.client.project,
    )
