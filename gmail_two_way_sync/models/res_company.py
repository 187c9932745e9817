from odoo import models


class ResCompany(models.Model):
    _inherit = "res.company"

    def write(self, vals):
        result = super().write(vals)
        if "alias_domain_id" in vals:
            users = self.env["res.users"].with_context(active_test=False)
            # sudo: mail.alias - Auto-BCC addresses follow their company's domain
            self.env["mail.alias"].sudo()._keep_auto_bcc_of(
                users.sudo().search([("company_id", "in", self.ids)])
            )
        return result
