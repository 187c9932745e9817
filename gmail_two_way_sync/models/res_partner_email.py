from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..rules.addresses import match_key


class ResPartnerEmail(models.Model):
    """Another address of a contact; the main one is the contact's own (C10)."""

    _name = "res.partner.email"
    _description = "Other email address of a contact"
    _rec_name = "email"
    _order = "id"

    partner_id = fields.Many2one(
        "res.partner", required=True, index=True, ondelete="cascade"
    )
    email = fields.Char(required=True)
    email_key = fields.Char(compute="_compute_email_key", store=True, index=True)

    _once_per_contact = models.Constraint(
        "UNIQUE(partner_id, email_key)", "This contact already has that address."
    )

    @api.depends("email")
    def _compute_email_key(self):
        for other in self:
            other.email_key = match_key(other.email or "")

    @api.constrains("email")
    def _check_email(self):
        for other in self:
            if not other.email_key:
                raise ValidationError(
                    self.env._("%(email)s is not an email address.", email=other.email)
                )
