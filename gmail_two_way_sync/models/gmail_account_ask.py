from contextlib import closing

from odoo import models
from odoo.exceptions import UserError

from ..google import errors
from ..tools.vault import CannotDecrypt
from .sentences import sentence_of


class GmailAccount(models.Model):
    """Questions to Gmail that a person waits for, outside of the sync."""

    _inherit = "gmail.account"

    def _ask(self, question):
        """What a mailbox answers now; nothing of it is stored.

        :param question: function of a ``GmailClient``
        :raises UserError: why there is no answer
        """
        self._check_can_be_asked()
        try:
            with closing(self._client()) as client:
                answer = question(client)
                self._keep_tokens(client)
                return answer
        except (errors.GoogleError, CannotDecrypt) as error:
            raise UserError(self._no_answer(error)) from error

    def _check_can_be_asked(self):
        if not self or self.state == "disconnected" or not self._is_of_this_database():
            raise UserError(
                self.env._(
                    "The mailbox is not connected. Connect it in My Preferences."
                )
            )
        if self.state == "reconnect":
            raise UserError(self._reconnect_sentence())

    def _reconnect_sentence(self):
        return self.env._(
            "Google no longer accepts the connection to %(address)s. Reconnect it in "
            "My Preferences.",
            address=self.email,
        )

    def _no_answer(self, error):
        if isinstance(error, errors.TokenRefused | errors.ScopeMissing):
            return self._reconnect_sentence()
        if isinstance(error, errors.TryAgain | errors.RateLimited):
            return self.env._("Gmail does not answer just now. Try again in a minute.")
        return sentence_of(self.env, error)
