from odoo import models

from odoo.addons.mail.tools.discuss import Store


class MailMessage(models.Model):
    """What the chatter knows of messages in Gmail: internal users only (E8)."""

    _inherit = "mail.message"

    def _to_store_defaults(self, target):
        return super()._to_store_defaults(target) + self._gmail_store_fields(target)

    def _message_notifications_to_store(self, store):
        result = super()._message_notifications_to_store(store)
        store.add(self, self._gmail_store_fields(store.target))
        return result

    def _gmail_store_fields(self, target):
        if not target.is_internal(self.env):
            return []
        reader = target.get_user(self.env)
        return [
            Store.Attr(
                "gmail_is_synced", True, predicate=lambda each: each._gmail_rows()
            ),
            Store.Attr(
                "gmail_delay",
                lambda each: each._gmail_delay(),
                predicate=lambda each: each._gmail_rows(),
            ),
            Store.Attr(
                "gmail_can_send_again",
                lambda each: each._gmail_can_be_sent_again_by(reader),
                predicate=lambda each: each._gmail_rows(),
            ),
        ]

    def _gmail_rows(self):
        """Where this message is in Gmail; read once for all messages of a chatter."""
        if self.model in (False, "discuss.channel"):
            return self.env["gmail.message"]
        # sudo: gmail.message - that a message is synced is seen by its readers
        return self.sudo().gmail_message_ids

    def _gmail_delay(self):
        """Why it has not left yet, if something holds it up; it is tried again."""
        return next(
            (row.error for row in self._gmail_rows() if row.state == "pending"), False
        )

    def _gmail_can_be_sent_again_by(self, user):
        return self.create_uid == user and any(
            row.state == "failed" and row.sending_key for row in self._gmail_rows()
        )
