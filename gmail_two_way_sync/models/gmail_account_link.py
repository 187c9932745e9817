from odoo import models

from ..rules import gmail_links


class GmailAccount(models.Model):
    _inherit = "gmail.account"

    def _gmail_url(self, thread_id):
        """Where the owner of the mailbox reads a thread in Gmail; nobody else could."""
        if not thread_id or not self.user_id or self.user_id != self.env.user:
            return False
        return gmail_links.url_of(self.email, thread_id)
