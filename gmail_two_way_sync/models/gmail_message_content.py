import logging

from markupsafe import Markup

from odoo import models
from odoo.tools import human_size, plaintext2html

from ..rules import received

_logger = logging.getLogger(__name__)

MAX_ATTACHMENT_BYTES = 25 * 1024 * 1024


class GmailMessage(models.Model):
    """Mail in: what is read from a raw message (C14)."""

    _inherit = "gmail.message"

    def _parse(self, raw):
        """Read the content of a message; one that cannot be read is kept as it is.

        :param raw: the message as bytes
        :return: ``body`` (Markup, not sanitized yet) and ``attachments`` as
            ``message_post`` takes them
        """
        try:
            content = received.read(raw)
            parsed = self.env["mail.thread"].message_parse(content.message)
        except Exception:
            _logger.warning(
                "Message %s cannot be parsed, its original is kept",
                self.gmail_message_id,
                exc_info=True,
            )
            return self._original(raw)
        body, attachments = Markup(parsed["body"]), parsed["attachments"]
        kept, named = _within_limit(attachments)
        return {
            "body": body + self._remarks(content) + self._words_for_oversize(named),
            "attachments": kept,
        }

    def _original(self, raw):
        """What could be read, and the original for a mail program."""
        note = self.env._("This message could not be read. The original is attached.")
        return {
            "body": plaintext2html(received.salvage(raw)) + _paragraph(note),
            "attachments": [("original.eml", raw, {})],
        }

    def _remarks(self, content):
        """What a reader should know about a body that is not the whole message."""
        remarks = Markup()
        if content.is_encrypted:
            remarks += _paragraph(
                self.env._(
                    "This message is encrypted. Open it in the mail program that has "
                    "your key."
                )
            )
        if content.is_shortened:
            remarks += _paragraph(
                self.env._(
                    "This message is too long to be shown as a whole. All of it is "
                    "attached."
                )
            )
        return remarks

    def _words_for_oversize(self, named):
        """Attachments that are not stored, each with its size."""
        if not named:
            return Markup()
        lines = Markup().join(
            Markup("<li>%s (%s)</li>") % (name, human_size(size))
            for name, size in named
        )
        note = self.env._("Attachments that are only in Gmail, being too big:")
        return _paragraph(note) + Markup("<ul>%s</ul>") % lines


def _within_limit(attachments):
    """Split attachments into those stored and (name, size) of those beyond 25 MB."""
    kept, named, total = [], [], 0
    for attachment in attachments:
        size = len(attachment[1])
        if total + size > MAX_ATTACHMENT_BYTES:
            named.append((attachment[0], size))
        else:
            kept.append(attachment)
            total += size
    return kept, named


def _paragraph(sentence):
    return Markup("<p>%s</p>") % sentence
