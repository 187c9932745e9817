"""A mailbox: its messages, threads, labels and history records."""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Iterable
from typing import Any

from . import mime
from .accounts import Account
from .errors import invalid_argument, not_found
from .store import Store

SYSTEM_LABELS = (
    "CHAT SENT INBOX IMPORTANT TRASH DRAFT SPAM CATEGORY_FORUMS CATEGORY_UPDATES"
    " CATEGORY_PERSONAL CATEGORY_PROMOTIONS CATEGORY_SOCIAL STARRED UNREAD"
).split()
# Google, "Manage labels": only Gmail itself applies these.
FIXED_LABELS = {"SENT", "DRAFT", "CHAT"}
MAX_LABEL_CHANGES = 100

HISTORY_KINDS = ("messageAdded", "messageDeleted", "labelAdded", "labelRemoved")


def new_id(at_ms: int) -> str:
    """16 hexadecimal digits that grow with time, as Gmail's do."""
    return f"{at_ms:011x}{secrets.randbelow(1 << 20):05x}"


def next_history_id(store: Store, account_id: int) -> int:
    """Increasing with random gaps (discovery document, History.id)."""
    store.run(
        "UPDATE accounts SET history_id = history_id + ? WHERE id = ?",
        1 + secrets.randbelow(40),
        account_id,
    )
    new = store.value("SELECT history_id FROM accounts WHERE id = ?", account_id)
    store.after_commit(lambda: store.on_change(account_id, new))
    return new


# Messages


def get_message(store: Store, account: Account, message_id: str) -> sqlite3.Row:
    row = store.one(
        "SELECT * FROM messages WHERE account_id = ? AND id = ?",
        account.id,
        message_id.lower(),
    )
    if row is None:
        raise not_found()
    return row


def raw_of(store: Store, account: Account, message_id: str) -> bytes:
    return store.value(
        "SELECT raw FROM contents WHERE account_id = ? AND message_id = ?",
        account.id,
        message_id,
    )


def labels_of(store: Store, account_id: int, message_id: str) -> list[str]:
    rows = store.all(
        "SELECT label_id FROM message_labels WHERE account_id = ? AND message_id = ?",
        account_id,
        message_id,
    )
    return [row[0] for row in rows]


def thread_messages(
    store: Store, account: Account, thread_id: str
) -> list[sqlite3.Row]:
    """Oldest first; empty when there is no such thread."""
    return store.all(
        "SELECT * FROM messages WHERE account_id = ? AND thread_id = ?"
        " ORDER BY internal_date, id",
        account.id,
        thread_id,
    )


def add_message(
    store: Store,
    account: Account,
    raw: bytes,
    labels: Iterable[str],
    *,
    thread_id: str | None = None,
    internal_date: int | None = None,
    alone: bool = False,
) -> sqlite3.Row:
    """Store a message and its history record.

    :param thread_id: the thread it goes to, whatever it cites; without it the
        thread is found by References, In-Reply-To and subject.
    :param internal_date: Unix milliseconds, Google's clock by default.
    :param alone: begin a thread of its own.
    """
    summary = mime.summarize(raw)
    with store.transaction():
        now = store.now_ms()
        message_id = _free_id(store, account, now)
        if thread_id is None and not alone:
            thread_id = find_thread(store, account, summary)
        history_id = next_history_id(store, account.id)
        store.run(
            "INSERT INTO messages VALUES"
            " (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            account.id,
            message_id,
            thread_id or message_id,
            now if internal_date is None else internal_date,
            history_id,
            now,
            len(raw),
            summary.rfc_id,
            mime.topic(summary.subject),
            summary.header("From"),
            summary.header("To"),
            summary.header("Cc"),
            summary.header("Bcc"),
            summary.subject,
            summary.snippet,
            int(summary.has_attachment),
            json.dumps(summary.headers),
        )
        store.run(
            "INSERT INTO contents VALUES (?, ?, ?, ?)",
            account.id,
            message_id,
            summary.text,
            raw,
        )
        _put_labels(store, account, message_id, labels)
        _record(store, account, history_id, "messageAdded", message_id, ())
        return get_message(store, account, message_id)


def _free_id(store: Store, account: Account, now: int) -> str:
    while True:
        candidate = new_id(now)
        if not store.one(
            "SELECT 1 FROM messages WHERE account_id = ? AND (id = ? OR thread_id = ?)",
            account.id,
            candidate,
            candidate,
        ):
            return candidate


def _put_labels(
    store: Store, account: Account, message_id: str, labels: Iterable[str]
) -> None:
    for label in dict.fromkeys(labels):
        store.run(
            "INSERT OR IGNORE INTO message_labels VALUES (?, ?, ?)",
            account.id,
            message_id,
            label,
        )


def find_thread(store: Store, account: Account, summary: mime.Summary) -> str | None:
    """The thread of a cited message with the same subject, latest citation first."""
    for cited in reversed(summary.references):
        thread = store.value(
            "SELECT thread_id FROM messages WHERE account_id = ? AND rfc_id = ?"
            " AND topic = ? ORDER BY internal_date DESC",
            account.id,
            cited,
            mime.topic(summary.subject),
        )
        if thread:
            return thread
    return None


def fits_thread(
    store: Store, account: Account, summary: mime.Summary, thread_id: str
) -> bool:
    """Google, "Managing threads": the message cites the thread and keeps its subject.

    Raises 404 when the mailbox has no such thread.
    """
    members = thread_messages(store, account, thread_id)
    if not members:
        raise not_found()
    known = {row["rfc_id"] for row in members}
    topics = {row["topic"] for row in members}
    cites = not known.isdisjoint(summary.references)
    return cites and mime.topic(summary.subject) in topics


def modify_labels(
    store: Store,
    account: Account,
    message_id: str,
    add: Iterable[str] = (),
    remove: Iterable[str] = (),
) -> None:
    """Change labels; only real changes are recorded."""
    with store.transaction():
        message_id = get_message(store, account, message_id)["id"]
        present = set(labels_of(store, account.id, message_id))
        added = [label for label in dict.fromkeys(add) if label not in present]
        removed = [label for label in dict.fromkeys(remove) if label in present]
        if not added and not removed:
            return
        _put_labels(store, account, message_id, added)
        for label in removed:
            store.run(
                "DELETE FROM message_labels WHERE account_id = ? AND message_id = ?"
                " AND label_id = ?",
                account.id,
                message_id,
                label,
            )
        history_id = next_history_id(store, account.id)
        store.run(
            "UPDATE messages SET history_id = ? WHERE account_id = ? AND id = ?",
            history_id,
            account.id,
            message_id,
        )
        for kind, labels in (("labelRemoved", removed), ("labelAdded", added)):
            if labels:
                _record(store, account, history_id, kind, message_id, labels)


def trash(store: Store, account: Account, message_id: str) -> None:
    modify_labels(store, account, message_id, ["TRASH"], ["INBOX", "SPAM"])


def untrash(store: Store, account: Account, message_id: str) -> None:
    modify_labels(store, account, message_id, ["INBOX"], ["TRASH"])


def mark_spam(store: Store, account: Account, message_id: str) -> None:
    modify_labels(store, account, message_id, ["SPAM"], ["INBOX"])


def not_spam(store: Store, account: Account, message_id: str) -> None:
    modify_labels(store, account, message_id, ["INBOX"], ["SPAM"])


def delete_message(store: Store, account: Account, message_id: str) -> None:
    """Delete for good; history keeps that there was a message."""
    with store.transaction():
        row = get_message(store, account, message_id)
        history_id = next_history_id(store, account.id)
        _record(store, account, history_id, "messageDeleted", row["id"], ())
        store.run(
            "DELETE FROM messages WHERE account_id = ? AND id = ?",
            account.id,
            row["id"],
        )


# Labels


def label_names(store: Store, account: Account) -> dict[str, str]:
    """Label ids and names, system labels first."""
    rows = store.all("SELECT id, name FROM labels WHERE account_id = ?", account.id)
    return {label: label for label in SYSTEM_LABELS} | {row[0]: row[1] for row in rows}


def create_label(store: Store, account: Account, name: str) -> str:
    """A user label; its id says nothing about its name."""
    for label_id, known in label_names(store, account).items():
        if known.lower() == name.lower():
            return label_id
    label_id = f"Label_{10 + secrets.randbelow(10**6)}"
    store.run("INSERT INTO labels VALUES (?, ?, ?)", account.id, label_id, name)
    return label_id


def check_label_change(
    store: Store, account: Account, add: list[str], remove: list[str]
) -> None:
    """Refuse what the API refuses in messages.modify."""
    if max(len(add), len(remove)) > MAX_LABEL_CHANGES:
        raise invalid_argument("Too many labels.")
    known = label_names(store, account)
    for label in [*add, *remove]:
        if label not in known or label in FIXED_LABELS:
            raise invalid_argument(f"Invalid label: {label}")


# History


def _record(
    store: Store,
    account: Account,
    history_id: int,
    kind: str,
    message_id: str,
    changed: Iterable[str],
) -> None:
    row = get_message(store, account, message_id)
    store.run(
        "INSERT INTO history (account_id, id, kind, message_id, thread_id,"
        " message_labels, changed_labels) VALUES (?, ?, ?, ?, ?, ?, ?)",
        account.id,
        history_id,
        kind,
        message_id,
        row["thread_id"],
        json.dumps(labels_of(store, account.id, message_id)),
        json.dumps(list(changed)),
    )


def history_after(
    store: Store,
    account: Account,
    start: int,
    kinds: Iterable[str],
    label: str | None,
    limit: int,
) -> tuple[list[dict[str, Any]], int | None]:
    """History records after an id, and the id to go on from if there are more."""
    kinds = tuple(kinds) or HISTORY_KINDS
    marks = ", ".join("?" * len(kinds))
    rows = store.all(
        "SELECT * FROM history WHERE account_id = ? AND id > ?"
        f" AND kind IN ({marks}) ORDER BY id, serial",
        account.id,
        start,
        *kinds,
    )
    records: dict[int, dict[str, Any]] = {}
    for row in rows:
        if label and label not in _record_labels(row):
            continue
        if row["id"] not in records and len(records) == limit:
            return list(records.values()), max(records)
        record = records.setdefault(row["id"], {"id": str(row["id"]), "messages": []})
        _extend(record, row)
    return list(records.values()), None


def _record_labels(row: sqlite3.Row) -> list[str]:
    return json.loads(row["message_labels"]) + json.loads(row["changed_labels"])


def _extend(record: dict[str, Any], row: sqlite3.Row) -> None:
    identity = {"id": row["message_id"], "threadId": row["thread_id"]}
    message = dict(identity)
    labels = json.loads(row["message_labels"])
    if labels:
        message["labelIds"] = labels
    if identity not in record["messages"]:
        record["messages"].append(identity)
    event: dict[str, Any] = {"message": message}
    if row["changed_labels"] != "[]":
        event["labelIds"] = json.loads(row["changed_labels"])
    plural = {
        "messageAdded": "messagesAdded",
        "messageDeleted": "messagesDeleted",
        "labelAdded": "labelsAdded",
        "labelRemoved": "labelsRemoved",
    }[row["kind"]]
    record.setdefault(plural, []).append(event)


def expire_history(store: Store, account: Account, up_to: int | None = None) -> int:
    """Forget records up to an id (default: all); older cursors then answer 404."""
    with store.transaction():
        # A new id separates "from now on" from a cursor taken just before, or
        # expiring an idle mailbox would not be noticed.
        start = next_history_id(store, account.id) if up_to is None else up_to
        store.run(
            "DELETE FROM history WHERE account_id = ? AND id <= ?", account.id, start
        )
        store.run(
            "UPDATE accounts SET history_start = ? WHERE id = ?", start, account.id
        )
        return start
