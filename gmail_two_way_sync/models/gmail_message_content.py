import email
import email.policy
import logging

from markupsafe import Markup

from odoo import models
from odoo.tools import human_size

_logger = logging.getLogger(__name__)

MAX_ATTACHMENT_BYTES = 25 * 1024 * 1024


class GmailMessage(models.Model):
    """Mail in: what is read from a raw message."""

    _inherit = "gmail.message"

    def _parse(self, raw):
        """Body and attachments; an unreadable message is kept as its original (C14)."""
        try:
            message = email.message_from_bytes(raw, policy=email.policy.SMTP)
            parsed = self.env["mail.thread"].message_parse(message)
        except Exception:
            _logger.warning(
                "Message %s cannot be parsed, its original is kept",
                self.gmail_message_id,
                exc_info=True,
            )
            note = self.env._(
                "This message could not be read. The original is attached."
            )
            return {
                "body": Markup("<p>%s</p>") % note,
                "attachments": [("original.eml", raw, {})],
            }
        return self._without_oversize(parsed)

    def _without_oversize(self, parsed):
        """Name attachments beyond 25 MB in total instead of storing them (C14)."""
        kept, named, total = [], [], 0
        for attachment in parsed["attachments"]:
            size = len(_as_bytes(attachment[1]))
            total += size
            if total > MAX_ATTACHMENT_BYTES:
                named.append((attachment[0], size))
            else:
                kept.append(attachment)
        return {
            "body": Markup(parsed["body"] or "") + self._words_for_oversize(named),
            "attachments": kept,
        }

    def _words_for_oversize(self, named):
        if not named:
            return Markup()
        lines = Markup().join(
            Markup("<li>%s (%s)</li>") % (name, human_size(size))
            for name, size in named
        )
        note = self.env._("Attachments that are only in Gmail, being too big:")
        return Markup("<p>%s</p><ul>%s</ul>") % (note, lines)


def _as_bytes(content):
    if isinstance(content, str):
        return content.encode()
    return content.as_bytes() if hasattr(content, "as_bytes") else content or b""
