from odoo import api, fields, models
from odoo.tools import email_normalize

from ..rules.addresses import match_key


class ResPartner(models.Model):
    _inherit = "res.partner"

    other_email_ids = fields.One2many(
        "res.partner.email",
        "partner_id",
        "Other addresses",
        help="Email from and to these addresses is this contact's, too",
    )
    gmail_key = fields.Char(
        "Address as compared",
        compute="_compute_gmail_key",
        store=True,
        index="btree_not_null",
    )

    gmail_can_import_past = fields.Boolean(
        compute="_compute_gmail_past",
        compute_sudo=True,
        help="The reader has a mailbox to import this contact's past emails from",
    )
    gmail_past_progress = fields.Char(
        "Import of past emails", compute="_compute_gmail_past", compute_sudo=True
    )

    @api.depends_context("uid")
    @api.depends("email", "other_email_ids")
    def _compute_gmail_past(self):
        reader = self.env["res.users"].browse(self.env.uid)
        account = self.env["gmail.account"]._live_of(reader)
        running = self.env["gmail.past.import"].search(
            [
                ("account_id", "in", account.ids),
                ("partner_id", "in", self.ids),
                ("state", "=", "running"),
            ]
        )
        by_partner = {each.partner_id.id: each for each in running}
        for partner in self:
            has_address = bool(partner._email_keys())
            partner.gmail_can_import_past = bool(account) and has_address
            past_import = by_partner.get(partner.id)
            partner.gmail_past_progress = past_import and f"{past_import.progress} %"

    @api.depends("email")
    def _compute_gmail_key(self):
        for partner in self:
            partner.gmail_key = match_key(
                email_normalize(partner.email, strict=False) or ""
            )

    def action_gmail_import_past(self):
        """Open the import of this contact's past emails from the own mailbox (E5)."""
        self.ensure_one()
        return self.env["gmail.past.import"]._action_for(self)

    def _emails(self):
        """All addresses of this contact, the main one first (C10)."""
        written = [self.email or "", *self._other_emails()]
        plain = [email_normalize(each, strict=False) for each in written]
        return [*dict.fromkeys(filter(None, plain))]

    def _other_emails(self):
        return self.other_email_ids.mapped("email")

    def _add_other_emails(self, emails):
        """Add what is not an address of this contact already."""
        self.ensure_one()
        known = set(self._email_keys())
        for email in emails:
            key = match_key(email_normalize(email, strict=False) or "")
            if key and key not in known:
                known.add(key)
                self.other_email_ids = [
                    fields.Command.create(
                        {"email": email_normalize(email, strict=False)}
                    )
                ]

    def _email_keys(self):
        """Main and other addresses as they are compared (C10)."""
        keys = {*self.mapped("gmail_key"), *self.other_email_ids.mapped("email_key")}
        return frozenset(key for key in keys if key)
