import secrets

from odoo import api, fields, models


class MailAlias(models.Model):
    """The Auto-BCC address of a user is an alias (D1).

    So Odoo itself knows that it is not a person's address. It points to its user, who
    takes no mail: Odoo's own routing could do nothing with it.
    """

    _inherit = "mail.alias"

    auto_bcc_user_id = fields.Many2one(
        "res.users",
        "Auto-BCC of",
        index="btree_not_null",
        ondelete="cascade",
        readonly=True,
    )
    auto_bcc_imported = fields.Integer("Auto-BCC: imported", readonly=True)
    auto_bcc_dropped = fields.Integer("Auto-BCC: ignored", readonly=True)

    _one_auto_bcc_per_user = models.UniqueIndex(
        "(auto_bcc_user_id) WHERE auto_bcc_user_id IS NOT NULL",
        "This user already has an Auto-BCC address.",
    )

    @api.model
    def _keep_auto_bcc_of(self, users):
        """Give active internal users an address on their company's domain (D1).

        It follows the company, and is taken from everybody else.

        :param users: ``res.users``, archived ones as well
        """
        aliases = self.search([("auto_bcc_user_id", "in", users.ids)])
        entitled = users.filtered(lambda user: user.active and user._is_internal())
        aliases.filtered(lambda alias: alias.auto_bcc_user_id not in entitled).unlink()
        for alias in aliases.exists():
            domain = alias.auto_bcc_user_id.company_id.alias_domain_id
            if alias.alias_domain_id != domain:
                alias.alias_domain_id = domain
        self.create(
            [
                self._values_of_auto_bcc(user)
                for user in entitled - aliases.exists().auto_bcc_user_id
            ]
        )

    @api.model
    def _values_of_auto_bcc(self, user):
        model_id = self.env["ir.model"]._get_id("res.users")
        return {
            "alias_name": self._new_auto_bcc_name(),
            "alias_domain_id": user.company_id.alias_domain_id.id,
            "alias_contact": "followers",
            "alias_model_id": model_id,
            "alias_force_thread_id": user.id,
            "alias_parent_model_id": model_id,
            "alias_parent_thread_id": user.id,
            "auto_bcc_user_id": user.id,
        }

    @api.model
    def _new_auto_bcc_name(self):
        return f"bcc-{secrets.token_hex(10)}"

    def _renew_auto_bcc(self):
        """Replace the address; mail to the old one is no longer taken."""
        self.write(
            {
                "alias_name": self._new_auto_bcc_name(),
                "auto_bcc_imported": 0,
                "auto_bcc_dropped": 0,
            }
        )

    @api.model
    def _auto_bcc_of(self, addresses):
        """Auto-BCC addresses among some addresses.

        :param addresses: list of ``rules.addresses.Address``
        """
        emails = [address.email.lower() for address in addresses]
        return self.search(
            [("alias_full_name", "in", emails), ("auto_bcc_user_id", "!=", False)]
        )
