from odoo import api, models
from odoo.tools import format_datetime

from ..google import search
from ..google.client import PAGE_SIZE
from ..rules import matching


class ResPartner(models.Model):
    """Why is mail from this contact not here? (E4)"""

    _inherit = "res.partner"

    def action_gmail_why(self):
        """Open the answer."""
        self.ensure_one()
        return {
            "type": "ir.actions.client",
            "tag": "gmail_two_way_sync.why",
            "name": self.env._(
                "Why is mail from %s not here?", self.name or self.display_name
            ),
            "target": "new",
            "params": {"partner_id": self.id},
        }

    @api.readonly
    def gmail_why(self):
        """What the sync does with a mail from this contact to the reader, and why.

        By the very rules of the sync, for each address of the contact.

        :return: ``mailbox`` and ``addresses`` (a list), each with ``is_fine``,
            ``sentence``, and as ``remedy`` what helps: ``kind`` and ``id``, or False;
            addresses have their ``email``, too
        """
        self.ensure_one()
        self.check_access("read")
        # sudo: gmail.account, gmail.directory - the own mailbox; the rules see it all
        account = self.env["gmail.account"].sudo()._live_of(self.env.user)
        return {
            "mailbox": self._gmail_why_mailbox(account),
            "addresses": bool(account) and self._gmail_why_addresses(account),
        }

    def _gmail_why_mailbox(self, account):
        if not account:
            return _line(
                self.env._(
                    "You have not connected a mailbox. Only mail of connected "
                    "mailboxes is imported."
                ),
                remedy=("connect", False),
            )
        if account.state == "reconnect":
            return _line(account._reconnect_sentence(), remedy=("connect", False))
        if account.trouble:
            return _line(account.trouble)
        return _line(
            self.env._(
                "Your mailbox %(address)s is connected since %(connected)s; last "
                "sync: %(sync)s. Mail from before the connection comes by Import past "
                "emails.",
                address=account.email,
                connected=self._gmail_short(account.connected_date),
                sync=self._gmail_short(account.last_sync_date) or "-",
            ),
            is_fine=True,
        )

    def _gmail_short(self, moment):
        return format_datetime(self.env, moment, dt_format="short")

    def _gmail_why_addresses(self, account):
        # sudo: gmail.directory - the rules look at all contacts
        decided, directory = (
            self.env["gmail.directory"].sudo()._decide_new_mail(account, self._emails())
        )
        return [
            {
                "email": sender.email,
                **self._gmail_why_address(sender, decision, directory),
            }
            for sender, decision in decided
        ]

    def _gmail_why_address(self, sender, decision, directory):
        if isinstance(decision, matching.Skip):
            return self._gmail_why_skipped(decision.reason, sender, directory)
        here = [target.partner_id for target in decision.targets]
        if self.id in here:
            return _line(self.env._("New mail is imported here."), is_fine=True)
        other = self.sudo().browse(here[0])
        return _line(
            self.env._(
                "New mail is imported on %(contact)s, who has the same address and was "
                "created first.",
                contact=other.display_name,
            ),
            remedy=("open", other.id),
        )

    def _gmail_why_skipped(self, reason, address, directory):
        if reason == "no_contact":
            return _line(self._gmail_why_no_contact())
        directories = self.env["gmail.directory"]
        sentence = directories._explain_sender(reason, address, directory)
        return _line(sentence, self._gmail_remedy(reason, address, directory))

    def _gmail_why_no_contact(self):
        if not self.active:
            return self.env._("The contact is archived.")
        return self.env._(
            "The contact belongs to %(company)s, where you do not work.",
            company=self.sudo().company_id.name,
        )

    def _gmail_remedy(self, reason, address, directory):
        """What the reader may do about it, if anything."""
        if reason == "internal":
            return False
        if reason == "blocklisted":
            entry = self.env["gmail.directory"]._blocking_entry(self.env.uid, address)
            return entry.user_id and ("unblock", entry.id)
        contact = self.browse(directory.contact_of(address).id)
        if contact != self:
            return ("open", contact.id)
        if reason == "unassigned_off":
            return ("sync_unassigned", self.env.uid)
        return self.has_access("write") and ("assign", self.id)

    def gmail_look(self):
        """How many messages from this contact the reader's mailbox has, and why.

        :return: ``found`` (as text), ``lines`` (``sentence`` and ``count`` of what the
            journal knows), ``unknown`` (a number), ``row_ids`` of the journal
        :raises UserError: why Gmail cannot be asked
        """
        self.ensure_one()
        self.check_access("read")
        # sudo: gmail.account - the own mailbox
        account = self.env["gmail.account"].sudo()._live_of(self.env.user)
        queries = [search.written_by(email) for email in self._emails()]
        answers = account._ask(lambda client: [client.find(each) for each in queries])
        ids = set().union(*answers)
        rows = self.env["gmail.message"].search(
            [("account_id", "=", account.id), ("gmail_message_id", "in", list(ids))]
        )
        is_all = all(len(each) < PAGE_SIZE for each in answers)
        return {
            "found": f"{len(ids)}" if is_all else f"{len(ids)}+",
            "lines": [
                {"sentence": sentence, "count": len(of_kind)}
                for sentence, of_kind in rows.grouped("explanation").items()
            ],
            "unknown": len(ids) - len(rows),
            "row_ids": rows.ids,
        }


def _line(sentence, remedy=False, is_fine=False):
    kind, record_id = remedy or (False, False)
    return {
        "sentence": sentence,
        "is_fine": is_fine,
        "remedy": kind and {"kind": kind, "id": record_id},
    }
