"""Sending as a user, and routing mail as Google's servers and the Internet do."""

from __future__ import annotations

import random
import re
import secrets
import sqlite3
import string
from collections.abc import Iterable

from . import accounts, bounce, mailbox, mime
from .accounts import Account
from .errors import bad_request, invalid_argument, sending_limit
from .store import Store

DAY = 86_400_000
MAX_RECIPIENTS = 500
RECEIVED_LABELS = ("UNREAD", "CATEGORY_PERSONAL", "INBOX")
# Nothing, or a group without members ("undisclosed-recipients:;")
_EMPTY = re.compile(r"\s*([^:@]*:\s*;)?\s*")
_ID_LETTERS = string.ascii_letters + string.digits


def gmail_message_id() -> str:
    """Like Gmail's own, with the marks between letters that theirs have."""
    body = [secrets.choice(_ID_LETTERS) for _ in range(48)]
    for position in random.sample(range(2, 46), 5):
        body[position] = secrets.choice("+=_-")
    return f"<CA{''.join(body)}@mail.gmail.com>"


# Sending as a user


def sent_last_day(store: Store, account: Account) -> int:
    """Messages in the rolling 24 hours, whichever way they were sent."""
    return store.value(
        "SELECT count(*) FROM sendings WHERE account_id = ? AND at > ?",
        account.id,
        store.now_ms() - DAY,
    )


def send_as_user(
    store: Store, account: Account, raw: bytes, thread_id: str | None = None
) -> sqlite3.Row:
    """What messages.send and the webmail do; returns the sender's copy.

    Observed: the Message-ID is always replaced, a missing From or Date filled in,
    a foreign From silently replaced, Bcc kept in this copy and in no other one.
    Recipients come only from To, Cc and Bcc (discovery document).
    """
    raw = mime.normalize_newlines(raw)
    fields, body = mime.split_fields(raw)
    recipients = header_recipients(fields)
    with store.transaction():
        if sent_last_day(store, account) >= account.sending_limit:
            raise sending_limit()
        raw = mime.join_fields(_own_fields(store, account, fields), body)
        joins = thread_id and mailbox.fits_thread(
            store, account, mime.summarize(raw), thread_id
        )
        own = [a for a in recipients if _is_own(store, account, a)]
        message = mailbox.add_message(
            store,
            account,
            raw,
            ["UNREAD", "SENT", "INBOX"] if own else ["SENT"],
            thread_id=thread_id if joins else None,
            alone=not joins,
        )
        store.run("INSERT INTO sendings VALUES (?, ?)", account.id, store.now_ms())
        others = [address for address in recipients if address not in own]
        route(store, account.email, others, _for_recipients(raw), message)
        return message


def header_recipients(fields: list[mime.Field]) -> list[str]:
    """Addresses in To, Cc and Bcc, each once; refuses what Gmail refuses."""
    found: dict[str, None] = {}
    for name in ("To", "Cc", "Bcc"):
        values = mime.field_values(fields, name)
        pairs = mime.addresses(values)
        if not pairs and not all(_EMPTY.fullmatch(value) for value in values):
            raise invalid_argument(f"Invalid {name} header")
        for _display, address in pairs:
            if not mime.ADDRESS.fullmatch(address):
                raise invalid_argument(f"Invalid {name} header")
            found[address] = None
    if not found:
        raise invalid_argument("Recipient address required")
    if len(found) > MAX_RECIPIENTS:
        raise invalid_argument("Too many recipients")
    return list(found)


def _is_own(store: Store, account: Account, address: str) -> bool:
    owner = accounts.mailbox_for(store, address)
    return owner is not None and owner.id == account.id


def _own_fields(
    store: Store, account: Account, fields: list[mime.Field]
) -> list[mime.Field]:
    """The header as Gmail lets it go out."""
    kept = mime.without(fields, "Message-ID", "Return-Path", "Received")
    senders = mime.addresses(mime.field_values(fields, "From"))
    if not senders or not accounts.may_send_as(store, account, senders[0][1]):
        kept = mime.without(kept, "From")
        kept.append((b"From", mime.encoded_address(account.name, account.email)))
    if not mime.first_value(kept, "Date"):
        kept.append((b"Date", _date(store)))
    if not mime.first_value(kept, "MIME-Version"):
        kept.insert(0, (b"MIME-Version", b"1.0"))
    kept.append((b"Message-ID", gmail_message_id().encode()))
    return kept


def _date(store: Store) -> bytes:
    return mime.date_header(store.now_ms()).encode()


def _for_recipients(raw: bytes) -> bytes:
    fields, body = mime.split_fields(raw)
    return mime.join_fields(mime.without(fields, "Bcc"), body)


# Routing


def route(
    store: Store,
    sender: str,
    recipients: Iterable[str],
    raw: bytes,
    original: sqlite3.Row | None = None,
) -> None:
    """Bring a message to its envelope recipients.

    :param sender: envelope sender, empty for a delivery report.
    :param original: the sender's own copy, whose thread a bounce joins.
    """
    reached: set[int] = set()
    with store.transaction():
        for address in dict.fromkeys(recipients):
            account = accounts.mailbox_for(store, address)
            if account is None:
                _route_elsewhere(store, sender, address, raw, original)
            elif account.id not in reached:
                reached.add(account.id)
                deliver(store, account, received(store, sender, address, raw))


def deliver(store: Store, account: Account, raw: bytes) -> sqlite3.Row:
    return mailbox.add_message(store, account, raw, RECEIVED_LABELS)


def _route_elsewhere(
    store: Store,
    sender: str,
    address: str,
    raw: bytes,
    original: sqlite3.Row | None,
) -> None:
    domain = address.rpartition("@")[2].lower()
    refusal = _refusal(store, address.lower(), domain)
    if refusal:
        bounced = bounce.Failure(address, *refusal)
        bounce_to(store, sender, bounced, raw, original)
    elif store.one("SELECT 1 FROM gateways WHERE domain = ?", domain):
        store.run(
            "INSERT INTO gateway_runs (sender, recipient, raw) VALUES (?, ?, ?)",
            sender,
            address,
            raw,
        )
        store.after_commit(store.on_gateway_mail)
    else:
        store.run(
            "INSERT INTO outside (at, sender, recipient, raw) VALUES (?, ?, ?, ?)",
            store.now_ms(),
            sender,
            address,
            received(store, sender, address, raw, delivered=False),
        )


def _refusal(store: Store, address: str, domain: str) -> tuple[str, str] | None:
    row = store.one(
        "SELECT status, diagnostic FROM refusals WHERE pattern IN (?, ?)",
        address,
        domain,
    )
    if row:
        return row["status"], row["diagnostic"]
    if accounts.is_sandbox_domain(store, domain):
        return (
            "5.1.1",
            "550-5.1.1 The email account that you tried to reach does not exist.",
        )
    return None


def received(
    store: Store, sender: str, address: str, raw: bytes, delivered: bool = True
) -> bytes:
    """The message with what servers on the way put on top of it."""
    ident = secrets.token_hex(8)
    date = mime.date_header(store.now_ms())
    lines = [
        f"Return-Path: <{sender}>",
        f"Received: from mail-sor-f41.google.com by mx.google.com with SMTPS id"
        f" {ident}\r\n        for <{address}>; {date}",
    ]
    if delivered:
        lines.insert(0, f"Delivered-To: {address}")
    return "\r\n".join(lines).encode() + b"\r\n" + mime.normalize_newlines(raw)


def bounce_to(
    store: Store,
    sender: str,
    failure: bounce.Failure,
    raw: bytes,
    original: sqlite3.Row | None = None,
) -> None:
    """Report a failed delivery to the envelope sender, in the original's thread."""
    if not sender:
        return
    report = bounce.build_report(sender, failure, raw, _date(store).decode())
    account = accounts.mailbox_for(store, sender)
    if account is None:
        route(store, "", [sender], report)
        return
    thread = original["thread_id"] if original else _thread_of(store, account, raw)
    mailbox.add_message(
        store,
        account,
        received(store, "", account.email, report),
        RECEIVED_LABELS,
        thread_id=thread,
    )


def _thread_of(store: Store, account: Account, raw: bytes) -> str | None:
    return store.value(
        "SELECT thread_id FROM messages WHERE account_id = ? AND rfc_id = ?",
        account.id,
        mime.summarize(raw).rfc_id,
    )


def check_sendable(raw: bytes) -> None:
    """Refuse what is no message at all."""
    if not raw.strip():
        raise bad_request(
            "'raw' RFC822 payload message string or uploading message via"
            " /upload/* URL required"
        )
