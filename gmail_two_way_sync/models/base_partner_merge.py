from odoo import api, models


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    """Merged contacts keep all addresses (E7); conversations follow their messages."""

    _inherit = "base.partner.merge.automatic.wizard"

    @api.model
    def _update_foreign_keys(self, src_partners, dst_partner):
        # sudo: res.partner.email - who may merge contacts may merge their addresses
        sources = src_partners.sudo()
        emails = sources.filtered("gmail_key").mapped("email")
        emails += sources.other_email_ids.mapped("email")
        # sudo: gmail.past.import - two of one contact cannot be under way
        sources.env["gmail.past.import"].sudo()._cancel_of(sources)
        # Odoo's generic way drops all of a contact's rows if one of them is double.
        sources.other_email_ids.unlink()
        dst_partner.sudo()._add_other_emails(emails)
        return super()._update_foreign_keys(src_partners, dst_partner)

    def _update_values(self, src_partners, dst_partner):
        result = super()._update_values(src_partners, dst_partner)
        # The kept contact may have got its main address from a lost one.
        dst_partner.sudo().other_email_ids.filtered(
            lambda other: other.email_key == dst_partner.gmail_key
        ).unlink()
        return result
