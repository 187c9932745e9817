from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError

from ..rules import addresses
from ..rules.addresses import match_key

OWN_FIELDS = ("auto_bcc_address", "auto_bcc_imported", "auto_bcc_dropped")
DECIDING_FIELDS = {"active", "company_id", "group_ids"}


class ResUsers(models.Model):
    """The Auto-BCC address of a user, and the addresses that it takes mail from."""

    _inherit = "res.users"

    auto_bcc_alias_ids = fields.One2many(
        "mail.alias", "auto_bcc_user_id", groups="base.group_system"
    )
    auto_bcc_address = fields.Char(
        "Auto-BCC address",
        compute="_compute_auto_bcc",
        compute_sudo=True,
        help="Put it in Bcc, in any mail program: what you write to a customer is "
        "stored on the contact, which is made if there is none",
    )
    auto_bcc_imported = fields.Integer(
        "Auto-BCC: imported", compute="_compute_auto_bcc", compute_sudo=True
    )
    auto_bcc_dropped = fields.Integer(
        "Auto-BCC: ignored",
        compute="_compute_auto_bcc",
        compute_sudo=True,
        help="Email to the address that was not from you and belonged to no known "
        "conversation, or was to nobody outside",
    )
    own_addresses = fields.Text(
        "My other addresses",
        compute="_compute_own_addresses",
        inverse="_inverse_own_addresses",
        compute_sudo=True,
        help="Addresses that you also write from, one per line",
    )

    @property
    def SELF_READABLE_FIELDS(self):
        return super().SELF_READABLE_FIELDS + [*OWN_FIELDS, "own_addresses"]

    @property
    def SELF_WRITEABLE_FIELDS(self):
        return super().SELF_WRITEABLE_FIELDS + ["own_addresses"]

    @api.depends(
        "auto_bcc_alias_ids.alias_full_name",
        "auto_bcc_alias_ids.auto_bcc_imported",
        "auto_bcc_alias_ids.auto_bcc_dropped",
    )
    @api.depends_context("uid")
    def _compute_auto_bcc(self):
        """Of somebody else's addresses only administrators see any."""
        may_see_all = self._sees_every_auto_bcc()
        for user in self:
            alias = self.env["mail.alias"]
            if may_see_all or user.id == self.env.uid:
                alias = user.auto_bcc_alias_ids
            has_domain = bool(alias.alias_domain_id)
            user.auto_bcc_address = has_domain and alias.alias_full_name
            user.auto_bcc_imported = alias.auto_bcc_imported
            user.auto_bcc_dropped = alias.auto_bcc_dropped

    @api.depends("partner_id.other_email_ids.email")
    def _compute_own_addresses(self):
        for user in self:
            user.own_addresses = "\n".join(user.partner_id._other_emails())

    def _inverse_own_addresses(self):
        for user in self:
            self._check_lines_are_addresses(user.own_addresses)
            found = addresses.parse(_lines(user.own_addresses))
            user._set_other_addresses({match_key(each.email): each for each in found})

    def _set_other_addresses(self, wanted):
        """Have these other addresses on the user's contact, and no more.

        :param wanted: ``rules.addresses.Address`` by key
        """
        # sudo: res.partner.email - of the user's own contact
        others = self.partner_id.sudo().other_email_ids
        others.filtered(lambda other: other.email_key not in wanted).unlink()
        known = set(others.exists().mapped("email_key"))
        others.create(
            [
                {"partner_id": self.partner_id.id, "email": address.email}
                for key, address in wanted.items()
                if key not in known
            ]
        )

    def _check_lines_are_addresses(self, text):
        for line in _lines(text):
            if not addresses.parse([line]):
                raise ValidationError(
                    self.env._("%(email)s is not an email address.", email=line)
                )

    # ------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        users = super().create(vals_list)
        users._keep_auto_bcc()
        return users

    def write(self, vals):
        result = super().write(vals)
        if DECIDING_FIELDS & vals.keys():
            self._keep_auto_bcc()
        return result

    def _keep_auto_bcc(self):
        # sudo: mail.alias - who may change users needs no rights on aliases
        self.env["mail.alias"].sudo()._keep_auto_bcc_of(self.sudo())

    @api.autovacuum
    def _gc_auto_bcc(self):
        """Users can become internal by a change of a group, which tells nobody."""
        self.with_context(active_test=False).search([])._keep_auto_bcc()

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_renew_auto_bcc(self):
        """Replace the Auto-BCC address: one's own, or anybody's by an administrator.

        From now on mail to the old address is not taken any more.
        """
        self.ensure_one()
        if self != self.env.user and not self._sees_every_auto_bcc():
            raise AccessError(
                self.env._("You can only renew your own Auto-BCC address.")
            )
        self._keep_auto_bcc()
        # sudo: mail.alias - users renew their own address without rights on aliases
        self.sudo().auto_bcc_alias_ids._renew_auto_bcc()
        return True

    @api.model
    def _sees_every_auto_bcc(self):
        user = self.env["res.users"].browse(self.env.uid)
        return user.has_group("base.group_system")


def _lines(text):
    return [line.strip() for line in (text or "").splitlines() if line.strip()]
