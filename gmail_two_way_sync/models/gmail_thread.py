import json

from odoo import api, fields, models

from ..rules.addresses import match_key


class GmailThread(models.Model):
    """A conversation: one Gmail thread of a mailbox, bound to one record."""

    _name = "gmail.thread"
    _inherit = "gmail.access.mixin"
    _description = "Conversation"
    _rec_name = "subject"
    _order = "last_message_date desc, id desc"

    account_id = fields.Many2one(
        "gmail.account",
        "Mailbox",
        required=True,
        index=True,
        ondelete="cascade",
        readonly=True,
    )
    gmail_thread_id = fields.Char("Gmail thread id", required=True, readonly=True)
    company_id = fields.Many2one("res.company", readonly=True, ondelete="set null")
    res_model = fields.Char("Record model", required=True)
    res_id = fields.Many2oneReference("Record", model_field="res_model", required=True)
    partner_id = fields.Many2one("res.partner", "Contact", index="btree_not_null")
    subject = fields.Char(readonly=True)
    state = fields.Selection(
        [("active", "Active"), ("stopped", "Stopped")], default="active", required=True
    )
    last_message_date = fields.Datetime("Last message", readonly=True, index=True)
    participant_keys = fields.Text(
        readonly=True,
        default="[]",
        help="Addresses that took part, as they are compared, in a JSON list",
    )
    message_ids = fields.One2many("gmail.message", "thread_id", "Messages")
    message_count = fields.Integer(compute="_compute_message_count")
    record_name = fields.Char("Record name", compute="_compute_record_name")

    _once_per_mailbox_and_company = models.UniqueIndex(
        "(account_id, gmail_thread_id, COALESCE(company_id, 0))",
        "This Gmail thread is already bound to a record.",
    )
    _record_idx = models.Index("(res_model, res_id)")

    def _compute_message_count(self):
        counts = dict(
            # sudo: gmail.message - a number of messages discloses none of them
            self.env["gmail.message"]
            .sudo()
            ._read_group([("thread_id", "in", self.ids)], ["thread_id"], ["__count"])
        )
        for thread in self:
            thread.message_count = counts.get(thread.sudo(), 0)

    @api.depends("res_model", "res_id")
    def _compute_record_name(self):
        for model, threads in self.grouped("res_model").items():
            records = self.env[model].browse(threads.mapped("res_id")).exists()
            # The list shows names of records that the reader may read only.
            names = {
                each.id: each.display_name for each in records._filtered_access("read")
            }
            for thread in threads:
                thread.record_name = names.get(thread.res_id, "")

    def _permitted(self, operation):
        """Those of the own mailbox, and of records that the user may do it on (E8)."""
        if self.env.user.has_group("base.group_system"):
            return self
        owners = {each.id: each.account_id.user_id for each in self.sudo()}
        permitted = self.filtered(lambda each: owners[each.id] == self.env.user)
        for model, threads in (self - permitted).sudo().grouped("res_model").items():
            if model not in self.env:
                continue  # its module was uninstalled
            records = self.env[model].browse(set(threads.mapped("res_id"))).exists()
            ids = set(records._filtered_access(operation)._ids)
            permitted |= threads.filtered(lambda each, ids=ids: each.res_id in ids)
        return permitted.sudo(self.env.su)

    def action_open_record(self):
        """Open the record that the conversation is bound to."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "views": [(False, "form")],
        }

    @api.model
    def _bind(self, account, gmail_thread_id, target):
        """The conversation of a Gmail thread on a record, made if the target binds it.

        A thread that is bound to another record of the same company stays there.

        :param target: ``rules.directory.Target``
        """
        bound = self.search(
            [
                ("account_id", "=", account.id),
                ("gmail_thread_id", "=", gmail_thread_id),
            ]
        )
        here = bound.filtered(lambda thread: thread._record() == target.record)
        if here or not target.binds:
            return here
        company = self._company_of(target)
        return bound.filtered(lambda each: each.company_id == company) or self.create(
            {
                "account_id": account.id,
                "gmail_thread_id": gmail_thread_id,
                "company_id": company.id,
                "res_model": target.res_model,
                "res_id": target.res_id,
                "partner_id": target.partner_id,
            }
        )

    def _record(self):
        return self.res_model, self.res_id

    @api.model
    def _company_of(self, target):
        record = self.env[target.res_model].browse(target.res_id)
        return record._mail_get_companies()[record.id]

    def _taking_part(self):
        """Keys of the people outside who take part, the contact by any address."""
        return {
            *json.loads(self.participant_keys or "[]"),
            *self.partner_id._email_keys(),
        }

    def _note_message(self, date, subject, emails):
        """A message of the conversation: who takes part, and when it was last used.

        :param date: naive UTC
        :param emails: addresses of sender and recipients
        """
        for thread in self:
            own = thread.account_id._own_keys()
            keys = set(json.loads(thread.participant_keys or "[]"))
            keys |= {match_key(email) for email in emails} - own - {""}
            thread.write(
                {
                    "participant_keys": json.dumps(sorted(keys)),
                    "last_message_date": max(thread.last_message_date or date, date),
                    "subject": thread.subject or subject,
                }
            )
