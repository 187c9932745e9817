from odoo import fields, models
from odoo.exceptions import AccessError

ON_RECORD = ("imported", "sent")


class MailMessage(models.Model):
    _inherit = "mail.message"

    gmail_message_ids = fields.Many2many(
        "gmail.message", string="In Gmail", groups="base.group_user", copy=False
    )

    def _has_field_access(self, field, operation):
        """The queue is nobody's to write from this side either (E8).

        Whoever put a colleague's mail on an own message could send it again.
        """
        is_queue = field.name == "gmail_message_ids" and operation == "write"
        if is_queue and not self.env.su:
            return False
        return super()._has_field_access(field, operation)

    def write(self, vals):
        """Conversations follow their messages to another record (E7)."""
        if not {"model", "res_id"} & vals.keys():
            return super().write(vals)
        # sudo: gmail.thread - conversations go where somebody may move their messages
        left = self.sudo()._gmail_threads_here()
        result = super().write(vals)
        left._follow(self[:1].sudo())
        return result

    def _gmail_threads_here(self):
        """Conversations on the record of these messages that they belong to."""
        rows = self.gmail_message_ids
        if not rows:
            return self.env["gmail.thread"]
        records = {(message.model, message.res_id) for message in self}
        threads = self.env["gmail.thread"].search(
            [
                ("account_id", "in", rows.account_id.ids),
                ("gmail_thread_id", "in", rows.mapped("gmail_thread_id")),
            ]
        )
        return threads.filtered(lambda thread: thread._record() in records)

    def unlink(self):
        """What was synced leaves its ids behind, and stays deleted (E7)."""
        # sudo: gmail.message - the trace of a message is nobody's to write
        rows = self.sudo().gmail_message_ids
        result = super().unlink()
        rows.invalidate_recordset(["mail_message_ids"])
        rows.filtered(
            lambda row: row.state in ON_RECORD and not row.mail_message_ids
        )._forget()
        return result

    def _gmail_forget_emptied(self):
        """Emptied messages are what the web client's delete leaves (E7)."""
        # sudo: gmail.message - the trace of a message is nobody's to write
        self.sudo().gmail_message_ids.filtered(
            lambda row: (
                row.state in ON_RECORD
                and row.mail_message_ids == row.mail_message_ids._filter_empty()
            )
        )._forget()

    def action_gmail_send_again(self):
        """Put failed messages of the user back into the queue (B7).

        :raises AccessError: a message was sent by somebody else
        """
        if self.create_uid - self.env.user:
            raise AccessError(self.env._("Only who wrote a message can send it again."))
        # sudo: gmail.message - its author may, nobody may write the queue directly
        self.sudo().gmail_message_ids._send_again()
        self._notify_message_notification_update()
        return True
