from odoo import models

from odoo.addons.mail.tools.discuss import Store

from ..rules.addresses import parse
from ..rules.compose import MAX_ENCODED_SIZE

# From which part of the daily limit on the composer warns (B5).
NEARLY = 0.9
SHOWN = {"state", "email", "daily_limit", "sent_elsewhere"}


class GmailAccount(models.Model):
    """What composers say about the mailbox that a message will leave from (E2).

    It comes with the web client's session; what changes later is sent to it.
    """

    _inherit = "gmail.account"

    def write(self, vals):
        result = super().write(vals)
        if SHOWN & vals.keys():
            self.user_id._show_gmail_in_composers()
        return result

    def _composer_values(self):
        """``sender``, ``state``, ``maximum`` (bytes) and ``notice`` for the web client.

        False without a mailbox that sends.
        """
        if not self or not self._is_of_this_database():
            return False
        return {
            "sender": self._sender_address_of(self._usual_message()),
            "state": self.state,
            "maximum": MAX_ENCODED_SIZE,
            "notice": self._composer_notice(),
        }

    def _sender_address_of(self, message):
        """The address in the From header of a message, without the name."""
        return parse([self._sender_of(message)])[0].email

    def _usual_message(self):
        """A message as its user writes it in a chatter, with the own From."""
        user = self.user_id
        return self.env["mail.message"].new(
            {"author_id": user.partner_id.id, "email_from": user.email_formatted}
        )

    def _composer_notice(self):
        """What the user should know before writing (A8, B5), or False."""
        if self.state == "reconnect":
            return self.env._(
                "Google no longer accepts the connection to %(address)s. Until you "
                "reconnect, messages to people outside do not leave.",
                address=self.email,
            )
        sent, limit = self.sent_last_day, self._limit()
        if sent >= limit:
            return self.env._(
                "This mailbox has sent %(sent)s messages in 24 hours, and may send "
                "%(limit)s. What you send now stays here until you send it again.",
                sent=sent,
                limit=limit,
            )
        if sent >= limit * NEARLY:
            return self.env._(
                "This mailbox has sent %(sent)s of the %(limit)s messages that it may "
                "send in 24 hours.",
                sent=sent,
                limit=limit,
            )
        return False


class ResUsers(models.Model):
    _inherit = "res.users"

    def _init_store_data(self, store):
        result = super()._init_store_data(store)
        if self.env.user._is_internal():
            store.add_global_values(gmail=self.env.user._gmail_composer_values())
        return result

    def _show_gmail_in_composers(self):
        """Tell the web clients of these users about a change of their mailboxes."""
        for user in self:
            values = user._gmail_composer_values()
            Store(bus_channel=user).add_global_values(gmail=values).bus_send()

    def _gmail_composer_values(self):
        # sudo: gmail.account - the own mailbox's state and count
        account = self.env["gmail.account"].sudo()._live_of(self)
        return account._in_language_of_owner()._composer_values()
