from odoo import api, models
from odoo.exceptions import ValidationError

from ..rules.addresses import no_addresses


class GmailMessage(models.Model):
    _inherit = "gmail.message"

    @api.constrains("email_cc", "email_bcc")
    def _check_copies(self):
        """Refuse what a person typed as Cc or Bcc, rather than drop it (E2)."""
        for row in self.filtered("sending_key"):
            self._refuse_no_addresses(row.email_cc, row.email_bcc)

    @api.model
    def _refuse_no_addresses(self, *lines):
        """Make sure that lines of addresses, as typed, hold nothing else.

        :raises ValidationError: names what is no address
        """
        wrong = [each for line in lines for each in no_addresses(line or "")]
        if wrong:
            raise ValidationError(
                self.env._(
                    "Not an email address: %(pieces)s. Write addresses with commas "
                    "between them; nothing was sent.",
                    pieces=", ".join(wrong),
                )
            )
