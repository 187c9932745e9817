import json

from markupsafe import Markup

from odoo import fields, models
from odoo.tools import email_normalize_all

from ..rules import body, compose, matching, subjects
from ..rules.addresses import Address, match_key, parse


class GmailMessage(models.Model):
    """Mail out: which conversation a message continues, and what it looks like."""

    _inherit = "gmail.message"

    def _recipients_of(self, outside):
        """The To header: every address of every outside recipient, as it is now.

        :param outside: recipients data as ``_notify_get_recipients`` gives them
        """
        ids = [each["id"] for each in outside if each["id"]]
        partners = {each.id: each for each in self.env["res.partner"].browse(ids)}
        found = []
        for each in outside:
            partner = partners.get(each["id"])
            if partner:
                emails = email_normalize_all(partner.email)
                found += [Address(partner.name or "", email) for email in emails]
            else:
                found.append(Address("", each["email_normalized"]))
        return ", ".join(map(str, found))

    # ------------------------------------------------------------
    # CONVERSATION (B3)
    # ------------------------------------------------------------

    def _conversation(self):
        """The conversation that this message continues; empty if it opens one.

        It is the one of the message that it answers, else the record's latest active
        one, in which every recipient takes part and whose subject was not changed. One
        in another mailbox is continued if the own mailbox has none.
        """
        self.ensure_one()
        threads = self.env["gmail.thread"]
        if self.opens_thread:
            return threads
        message = self.mail_message_ids
        of_record = threads.search(
            [
                ("res_model", "=", message.model),
                ("res_id", "=", message.res_id),
                ("state", "=", "active"),
            ],
            order="last_message_date desc, id desc",
        )
        answered = self.answers_id.gmail_message_ids.thread_id & of_record
        fitting = (answered or of_record).filtered(self._fits)
        own = fitting.filtered(lambda each: each.account_id == self.account_id)
        return (own or fitting)[:1]

    def _fits(self, thread):
        taking_part = set(json.loads(thread.participant_keys or "[]"))
        recipients = {match_key(email) for email in self._recipient_emails()}
        subject = self._typed_subject()
        return recipients <= taking_part and (
            not subject or subjects.same_subject(subject, thread.subject or "")
        )

    def _typed_subject(self):
        """The subject if the user gave one, not the record's name that Odoo proposes."""
        message = self.mail_message_ids
        proposed = self._record()._message_compute_subject()
        if not message.subject or subjects.same_subject(message.subject, proposed):
            return ""
        return message.subject

    def _record(self):
        message = self.mail_message_ids
        return self.env[message.model].browse(message.res_id)

    def _subject(self, thread):
        if thread.subject:
            return subjects.reply_subject(thread.subject)
        message = self.mail_message_ids
        return message.subject or self._record()._message_compute_subject()

    def _recipient_emails(self):
        headers = (self.email_to, self.email_cc, self.email_bcc)
        return [each.email for each in parse(header or "" for header in headers)]

    def _bind_sent(self):
        """Bind the thread that Gmail put the message in to the message's record."""
        message = self.mail_message_ids[:1]
        partner = self.mail_mail_id.recipient_ids[:1]
        continued = self._conversation()
        target = matching.Target(message.model, message.res_id, partner.id)
        thread = self.env["gmail.thread"]._bind(
            self.account_id, self.gmail_thread_id, target
        )
        thread._note_message(
            self.date, self._subject(continued), self._recipient_emails()
        )
        thread._narrow()
        self.thread_id = thread

    # ------------------------------------------------------------
    # CONTENT (B2)
    # ------------------------------------------------------------

    def _compose(self, thread):
        """The message as it is now, as MIME.

        :param thread: the conversation that it continues, or empty
        :raises rules.compose.Unsendable: it cannot be written as an email
        """
        message = self.mail_message_ids
        written = body.hand_written(self._body(), self.get_base_url())
        images, inlined = self._images(written.images)
        in_reply_to, references = self._thread_headers(thread)
        return compose.build(
            compose.Draft(
                sender=parse([self.email_from])[0],
                to=parse([self.email_to or ""]),
                cc=parse([self.email_cc or ""]),
                bcc=parse([self.email_bcc or ""]),
                subject=self._subject(thread),
                html=written.html,
                text=body.text_version(written.html),
                date=fields.Datetime.now(),
                key=self.sending_key,
                message_id=message.message_id or "",
                in_reply_to=in_reply_to,
                references=references,
                images=images,
                attachments=self._attachments(inlined),
            )
        )

    def _body(self):
        message = self.mail_message_ids
        html = f"{message.body or ''}{self._document_line()}"
        if not message.email_add_signature:
            return html
        return body.with_signature(html, self.account_id.user_id.signature or "")

    def _document_line(self):
        """One plain line with the access link of a document that was sent (B2).

        The link holds the document's own token and nothing of a recipient.
        """
        record = self._record()
        portal = self.env.registry.models.get("portal.mixin")
        if not self.mail_message_ids.email_layout_xmlid or not portal:
            return ""
        if not isinstance(record, portal) or record.access_url in (False, "#"):
            return ""
        url = f"{record.get_base_url()}{record._get_share_url()}"
        title = self._document_title(record)
        return Markup('<p>%s: <a href="%s">%s</a></p>') % (title, url, url)

    def _document_title(self, record):
        """What Odoo writes on its button, in the language of the first recipient."""
        language = self.mail_mail_id.recipient_ids[:1].lang or self.env.lang
        record = record.with_context(lang=language)
        description = record._get_model_description(record._name)
        groups = record._notify_get_recipients_groups_fillup(
            record._notify_get_recipients_groups(self.mail_message_ids, description),
            description,
            {},
        )
        titles = {name: each["button_access"]["title"] for name, _is_one, each in groups}
        return titles.get("portal_customer") or titles["customer"]

    def _thread_headers(self, thread):
        if not thread:
            return "", ()
        sent = thread._rows().filtered("rfc_message_id").sorted("date")
        answered = self.answers_id.gmail_message_ids & sent
        return compose.thread_headers(
            tuple(sent.mapped("rfc_message_id")), answered[:1].rfc_message_id or ""
        )

    def _images(self, references):
        """Inline images as parts, and the attachments that went into them."""
        ids = [each.attachment_id for each in references if each.attachment_id]
        attachments = self.env["ir.attachment"].browse(ids).exists()
        by_id = {attachment.id: attachment for attachment in attachments}
        parts = []
        for each in references:
            attachment = by_id.get(each.attachment_id)
            if attachment:
                parts.append(_part(attachment, each.cid))
            elif each.data:
                parts.append(compose.Part("image", each.data, each.mimetype, each.cid))
        return tuple(parts), attachments

    def _attachments(self, inlined):
        attachments = (self.mail_message_ids.attachment_ids - inlined).sorted("id")
        return tuple(_part(each) for each in attachments if each.raw)


def _part(attachment, cid=""):
    return compose.Part(attachment.name, attachment.raw, attachment.mimetype, cid)
