"""The control API's commands about mailboxes."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

from . import accounts, compose, delivery, mailbox, mime
from .accounts import Account
from .api_messages import find_messages
from .context import sandbox

COMMANDS: dict[str, Callable[..., Any]] = {}


def command(function: Callable[..., Any]) -> Callable[..., Any]:
    COMMANDS[function.__name__] = function
    return function


def _account(email: str) -> Account:
    return accounts.get_account(sandbox().store, email)


@command
def deliver(
    email: str,
    raw: str,
    labels: list[str] | None = None,
    internal_date: int | None = None,
    thread_id: str | None = None,
) -> dict[str, Any]:
    store, account = sandbox().store, _account(email)
    row = mailbox.add_message(
        store,
        account,
        mime.normalize_newlines(base64.b64decode(raw)),
        delivery.RECEIVED_LABELS if labels is None else labels,
        thread_id=thread_id,
        internal_date=internal_date,
    )
    return _described(account, row)


@command
def deliver_many(email: str, raws: list[str], **options: Any) -> list[str]:
    """Many at once, for big mailboxes; the ids only."""
    with sandbox().store.transaction():
        return [deliver(email, raw, **options)["id"] for raw in raws]


@command
def route(sender: str, recipients: list[str], raw: str) -> None:
    content = mime.normalize_newlines(base64.b64decode(raw))
    delivery.route(sandbox().store, sender, recipients, content)


@command
def send(email: str, **options: Any) -> dict[str, Any]:
    """As the person would in the webmail."""
    store, account = sandbox().store, _account(email)
    row = compose.send(store, account, compose.Draft.from_json(options))
    return _described(account, row)


@command
def send_raw(email: str, raw: str, thread_id: str | None = None) -> dict[str, Any]:
    store, account = sandbox().store, _account(email)
    row = delivery.send_as_user(store, account, base64.b64decode(raw), thread_id)
    return _described(account, row)


@command
def messages(
    email: str, query: str = "in:anywhere", with_raw: bool = False, limit: int = 1000
) -> list[dict[str, Any]]:
    account = _account(email)
    rows, _more, _total = find_messages(account, query, limit=limit)
    return [_described(account, row, with_raw) for row in rows]


@command
def message(email: str, message_id: str) -> dict[str, Any]:
    account = _account(email)
    row = mailbox.get_message(sandbox().store, account, message_id)
    return _described(account, row, with_raw=True)


def _described(account: Account, row: Any, with_raw: bool = False) -> dict[str, Any]:
    store = sandbox().store
    described = {
        "id": row["id"],
        "thread_id": row["thread_id"],
        "labels": mailbox.labels_of(store, account.id, row["id"]),
        "message_id": row["rfc_id"],
        "subject": row["subject"],
        "from": row["from_text"],
        "to": row["to_text"],
        "cc": row["cc_text"],
        "bcc": row["bcc_text"],
        "internal_date": row["internal_date"],
        "history_id": str(row["history_id"]),
        "headers": json.loads(row["headers"]),
        "snippet": row["snippet"],
    }
    if with_raw:
        raw = mailbox.raw_of(store, account, row["id"])
        described["raw"] = base64.b64encode(raw).decode()
    return described


@command
def modify(
    email: str,
    message_id: str,
    add: list[str] | None = None,
    remove: list[str] | None = None,
) -> None:
    mailbox.modify_labels(
        sandbox().store, _account(email), message_id, add or [], remove or []
    )


@command
def spam(email: str, message_id: str) -> None:
    mailbox.mark_spam(sandbox().store, _account(email), message_id)


@command
def not_spam(email: str, message_id: str) -> None:
    mailbox.not_spam(sandbox().store, _account(email), message_id)


@command
def trash(email: str, message_id: str) -> None:
    mailbox.trash(sandbox().store, _account(email), message_id)


@command
def delete(email: str, message_id: str) -> None:
    mailbox.delete_message(sandbox().store, _account(email), message_id)


@command
def create_label(email: str, name: str) -> str:
    return mailbox.create_label(sandbox().store, _account(email), name)


@command
def expire_history(email: str, up_to: int | None = None) -> str:
    account = _account(email)
    return str(mailbox.expire_history(sandbox().store, account, up_to))


@command
def set_sending_limit(email: str, limit: int) -> None:
    sandbox().store.run(
        "UPDATE accounts SET sending_limit = ? WHERE id = ?", limit, _account(email).id
    )


@command
def sent_last_day(email: str) -> int:
    return delivery.sent_last_day(sandbox().store, _account(email))
