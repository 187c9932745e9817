"""Writing mail as a person does: new, answer, forward."""

from __future__ import annotations

import base64
import html
import json
import re
import sqlite3
from dataclasses import dataclass, field, fields
from datetime import datetime
from email import policy
from email.message import EmailMessage, Message
from typing import Any

from . import accounts, delivery, mailbox, mime
from .accounts import Account
from .errors import invalid_argument
from .store import Store

# CRLF, and nothing but ASCII on the way, as Gmail sends it.
WIRE = policy.SMTP.clone(cte_type="7bit")
_LINK = re.compile(r"(https?://[^\s<>\"]+)")


@dataclass
class Attachment:
    filename: str
    content_type: str
    content: bytes


@dataclass
class Draft:
    """What stands in the compose form.

    ``reply_to`` and ``forward`` are ids of the message that is answered or
    forwarded; ``html`` replaces what the text would become.
    """

    to: str = ""
    cc: str = ""
    bcc: str = ""
    subject: str = ""
    text: str = ""
    html: str | None = None
    sender: str = ""
    reply_to: str = ""
    forward: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    attachments: list[Attachment] = field(default_factory=list)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Draft:
        known = {item.name for item in fields(cls)}
        if unknown := set(values) - known:
            raise ValueError(f"Unknown: {', '.join(sorted(unknown))}")
        files = [
            Attachment(
                item["filename"],
                item.get("content_type", "application/octet-stream"),
                base64.b64decode(item["content"]),
            )
            for item in values.pop("attachments", None) or []
        ]
        return cls(**values, attachments=files)


def send(store: Store, account: Account, draft: Draft) -> sqlite3.Row:
    """Send a draft; returns the sender's copy."""
    source_id = draft.reply_to or draft.forward
    source = mailbox.get_message(store, account, source_id) if source_id else None
    message = _message(store, account, draft, source)
    thread = source["thread_id"] if source else None
    return delivery.send_as_user(store, account, message.as_bytes(policy=WIRE), thread)


def _message(
    store: Store, account: Account, draft: Draft, source: sqlite3.Row | None
) -> EmailMessage:
    message = EmailMessage(policy=WIRE)
    _set_addresses(store, account, message, draft)
    message["Subject"] = draft.subject
    for name, value in draft.headers.items():
        message[name] = value
    text, rich = draft.text, draft.html or text_to_html(draft.text)
    files = list(draft.attachments)
    if source is not None:
        _cite(message, source)
        original = mime.parse(mailbox.raw_of(store, account, source["id"]))
        text, rich = with_quotation(text, rich, source, original, bool(draft.forward))
        if draft.forward:
            files = [*attachments_of(original), *files]
    message.set_content(text)
    message.add_alternative(rich, subtype="html")
    for file in files:
        _attach(message, file)
    return message


def _set_addresses(
    store: Store, account: Account, message: EmailMessage, draft: Draft
) -> None:
    known = {entry["email"]: entry for entry in accounts.send_as_of(store, account)}
    sender = known.get(draft.sender.lower(), known[account.email])
    message["From"] = mime.readable_address(sender["name"], sender["email"])
    for name in ("To", "Cc", "Bcc"):
        if pairs := _checked(name, getattr(draft, name.lower())):
            message[name] = ", ".join(mime.readable_address(*pair) for pair in pairs)


def _checked(name: str, typed: str) -> list[tuple[str, str]]:
    """Addresses as typed; the form refuses what the library would stumble over."""
    pairs = mime.addresses([typed])
    nothing = not typed.strip(" ,;\n")
    if any(not mime.ADDRESS.fullmatch(pair[1]) for pair in pairs) or (
        not pairs and not nothing
    ):
        raise invalid_argument(f"Invalid {name} header")
    return pairs


def _cite(message: EmailMessage, source: sqlite3.Row) -> None:
    """In-Reply-To and References, which Gmail sets on forwards too."""
    if not source["rfc_id"]:
        return
    earlier = mime.message_ids(header_of(source, "References"))
    message["In-Reply-To"] = source["rfc_id"]
    message["References"] = " ".join(dict.fromkeys([*earlier, source["rfc_id"]]))


def _attach(message: EmailMessage, file: Attachment) -> None:
    main, _, sub = file.content_type.partition("/")
    if main in ("message", "multipart") or not sub:
        main, sub = "application", "octet-stream"
    message.add_attachment(
        file.content, maintype=main, subtype=sub, filename=file.filename
    )


def attachments_of(message: Message) -> list[Attachment]:
    return [
        Attachment(name, part.get_content_type(), mime.part_bytes(part))
        for part in mime.leaves(message)
        if (name := mime.part_filename(part))
    ]


# Quotations


def header_of(row: sqlite3.Row, name: str) -> str:
    """A header of a stored message, decoded."""
    wanted = name.lower()
    return ", ".join(v for k, v in json.loads(row["headers"]) if k.lower() == wanted)


def when(row: sqlite3.Row) -> datetime:
    return datetime.fromtimestamp(row["internal_date"] / 1000).astimezone()


def with_quotation(
    text: str, rich: str, source: sqlite3.Row, original: Message, forward: bool
) -> tuple[str, str]:
    """Both bodies with the original below, in the shape of Gmail's."""
    old_text = mime.plain_text(original).rstrip()
    found = mime.find_body(original, "text/html")
    old_rich = found if found is not None else text_to_html(old_text)
    if forward:
        head = forward_head(source)
        shown = "<br>".join(html.escape(line) for line in head.splitlines())
        return (
            f"{text}\n\n{head}\n\n{old_text}\n",
            f'{rich}<br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">'
            f"{shown}</div><br>{old_rich}</div>",
        )
    line = attribution(source)
    quoted = "\n".join(f"> {row}".rstrip() for row in old_text.splitlines())
    return (
        f"{text}\n\n{line}\n\n{quoted}\n",
        f'{rich}<br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">'
        f'{html.escape(line)}<br></div><blockquote class="gmail_quote"'
        ' style="margin:0 0 0 .8ex;border-left:1px solid #ccc;padding-left:1ex">'
        f"{old_rich}</blockquote></div>",
    )


def attribution(source: sqlite3.Row) -> str:
    moment = when(source)
    stamp = f"{moment:%a, %b} {moment.day}, {moment:%Y at %I:%M %p}"
    return f"On {stamp} {source['from_text']} wrote:"


def forward_head(source: sqlite3.Row) -> str:
    moment = when(source)
    lines = [
        "---------- Forwarded message ---------",
        f"From: {source['from_text']}",
        f"Date: {moment:%a, %b} {moment.day}, {moment:%Y at %I:%M %p}",
        f"Subject: {source['subject']}",
        f"To: {source['to_text']}",
    ]
    if source["cc_text"]:
        lines.append(f"Cc: {source['cc_text']}")
    return "\n".join(lines)


def answer_subject(subject: str, prefix: str) -> str:
    """``Re:`` or ``Fwd:`` once."""
    if re.match(rf"\s*{prefix}\s*:", subject, re.I):
        return subject
    return f"{prefix}: {subject}".strip()


# Text


def text_to_html(text: str) -> str:
    """Plain typing as HTML: lines, links, ``*bold*``, ``_italic_``, lists."""
    lines = [_line_to_html(line) for line in text.rstrip().splitlines()]
    rich = "".join(lines)
    rich = re.sub(r"((?:<li>.*?</li>)+)", r"<ul>\1</ul>", rich)
    return f'<div dir="ltr">{rich}</div>\n'


def _line_to_html(line: str) -> str:
    item = re.match(r"\s*[-*]\s+(.*)", line)
    shown = html.escape(item[1] if item else line, quote=False)
    shown = _LINK.sub(r'<a href="\1">\1</a>', shown)
    shown = re.sub(r"(?<![\w*])\*([^*\n]+)\*(?![\w*])", r"<b>\1</b>", shown)
    shown = re.sub(r"(?<![\w/])_([^_\n]+)_(?![\w/])", r"<i>\1</i>", shown)
    if item:
        return f"<li>{shown}</li>"
    return f"<div>{shown or '<br>'}</div>"
