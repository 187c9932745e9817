from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..rules.addresses import match_key


class GmailBlocklist(models.Model):
    """Addresses and domains that are never synced (spec C17)."""

    _name = "gmail.blocklist"
    _description = "Never synced address or domain"
    _rec_name = "value"
    _order = "value"

    value = fields.Char("Address or domain", required=True)
    value_key = fields.Char(compute="_compute_value_key", store=True, index=True)
    user_id = fields.Many2one(
        "res.users",
        default=lambda self: self._default_user_id(),
        index=True,
        ondelete="cascade",
        help="Whose mailbox it holds for; empty: everybody's",
    )

    @api.model
    def _default_user_id(self):
        """The own list; an administrator's entries hold for everybody unless said."""
        return False if self.env.user._is_system() else self.env.user

    @api.depends("value")
    def _compute_value_key(self):
        for entry in self:
            value = (entry.value or "").strip().lower().removeprefix("@")
            # A domain as it is in the key of an address at it: Google's two are one.
            host = match_key(f"anybody@{value}").rpartition("@")[2]
            entry.value_key = match_key(value) or host or value

    @api.constrains("value")
    def _check_value(self):
        for entry in self:
            host = (entry.value_key or "").rpartition("@")[2]
            if "." not in host or any(each.isspace() for each in entry.value_key):
                raise ValidationError(
                    self.env._(
                        "%(value)s is neither an email address nor a domain such as "
                        "example.com.",
                        value=entry.value,
                    )
                )
