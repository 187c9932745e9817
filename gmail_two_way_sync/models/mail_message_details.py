from odoo import api, fields, models

from ..rules.addresses import parse


class MailMessage(models.Model):
    _inherit = "mail.message"

    @api.readonly
    def gmail_details(self):
        """Who wrote this message to whom, and in which mailboxes it is (E1, E8).

        :return: ``from``, ``to``, ``cc``, ``bcc`` (lists of ``name`` and ``email``),
            ``date`` (naive UTC, or False), ``mailboxes`` (the reader's own first, each
            with ``name``, ``status``, ``problem`` and ``url``)
        :raises AccessError: the reader may not read the message
        """
        self.ensure_one()
        self.check_access("read")
        readable = self.env["gmail.message"].search(
            [("mail_message_ids", "in", self.ids)], order="id"
        )
        # sudo: gmail.account, mail.notification - what is shown of readable rows
        rows = readable.sudo().sorted(lambda row: row._owner() != self.env.user)
        return {
            "from": _people(rows[:1].mapped("email_from")),
            "to": _people(rows.mapped("email_to")),
            "cc": _people(rows.mapped("email_cc")),
            "bcc": _people(rows.mapped("email_bcc")),
            "date": fields.Datetime.to_string(rows[:1].date),
            "mailboxes": [row._mailbox_details() for row in rows],
        }


class GmailMessage(models.Model):
    _inherit = "gmail.message"

    def _mailbox_details(self):
        return {
            "name": self.account_id.email or self.env._("Auto-BCC"),
            "status": self._status(),
            "problem": self.error,
            "url": self.gmail_url,
        }

    def _status(self):
        """What became of it, in words; Gmail says no more than that it took it (B9)."""
        if self.direction == "in":
            return self.env._("Received")
        if "bounce" in self.mail_message_ids.notification_ids.mapped(
            "notification_status"
        ):
            return self.env._("Bounced")
        return {
            "pending": self.env._("Waiting to be sent"),
            "sent": self.env._("Sent"),
            "imported": self.env._("Sent in Gmail"),
            "failed": self.env._("Not sent"),
            "skipped": self.env._("Cancelled"),
        }[self.state]


def _people(headers):
    return [{"name": each.name, "email": each.email} for each in parse(headers)]
