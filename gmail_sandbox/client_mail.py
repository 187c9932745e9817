"""The control client's methods about mailboxes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .client_base import Connection, decode, encode


class MailMethods(Connection):
    """Deliver, send, look, label."""

    def deliver(
        self,
        email: str,
        raw: bytes | str,
        *,
        labels: Iterable[str] | None = None,
        internal_date: int | None = None,
        thread_id: str | None = None,
    ) -> dict[str, Any]:
        """Put a message as it is into one mailbox (default: INBOX, UNREAD)."""
        return self.call(
            "deliver",
            email=email,
            raw=encode(raw),
            labels=list(labels) if labels is not None else None,
            internal_date=internal_date,
            thread_id=thread_id,
        )

    def deliver_many(
        self,
        email: str,
        raws: Iterable[bytes | str],
        *,
        labels: Iterable[str] | None = None,
        internal_date: int | None = None,
    ) -> list[str]:
        """Fill a mailbox quickly; returns the ids."""
        return self.call(
            "deliver_many",
            email=email,
            raws=[encode(raw) for raw in raws],
            labels=list(labels) if labels is not None else None,
            internal_date=internal_date,
        )

    def route(self, sender: str, recipients: Iterable[str], raw: bytes | str) -> None:
        """Hand a message to Google's mail servers for these envelope recipients."""
        self.call("route", sender=sender, recipients=list(recipients), raw=encode(raw))

    def send(
        self,
        email: str,
        to: str = "",
        subject: str = "",
        text: str = "",
        *,
        cc: str = "",
        bcc: str = "",
        html: str | None = None,
        sender: str = "",
        reply_to: str = "",
        forward: str = "",
        headers: dict[str, str] | None = None,
        attachments: Iterable[tuple[str, str, bytes]] = (),
    ) -> dict[str, Any]:
        """Send as the account's owner in the webmail; returns the sent copy.

        :param reply_to: id of the message that is answered (its thread, References
            and quotation); the subject is not filled in.
        :param forward: id of the message that is forwarded, attachments included.
        :param attachments: (file name, content type, content)
        """
        files = [
            {"filename": name, "content_type": kind, "content": encode(content)}
            for name, kind, content in attachments
        ]
        return self.call(
            "send",
            email=email,
            to=to,
            cc=cc,
            bcc=bcc,
            subject=subject,
            text=text,
            html=html,
            sender=sender,
            reply_to=reply_to,
            forward=forward,
            headers=headers or {},
            attachments=files,
        )

    def send_raw(
        self, email: str, raw: bytes | str, thread_id: str | None = None
    ) -> dict[str, Any]:
        """Send a raw message as the account's owner."""
        return self.call("send_raw", email=email, raw=encode(raw), thread_id=thread_id)

    def messages(
        self,
        email: str,
        query: str = "in:anywhere",
        *,
        with_raw: bool = False,
        limit: int = 1000,
    ) -> list[dict[str, Any]]:
        """Messages of a mailbox, newest first, found with Gmail's search."""
        found = self.call(
            "messages", email=email, query=query, with_raw=with_raw, limit=limit
        )
        return [decode(item) for item in found]

    def message(self, email: str, message_id: str) -> dict[str, Any]:
        """One message with its raw bytes."""
        return decode(self.call("message", email=email, message_id=message_id))

    def modify(
        self,
        email: str,
        message_id: str,
        add: Iterable[str] = (),
        remove: Iterable[str] = (),
    ) -> None:
        self.call(
            "modify",
            email=email,
            message_id=message_id,
            add=list(add),
            remove=list(remove),
        )

    def spam(self, email: str, message_id: str) -> None:
        self.call("spam", email=email, message_id=message_id)

    def not_spam(self, email: str, message_id: str) -> None:
        self.call("not_spam", email=email, message_id=message_id)

    def trash(self, email: str, message_id: str) -> None:
        self.call("trash", email=email, message_id=message_id)

    def delete(self, email: str, message_id: str) -> None:
        """Delete for good."""
        self.call("delete", email=email, message_id=message_id)

    def create_label(self, email: str, name: str) -> str:
        """A user label; returns its id."""
        return self.call("create_label", email=email, name=name)

    def expire_history(self, email: str, up_to: int | str | None = None) -> str:
        """Forget history up to an id (default: all of it): older cursors get 404."""
        up_to = None if up_to is None else int(up_to)
        return self.call("expire_history", email=email, up_to=up_to)

    def set_sending_limit(self, email: str, limit: int) -> None:
        """Messages per rolling 24 hours."""
        self.call("set_sending_limit", email=email, limit=limit)

    def sent_last_day(self, email: str) -> int:
        return self.call("sent_last_day", email=email)
