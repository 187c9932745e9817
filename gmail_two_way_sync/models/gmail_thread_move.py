from odoo import api, models
from odoo.exceptions import AccessError

USERS_MAY_WRITE = {"state", "res_model", "res_id"}


class GmailThread(models.Model):
    """Conversations move with or after their messages (E3, E7), and narrow (C12)."""

    _inherit = "gmail.thread"

    def write(self, vals):
        """Writing the record moves conversations there, their messages included (E3).

        Users need the right to write on the new record and on the conversation.

        :raises AccessError: the record is none that the user may write on
        """
        if not self.env.su:
            self._check_may_write(vals)
        if not {"res_model", "res_id"} & vals.keys():
            return super().write(vals)
        self.check_access("write")
        left = [(thread, thread._record()) for thread in self.sudo()]
        for thread, (model, res_id) in left:
            thread._make_room(vals.get("res_model", model), vals.get("res_id", res_id))
        result = super(GmailThread, self.exists()).write(vals)
        for thread, record in left:
            thread._bring_messages_from(record)
        return result

    def _check_may_write(self, vals):
        if vals.keys() - USERS_MAY_WRITE:
            raise AccessError(
                self.env._(
                    "Of a conversation, only its record and state can be changed."
                )
            )
        for thread in self.sudo():
            model = vals.get("res_model", thread.res_model)
            if not self.env["gmail.directory"]._has_chatter(model):
                raise AccessError(
                    self.env._(
                        "Conversations can only be moved to a record with a chatter."
                    )
                )
            record = self.env[model].browse(vals.get("res_id", thread.res_id))
            if {"res_model", "res_id"} & vals.keys():
                record.check_access("write")

    def _messages(self):
        """Messages of these conversations' Gmail threads, on whichever record."""
        rows = self.env["gmail.message"].search(
            [
                ("account_id", "in", self.account_id.ids),
                ("gmail_thread_id", "in", self.mapped("gmail_thread_id")),
            ]
        )
        return rows.mail_message_ids

    def _make_room(self, model, res_id):
        """A record holds a Gmail thread once, and so does a company: join what doubles.

        The conversation gets the record's company, unless another one has it.
        """
        others = self.search(
            [
                ("account_id", "=", self.account_id.id),
                ("gmail_thread_id", "=", self.gmail_thread_id),
                ("id", "!=", self.id),
            ]
        )
        doubled = others.filtered(lambda each: each._record() == (model, res_id))
        doubled.message_ids.thread_id = self
        doubled.unlink()
        company = self.env[model].browse(res_id)._mail_get_companies()[res_id]
        if company not in (others - doubled).mapped("company_id"):
            self.company_id = company

    def _bring_messages_from(self, record):
        """Earlier messages go along, and their attachments (E3)."""
        messages = self._messages().filtered(
            lambda message: (message.model, message.res_id) == record
        )
        attachments = messages.attachment_ids.filtered(
            lambda each: (each.res_model, each.res_id) == record
        )
        messages.write({"model": self.res_model, "res_id": self.res_id})
        attachments.write({"res_model": self.res_model, "res_id": self.res_id})

    def _follow(self, message):
        """Go where a message went, unless others of the conversation stayed behind."""
        for thread in self.exists():
            stayed = thread._messages().filtered(
                lambda each, thread=thread: (
                    (each.model, each.res_id) == thread._record()
                )
            )
            if not stayed:
                thread.write({"res_model": message.model, "res_id": message.res_id})

    def _rows(self):
        """Messages of this conversation, also those that are on copies, too (C12)."""
        return self.env["gmail.message"].search(
            [
                ("account_id", "=", self.account_id.id),
                ("gmail_thread_id", "=", self.gmail_thread_id),
                ("mail_message_ids.model", "=", self.res_model),
                ("mail_message_ids.res_id", "=", self.res_id),
            ]
        )

    def _narrow(self):
        """The user answered from this record: other companies' copies stop (C12).

        In every mailbox that holds messages of the conversation.
        """
        own = self._rows()
        ids = own.filtered("rfc_message_id").mapped("rfc_message_id")
        rows = own | own.search([("rfc_message_id", "in", ids)])
        copies = self.search(
            [
                ("account_id", "in", rows.account_id.ids),
                ("gmail_thread_id", "in", rows.mapped("gmail_thread_id")),
                ("company_id", "not in", [False, self.company_id.id]),
                ("state", "=", "active"),
            ]
        )
        copies.state = "stopped"

    @api.model
    def _of_records(self, model, ids):
        """Conversations of some records."""
        return self.search([("res_model", "=", model), ("res_id", "in", ids)])
