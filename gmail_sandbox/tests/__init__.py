"""Tests of the sandbox, most of them through Google's own client library."""

from __future__ import annotations

import base64
from email.message import EmailMessage
from typing import Any

ANN = "ann@acme.example"
BOB = "bob.brown@gmail.com"
CLIENT_ID = "1234-sandbox.apps.googleusercontent.com"
CLIENT_SECRET = "sandbox-secret"
REDIRECT = "https://odoo.example/callback"
GMAIL = "https://www.googleapis.com/auth/gmail."


def mail(
    sender: str = "Carl Customer <carl@else.example>",
    to: str = ANN,
    subject: str = "Hello",
    text: str = "Hi there",
    files: tuple[tuple[str, str, bytes], ...] = (),
    **headers: str,
) -> bytes:
    """A message as bytes; header names with underscores for dashes."""
    message = EmailMessage()
    for name, value in {
        "From": sender,
        "To": to,
        "Subject": subject,
        **headers,
    }.items():
        if value:
            message[name.replace("_", "-")] = value
    message.set_content(text)
    for filename, kind, content in files:
        main, _, sub = kind.partition("/")
        message.add_attachment(content, maintype=main, subtype=sub, filename=filename)
    return message.as_bytes()


def encoded(raw: bytes) -> str:
    """base64url without padding, which Gmail accepts."""
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def send(users: Any, raw: bytes, **body: str) -> dict[str, Any]:
    return (
        users.messages().send(userId="me", body={"raw": encoded(raw), **body}).execute()
    )


def headers(message: dict[str, Any]) -> dict[str, str]:
    """Headers of a message resource by lower-case name."""
    return {h["name"].lower(): h["value"] for h in message["payload"]["headers"]}


def raw_of(users: Any, message_id: str) -> bytes:
    answer = users.messages().get(userId="me", id=message_id, format="raw").execute()
    return base64.urlsafe_b64decode(answer["raw"])
