import base64
import logging
from datetime import timedelta

from markupsafe import Markup

from odoo import fields, models
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

from ..google import errors
from ..rules import matching
from ..rules.addresses import match_key, parse
from .sentences import sentence_of

_logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 5
GONE_AFTER_ATTEMPTS = 3
NOT_YET_VISIBLE = timedelta(seconds=5)


class GmailMessage(models.Model):
    """Mail in: what a decision does to a row, and the message on the record."""

    _inherit = "gmail.message"

    def _apply(self, decision, envelope):
        """Carry out a decision that needs no content of the message."""
        self.ensure_one()
        if isinstance(decision, matching.Skip):
            self._skip(decision.reason)
        elif isinstance(decision, matching.Read):
            self._await_report(envelope)
        elif isinstance(decision, matching.Adopt):
            self.browse(decision.row_id)._adopt_found(self, envelope)
        elif isinstance(decision, matching.Link):
            self._link(decision, envelope)

    def _link(self, decision, envelope):
        """The mailbox has a message that is on a record already (C13)."""
        for known in decision.messages:
            contact_id = known.res_model == "res.partner" and known.res_id
            self._join(
                matching.Target(
                    known.res_model,
                    known.res_id,
                    contact_id or None,
                    binds=decision.binds,
                ),
                envelope,
            )
        self._note_imported([known.id for known in decision.messages], envelope)

    def _note_decided(self, envelope, decision):
        """It is to be imported: note what orders and finds it until its turn comes."""
        self.write(
            {
                **self._values_of(envelope),
                "size": envelope.size,
                "targets": [
                    [*target.record, target.partner_id, target.binds]
                    for target in decision.targets
                ],
            }
        )

    def _after_import(self, directory):
        """The directory as if this message, which was decided, were imported."""
        headers = (self.email_from, self.email_to, self.email_cc, self.email_bcc)
        people = parse(header or "" for header in headers)
        partners = self.env["res.partner"]
        return directory.after(
            self.gmail_thread_id,
            self.rfc_message_id or "",
            frozenset(match_key(each.email) for each in people),
            [
                matching.Target(
                    *record, contact, partners.browse(contact)._email_keys(), binds
                )
                for *record, contact, binds in self.targets
            ],
        )

    def _note_imported(self, message_ids, envelope):
        self.write(
            {
                **self._values_of(envelope),
                "state": "imported",
                "reason": False,
                "error": False,
                "retry_after": False,
                "targets": False,
                "wished": False,
                "mail_message_ids": [fields.Command.set(message_ids)],
            }
        )

    def _join(self, target, envelope):
        """Count the message to the conversation on a record, which it may begin."""
        if not envelope.thread_id:
            return  # it came another way than through a mailbox
        thread = self.env["gmail.thread"]._bind(
            self.account_id, envelope.thread_id, target
        )
        thread._note_message(
            envelope.date,
            envelope.subject,
            envelope.sender.email if envelope.sender else "",
            [each.email for each in envelope.recipients],
        )
        self.thread_id = self.thread_id or thread

    # ------------------------------------------------------------
    # FAILURES
    # ------------------------------------------------------------

    def _note_unread(self, error):
        """Gmail did not give this one message."""
        self.ensure_one()
        if isinstance(error, errors.RateLimited):
            return  # the whole mailbox waits
        if isinstance(error, errors.NotFound) and (
            self.attempts + 1 >= GONE_AFTER_ATTEMPTS
        ):
            self._skip("gone")
            return
        self._retry_later(error)

    def _retry_later(self, error):
        """Try this message again a little later; after some attempts it has failed."""
        attempts = self.attempts + 1
        wait = NOT_YET_VISIBLE * 4 ** (attempts - 1)
        values = {
            "attempts": attempts,
            "error": sentence_of(self.account_id._in_language_of_owner().env, error),
            "retry_after": fields.Datetime.now() + wait,
        }
        if attempts >= MAX_ATTEMPTS:
            values |= {"state": "failed", "retry_after": False}
        self.write(values)
        if self.state == "pending":
            self.env.ref("gmail_two_way_sync.ir_cron_gmail_sync")._trigger(
                self.retry_after
            )

    # ------------------------------------------------------------
    # IMPORT
    # ------------------------------------------------------------

    def _import(self, raw, envelope, decision, directory):
        """Post a message on its records, or leave it for later if that fails.

        :param raw: the message as bytes
        :param decision: ``matching.Import``
        :param directory: what the decision was made by
        """
        self.ensure_one()
        try:
            with self.env.cr.savepoint():
                self._import_on_targets(raw, envelope, decision, directory)
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            raise  # not this message's fault: the whole batch is taken up again
        except Exception as error:
            _logger.exception("Message %s: import failed", self.gmail_message_id)
            self._retry_later(error)
            if self.state == "failed":
                self.original = base64.b64encode(raw)

    def _import_on_targets(self, raw, envelope, decision, directory):
        parsed = self._parse(raw)
        informed = self._informed_partner_ids(envelope, directory)
        # sudo: mail.message - the rules decided whose record it belongs on
        messages = self.env["mail.message"].sudo()
        for target in decision.targets:
            parsed["author_id"] = directory.author_id(envelope.sender, target)
            messages |= self._existing_on(target, envelope) or self.with_context(
                gmail_importing=informed
            )._post(target, parsed, envelope)
            self._join(target, envelope)
        self._note_imported(messages.ids, envelope)

    def _values_of(self, envelope):
        is_own = envelope.sender and (
            match_key(envelope.sender.email) in self._own_keys()
        )
        return {
            "direction": "out" if is_own else "in",
            "gmail_thread_id": envelope.thread_id,
            "rfc_message_id": envelope.message_id,
            "email_from": str(envelope.sender or ""),
            "email_to": _joined(envelope.to),
            "email_cc": _joined(envelope.cc),
            "email_bcc": _joined(envelope.bcc),
            "date": envelope.date,
        }

    def _existing_on(self, target, envelope):
        """The same message on the same record, by whichever way it came (C13)."""
        if not envelope.message_id:
            return self.env["mail.message"]
        return self.env["mail.message"].search(
            [
                ("message_id", "=", envelope.message_id),
                ("model", "=", target.res_model),
                ("res_id", "=", target.res_id),
            ],
            limit=1,
        )

    def _post(self, target, parsed, envelope):
        """Put the message on a record without anything leaving because of it (C15).

        The message is made with Odoo's own means up to its hooks for posting: those
        would let business code act on the record (read an invoice, set a customer).
        """
        record = self.env[target.res_model].browse(target.res_id)
        record = record.with_context(
            attachments_mime_plainxml=True,  # no active content on this site
            image_no_postprocess=True,  # pictures as they were sent
            mail_notify_author=False,
        )
        values = self._values_of_post(record, target, parsed, envelope)
        values.update(
            record._process_attachments_for_post(parsed["attachments"], [], values)
        )
        message = record._message_create([values])
        if not self.past_import_id:  # old mail is news to nobody (E5)
            record._notify_thread(message, values)
        return message

    def _values_of_post(self, record, target, parsed, envelope):
        company = record._mail_get_companies(default=self.env.company)[record.id]
        return {
            "author_id": parsed["author_id"],
            "email_from": str(envelope.sender or ""),
            "body": Markup(parsed["body"]),
            "date": envelope.date.replace(microsecond=0),
            "incoming_email_cc": _joined(envelope.cc),
            "incoming_email_to": _joined(envelope.to),
            "is_internal": target.is_internal,
            "message_id": envelope.message_id or False,
            "message_type": "email",
            "model": record._name,
            "parent_id": record._message_compute_parent_id(False),
            "partner_ids": [],
            "record_company_id": company.id,
            "res_id": record.id,
            "subject": envelope.subject,
            "subtype_id": self.env["ir.model.data"]._xmlid_to_res_id("mail.mt_comment"),
        }

    def _informed_partner_ids(self, envelope, directory):
        """Partners of the colleagues who got the mail themselves (C15)."""
        keys = matching.people_keys(envelope)
        informed = [directory.internal_partners.get(key) for key in keys]
        return [*filter(None, informed), *self.account_id.user_id.partner_id.ids]


def _joined(addresses):
    return ", ".join(str(address) for address in addresses)
