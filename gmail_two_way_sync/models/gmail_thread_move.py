from odoo import api, models
from odoo.exceptions import AccessError

USERS_MAY_WRITE = {"state", "res_model", "res_id"}


class GmailThread(models.Model):
    """Conversations move, with their messages or after them (E3, E7), and narrow (C12)."""

    _inherit = "gmail.thread"

    def write(self, vals):
        """Writing the record moves conversations there, their messages included (E3).

        Users need the right to write on the new record besides that on the conversation.

        :raises AccessError: the record is none that the user may write on
        """
        if not self.env.su:
            self._check_may_write(vals)
        if not {"res_model", "res_id"} & vals.keys():
            return super().write(vals)
        self.check_access("write")
        for thread in self.sudo():
            model = vals.get("res_model", thread.res_model)
            thread._move_to(model, vals.get("res_id", thread.res_id))
        rest = {
            name: value
            for name, value in vals.items()
            if name not in ("res_model", "res_id")
        }
        return super(GmailThread, self.exists()).write(rest)

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

    def _move_to(self, model, res_id):
        """Move a conversation and its messages to another record."""
        self.ensure_one()
        here = self._messages().filtered(
            lambda message: (message.model, message.res_id) == self._record()
        )
        attachments = here.attachment_ids.filtered(
            lambda each: (each.res_model, each.res_id) == self._record()
        )
        self._rebind(model, res_id)
        here.write({"model": model, "res_id": res_id})
        attachments.write({"res_model": model, "res_id": res_id})

    def _messages(self):
        """Messages of these conversations' Gmail threads, on whichever record."""
        rows = self.env["gmail.message"].search(
            [
                ("account_id", "in", self.account_id.ids),
                ("gmail_thread_id", "in", self.mapped("gmail_thread_id")),
            ]
        )
        return rows.mail_message_ids

    def _rebind(self, model, res_id):
        """Bind the Gmail thread to another record; one record holds it only once."""
        self.ensure_one()
        others = self.search(
            [
                ("account_id", "=", self.account_id.id),
                ("gmail_thread_id", "=", self.gmail_thread_id),
                ("id", "!=", self.id),
            ]
        )
        values = {"res_model": model, "res_id": res_id}
        company = self.env[model].browse(res_id)._mail_get_companies()[res_id]
        if company not in others.mapped("company_id"):
            values["company_id"] = company.id
        doubled = others.filtered(lambda each: each._record() == (model, res_id))
        doubled.message_ids.thread_id = self
        doubled.unlink()
        super().write(values)

    def _follow(self, message):
        """Go where a message went, unless others of the conversation stayed behind."""
        for thread in self:
            stayed = thread._messages().filtered(
                lambda each, thread=thread: (
                    (each.model, each.res_id) == thread._record()
                )
            )
            if not stayed:
                thread._rebind(message.model, message.res_id)

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
