"""Delivery reports in the shape of Gmail's.

Observed: From Mail Delivery Subsystem at googlemail.com, the English subject, an
X-Failed-Recipients header, References to the original; structure per RFC 3464.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from email.message import Message
from email.mime.multipart import MIMEMultipart
from email.mime.nonmultipart import MIMENonMultipart
from email.mime.text import MIMEText

from . import mime

DAEMON = "Mail Delivery Subsystem <mailer-daemon@googlemail.com>"


@dataclass(frozen=True)
class Failure:
    """Why one recipient did not get a message; status 4.x is only a delay."""

    recipient: str
    status: str
    diagnostic: str

    @property
    def delayed(self) -> bool:
        return self.status.startswith("4")


def build_report(to: str, failure: Failure, original: bytes, date: str) -> bytes:
    """A multipart/report about a message, as bytes with CRLF."""
    fields, _body = mime.split_fields(mime.normalize_newlines(original))
    original_id = mime.first_value(fields, "Message-ID")
    report = MIMEMultipart("report", report_type="delivery-status")
    report["From"] = DAEMON
    report["To"] = to
    report["Auto-Submitted"] = "auto-replied"
    kind = "Delay" if failure.delayed else "Failure"
    report["Subject"] = f"Delivery Status Notification ({kind})"
    if not failure.delayed:
        report["X-Failed-Recipients"] = failure.recipient
    if original_id:
        report["References"] = original_id
        report["In-Reply-To"] = original_id
    report["Message-ID"] = f"<{secrets.token_hex(12)}@mx.google.com>"
    report["Date"] = date
    report.attach(_explanation(failure))
    report.attach(_status(failure, date))
    report.attach(_original_headers(fields))
    return mime.normalize_newlines(report.as_bytes())


def _explanation(failure: Failure) -> Message:
    outcome = (
        f"There was a temporary problem delivering your message to"
        f" {failure.recipient}. Gmail will retry."
        if failure.delayed
        else f"Your message wasn't delivered to {failure.recipient}."
    )
    return MIMEText(
        f"{outcome}\n\nThe response was:\n{failure.diagnostic}\n", "plain", "utf-8"
    )


def _status(failure: Failure, date: str) -> Message:
    part = MIMENonMultipart("message", "delivery-status")
    general, recipient = Message(), Message()
    general["Reporting-MTA"] = "dns; googlemail.com"
    general["Arrival-Date"] = date
    recipient["Final-Recipient"] = f"rfc822; {failure.recipient}"
    recipient["Action"] = "delayed" if failure.delayed else "failed"
    recipient["Status"] = failure.status
    recipient["Diagnostic-Code"] = f"smtp; {failure.diagnostic}"
    recipient["Last-Attempt-Date"] = date
    part.set_payload([general, recipient])
    return part


def _original_headers(fields: list[mime.Field]) -> Message:
    part = MIMENonMultipart("text", "rfc822-headers")
    part.set_payload(mime.join_fields(fields, b"").decode("latin-1"))
    return part
