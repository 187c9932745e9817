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

    @api.depends("email")
    def _compute_gmail_key(self):
        for partner in self:
            partner.gmail_key = match_key(
                email_normalize(partner.email, strict=False) or ""
            )

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
        keys = {self.gmail_key, *self.other_email_ids.mapped("email_key")}
        return frozenset(key for key in keys if key)
