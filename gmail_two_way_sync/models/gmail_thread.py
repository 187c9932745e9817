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
        "Mailbox connection",
        required=True,
        index=True,
        ondelete="cascade",
        readonly=True,
    )
    # Others than its owner may not read the mailbox itself.
    mailbox = fields.Char("Mailbox", related="account_id.email", store=True)
    gmail_thread_id = fields.Char("Gmail thread id", required=True, readonly=True)
    company_id = fields.Many2one("res.company", readonly=True, ondelete="set null")
    res_model = fields.Char("Record model", required=True)
    res_model_id = fields.Many2one(
        "ir.model",
        "Kind of record",
        compute="_compute_res_model_id",
        store=True,
        ondelete="set null",
    )
    res_id = fields.Many2oneReference("Record", model_field="res_model", required=True)
    partner_id = fields.Many2one("res.partner", "Contact", index="btree_not_null")
    subject = fields.Char(readonly=True)
    state = fields.Selection(
        [("active", "Active"), ("stopped", "Stopped")], default="active", required=True
    )
    last_message_date = fields.Datetime("Last message", readonly=True, index=True)
    last_direction = fields.Selection(
        [("in", "Received"), ("out", "Sent")], "Direction", readonly=True
    )
    participant_keys = fields.Text(
        readonly=True,
        default="[]",
        help="Addresses that took part, as they are compared, in a JSON list",
    )
    message_ids = fields.One2many("gmail.message", "thread_id", "Messages")
    message_count = fields.Integer(compute="_compute_message_count")
    timeline_ids = fields.Many2many(
        "gmail.message",
        compute="_compute_timeline_ids",
        help="Messages on the record, by their own dates",
    )
    record_name = fields.Char("Record", compute="_compute_record_name")
    may_change = fields.Boolean(compute="_compute_may_change")
    gmail_url = fields.Char(compute="_compute_gmail_url")

    _once_per_mailbox_and_company = models.UniqueIndex(
        "(account_id, gmail_thread_id, COALESCE(company_id, 0))",
        "This Gmail thread is already bound to a record.",
    )
    _record_idx = models.Index("(res_model, res_id)")

    @api.depends("res_model")
    def _compute_res_model_id(self):
        for thread in self:
            thread.res_model_id = self.env["ir.model"]._get_id(thread.res_model)

    @api.depends("subject")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for thread in self:
            thread.display_name = thread.subject or self.env._("(no subject)")

    def _compute_message_count(self):
        counts = dict(
            # sudo: gmail.message - a number of messages discloses none of them
            self.env["gmail.message"]
            .sudo()
            ._read_group([("thread_id", "in", self.ids)], ["thread_id"], ["__count"])
        )
        for thread in self:
            thread.message_count = counts.get(thread.sudo(), 0)

    def _compute_timeline_ids(self):
        """By date, while a chatter has them by their import (E3, E5)."""
        for thread in self:
            # sudo: gmail.message - found by their messages, then filtered by access
            rows = thread.sudo()._rows().sudo(False)._filtered_access("read")
            thread.timeline_ids = rows.sorted(lambda row: (row.date, row.id))

    @api.depends("res_model", "res_id")
    def _compute_record_name(self):
        for model, threads in self.grouped("res_model").items():
            names = self._names_of(model, threads.mapped("res_id"))
            for thread in threads:
                thread.record_name = names.get(thread.res_id, "")

    def _names_of(self, model, ids):
        """Names by id of those records that are there and that the reader may read."""
        if model not in self.env:
            return {}  # its module was uninstalled
        records = self.env[model].browse(ids).exists()._filtered_access("read")
        return {record.id: record.display_name for record in records}

    @api.depends_context("uid")
    def _compute_may_change(self):
        permitted = self._filtered_access("write")
        for thread in self:
            thread.may_change = thread in permitted

    @api.depends_context("uid")
    def _compute_gmail_url(self):
        for thread in self:
            # sudo: gmail.account - whose it is decides who gets the link
            account = thread.sudo().account_id
            thread.gmail_url = account._gmail_url(thread.gmail_thread_id)

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

    def _note_message(self, date, subject, sender, recipients):
        """A message of the conversation: who takes part, and when it was last used.

        :param date: naive UTC
        :param sender: its address, or ''
        :param recipients: addresses
        """
        for thread in self:
            own = thread.account_id._own_keys()
            keys = set(json.loads(thread.participant_keys or "[]"))
            keys |= {match_key(email) for email in (sender, *recipients)} - own - {""}
            values = {
                "participant_keys": json.dumps(sorted(keys)),
                "subject": thread.subject or subject,
            }
            if date >= (thread.last_message_date or date):
                values["last_message_date"] = date
                values["last_direction"] = "out" if match_key(sender) in own else "in"
            thread.write(values)
