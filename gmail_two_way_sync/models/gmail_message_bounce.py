from datetime import timedelta

from odoo import fields, models
from odoo.tools import email_normalize

from ..rules import bounce
from ..rules.addresses import match_key, parse

# Mail servers give up after five days.
LONGEST_DELIVERY = timedelta(days=7)


class GmailMessage(models.Model):
    """Mail out: delivery reports that come into the mailbox (B9).

    A report that may be about a message of ours is read and never imported; its row
    waits with the reason ``delivery_report`` until then.
    """

    _inherit = "gmail.message"

    def _await_report(self, envelope):
        """Have a report read, unless it can only be about private mail (C20)."""
        if envelope.references or self._sent_lately():
            self.reason = "delivery_report"
        else:
            self._skip("delivery_report")

    def _sent_lately(self):
        """Whether a message of ours may still be on its way from this mailbox."""
        since = fields.Datetime.now() - LONGEST_DELIVERY
        return self.search_count(
            [
                ("account_id", "=", self.account_id.id),
                ("sending_key", "!=", False),
                ("state", "=", "sent"),
                ("date", ">", since),
            ],
            limit=1,
        )

    def _read_report(self, raw):
        """Mark what a delivery report says about a message that left from here.

        :param raw: the report as bytes; only what it is about is kept of it (C20)
        """
        report = bounce.parse(raw)
        sent = self._reported(report) if report else self.browse()
        for failure in report.failures if sent else ():
            if failure.permanent:
                sent._note_bounce(failure)
        self._skip("delivery_report")

    def _reported(self, report):
        """The sent message that a report is about, by the strongest hint it gives."""
        sent = [
            ("account_id", "=", self.account_id.id),
            ("direction", "=", "out"),
            ("state", "in", ("sent", "imported")),
            ("mail_message_ids", "!=", False),
        ]
        addresses = {match_key(each.address) for each in report.failures}
        in_thread = self.search(
            [*sent, ("gmail_thread_id", "=", self.gmail_thread_id)], order="date desc"
        )
        found = (
            self._by("sending_key", [report.sending_key], sent)
            or self._by("rfc_message_id", report.original_message_ids, sent)
            or in_thread.filtered(lambda row: addresses & row._recipient_keys())
        )
        return found[:1]

    def _by(self, field, values, domain):
        return self.search([*domain, (field, "in", [each for each in values if each])])

    def _note_bounce(self, failure):
        """The message did not reach one of its recipients: say so in the chatter.

        Odoo's own means flag the address on every record that has it.
        """
        message = self.mail_message_ids[:1]
        address = email_normalize(failure.address, strict=False) or failure.address
        notification = self._notification_of(message, address)
        if notification.notification_status == "bounce":
            return  # some servers report twice
        notification.write(
            {
                "notification_status": "bounce",
                "failure_type": "mail_bounce",
                "failure_reason": (
                    f"{failure.address}: {failure.reason or failure.status}"
                ),
            }
        )
        self._flag(address, notification.res_partner_id)
        message._notify_message_notification_update()

    def _flag(self, address, partner):
        """Count the bounce on every record that has the address, as Odoo does."""
        models_with_bounces = self.env["ir.model"].search(
            [("is_mail_blacklist", "=", True), ("model", "!=", "mail.thread.blacklist")]
        )
        for model in models_with_bounces.mapped("model"):
            records = self.env[model].search([("email_normalized", "=", address)])
            records._message_receive_bounce(address, partner)

    def _notification_of(self, message, address):
        """The notification of the recipient with an address.

        People in Cc and Bcc have none until something is to be told about them.
        """
        key = match_key(address)
        for notification in message.notification_ids:
            partner = notification.res_partner_id
            emails = [each.email for each in parse([partner.email or ""])]
            emails += [notification.mail_email_address or ""]
            if key in {*map(match_key, emails), *partner._email_keys()}:
                return notification
        return self.env["mail.notification"].create(
            {
                "author_id": message.author_id.id,
                "mail_message_id": message.id,
                "mail_email_address": address,
                "notification_type": "email",
                "is_read": True,
            }
        )
