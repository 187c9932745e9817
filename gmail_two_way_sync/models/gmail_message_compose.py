from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import email_normalize_all, email_split

from ..rules import body, compose, matching, subjects
from ..rules.addresses import Address, match_key, parse
from .sentences import FileGone

MEGABYTE = 1024 * 1024


class GmailMessage(models.Model):
    """Mail out: which conversation a message continues, and what it looks like."""

    _inherit = "gmail.message"

    def _recipients_of(self, outside):
        """The To header: every address of every outside recipient, as it is now.

        Without those that no mail can be sent to: the others get it all the same.

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
        return ", ".join(str(each) for each in found if compose.is_sendable(each.email))

    def _take_addresses_of_now(self):
        """The To header anew: an address may have been corrected since (B7, B10).

        Not if it may have left already: then it went to the addresses of then.
        """
        mail = self.mail_mail_id
        if self.attempt_date:
            return
        recipients = [{"id": each.id} for each in mail.recipient_ids]
        emails = email_split(mail.email_to or "")
        recipients += [{"id": False, "email_normalized": email} for email in emails]
        self.email_to = self._recipients_of(recipients)

    def _reached(self):
        """The contacts among whose addresses is one that it leaves to."""
        keys = {match_key(each.email) for each in parse([self.email_to or ""])}
        return self.mail_mail_id.recipient_ids.filtered(
            lambda each: each._email_keys() & keys
        )

    # ------------------------------------------------------------
    # CONVERSATION (B3)
    # ------------------------------------------------------------

    def _conversation(self):
        """The conversation that this message continues; empty if it opens one.

        It is the one of the message that it answers, else the record's latest active
        one, in which every chosen recipient takes part and whose subject was not
        changed. One in another mailbox is continued if the own mailbox has none.
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
        recipients = self._chosen_keys()
        fitting = (answered or of_record).filtered(
            lambda thread: (
                recipients <= thread._taking_part()
                and self._keeps_subject(thread.subject)
            )
        )
        own = fitting.filtered(lambda each: each.account_id == self.account_id)
        return (own or fitting)[:1]

    def _chosen_keys(self):
        """The outside recipients that the user chose; if none, those who follow.

        Whoever gets it only as a follower does not part the others from what they read.
        """
        chosen, keys = self.mail_message_ids.partner_ids, self._recipient_keys()
        followers = self.mail_mail_id.recipient_ids - chosen
        return keys - (followers._email_keys() - chosen._email_keys()) or keys

    def _recipient_keys(self):
        """The outside recipients as addresses are compared; colleagues do not count."""
        people = parse([self.email_to or "", self.email_cc or "", self.email_bcc or ""])
        keys = {match_key(each.email) for each in people}
        colleagues = self.env["gmail.directory"]._internal_partners(keys)
        return keys - colleagues.keys()

    def _keeps_subject(self, conversation):
        """Whether the subject, if one was typed, is that of a conversation."""
        subject = self._typed_subject()
        return not subject or subjects.continues(subject, conversation or "")

    def _typed_subject(self):
        """The subject that the user gave, not the record's name that Odoo proposes."""
        message = self.mail_message_ids
        proposed = self._record()._message_compute_subject()
        if not message.subject or subjects.continues(message.subject, proposed):
            return ""
        return message.subject

    def _record(self):
        message = self.mail_message_ids
        return self.env[message.model].browse(message.res_id)

    def _subject(self, thread):
        if thread.subject:
            return subjects.reply_subject(thread.subject)
        message = self.mail_message_ids
        if not message.subject and self.answers_id.subject and not self.opens_thread:
            return subjects.reply_subject(self.answers_id.subject)
        return message.subject or self._record()._message_compute_subject()

    def _bind_sent(self, subject):
        """Bind the thread that Gmail put the message in to the message's record."""
        message = self.mail_message_ids[:1]
        target = matching.Target(message.model, message.res_id, self._contact().id)
        thread = self.env["gmail.thread"]._bind(
            self.account_id, self.gmail_thread_id, target
        )
        people = parse([self.email_to or "", self.email_cc or "", self.email_bcc or ""])
        recipients = [each.email for each in people]
        thread._note_message(self.date, subject, self.account_id.email, recipients)
        thread._narrow()
        self.thread_id = thread

    def _contact(self):
        """Whose conversation it becomes: the record's contact, else who was chosen."""
        recipients, record = self.mail_mail_id.recipient_ids, self._record()
        of_record = record._mail_get_partners()[record.id] & recipients
        chosen = recipients & self.mail_message_ids.partner_ids
        return (of_record or chosen or recipients)[:1]

    # ------------------------------------------------------------
    # CONTENT (B2)
    # ------------------------------------------------------------

    def _compose(self, thread):
        """The message as it is now, as MIME.

        :param thread: the conversation that it continues, or empty
        :raises rules.compose.Unsendable: it cannot be written as an email
        """
        return compose.build(self._draft(thread))

    def _draft(self, thread):
        """The same as plain data."""
        in_reply_to, references = self._thread_headers(thread)
        return compose.Draft(
            sender=parse([self.email_from])[0],
            to=parse([self.email_to or ""]),
            cc=parse([self.email_cc or ""]),
            bcc=parse([self.email_bcc or ""]),
            subject=self._subject(thread),
            date=fields.Datetime.now(),
            key=self.sending_key,
            message_id=self.mail_message_ids.message_id or "",
            in_reply_to=in_reply_to,
            references=references,
            **self._content(self._body(), self.mail_message_ids.attachment_ids, _bytes),
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
        if not self.document_name or record.access_url in (False, "#"):
            return ""
        url = f"{record.get_base_url()}{record._get_share_url()}"
        language = self.mail_mail_id.recipient_ids[:1].lang or self.env.lang
        words = self.with_context(lang=language).env
        title = words._("View %(document)s", document=self.document_name)
        return Markup('<p>%s: <a href="%s">%s</a></p>') % (title, url, url)

    @api.model
    def _document_name_of(self, message, given, language):
        """What a document is called if the message sends one, False if it sends none.

        :param given: its name if the composer has one of its own
        """
        portal = self.env.registry.models.get("portal.mixin")
        record = self.env[message.model].browse(message.res_id)
        record = record.with_context(lang=language or self.env.lang or "en_US")
        is_document = message.email_layout_xmlid and portal
        if not is_document or not isinstance(record, portal):
            return False
        kind = record.type_name if "type_name" in record else False
        return given or kind or record._get_model_description(record._name)

    def _thread_headers(self, thread):
        sent = thread._rows().filtered("rfc_message_id").sorted("date")
        message = self.answers_id
        answered = (message.gmail_message_ids & sent)[:1].rfc_message_id
        if not thread and not self.opens_thread and message.message_type == "email":
            # It came in by Odoo's own gateway, so no conversation knows it.
            answered = self._keeps_subject(message.subject) and message.message_id
        return compose.thread_headers(
            tuple(sent.mapped("rfc_message_id")), answered or ""
        )

    @api.model
    def _content(self, html, attachments, read):
        """What a body and its attachments become, as values of ``compose.Draft``.

        :param read: gives the content of an attachment
        """
        written = body.hand_written(html, self.get_base_url())
        images, inlined = self._images(written.images, read)
        files = (attachments - inlined).sorted("id")
        links = files.filtered(lambda each: each.url and not each.file_size)
        shown = Markup(written.html) + self._links_to(links)
        return {
            "html": shown,
            "text": body.text_version(shown),
            "images": images,
            "attachments": tuple(_part(each, read) for each in files - links),
        }

    def _images(self, references, read):
        """Inline images as parts, and the attachments that went into them."""
        ids = [each.attachment_id for each in references if each.attachment_id]
        attachments = self.env["ir.attachment"].browse(ids).exists()
        by_id = {attachment.id: attachment for attachment in attachments}
        parts = []
        for each in references:
            attachment = by_id.get(each.attachment_id)
            if attachment:
                parts.append(_part(attachment, read, each.cid))
            elif each.data:
                parts.append(compose.Part("image", each.data, each.mimetype, each.cid))
        return tuple(parts), attachments

    def _links_to(self, attachments):
        """A line per attachment that lies elsewhere (cloud storage, a plain link)."""
        attachments.generate_access_token()
        url = f"{self.get_base_url()}/web/content/"
        return Markup().join(
            Markup('<p><a href="%s%s?download=1&amp;access_token=%s">%s</a></p>')
            % (url, each.id, each.access_token, each.name)
            for each in attachments
        )

    # ------------------------------------------------------------
    # SIZE (B6)
    # ------------------------------------------------------------

    def _check_size(self):
        """Refuse to post what is too big for an email; :raises UserError: so."""
        self._check_size_of(self._body(), self.mail_message_ids.attachment_ids)

    @api.model
    def _check_size_of(self, html, attachments):
        """The same for a body and attachments, whoever gets them."""
        refusal = self._refusal_of_size(html, attachments)
        if refusal:
            raise UserError(refusal)

    @api.model
    def _refusal_of_size(self, html, attachments):
        """Why a body and attachments are too big for an email, or False."""
        size = self._size_of(html, attachments)
        if size <= compose.MAX_ENCODED_SIZE:
            return False
        return self.env._(
            "This message is too big for an email: with its attachments it has "
            "%(size)s MB as it travels, and %(limit)s MB are possible. Take "
            "attachments out or make them smaller.",
            size=f"{size / MEGABYTE:.1f}",
            limit=compose.MAX_ENCODED_SIZE // MEGABYTE,
        )

    @api.model
    def _size_of(self, html, attachments):
        """Bytes that a body and attachments have as they travel."""
        someone = Address("", "someone@example.com")
        draft = compose.Draft(
            sender=someone,
            to=(someone,),
            cc=(),
            bcc=(),
            subject="",
            date=fields.Datetime.now(),
            key="key",
            **self._content(html or "", attachments, _blank),
        )
        return compose.encoded_size(draft)


def _part(attachment, read, cid=""):
    return compose.Part(attachment.name, read(attachment), attachment.mimetype, cid)


def _bytes(attachment):
    """Its content; :raises FileGone: it should have some, but the disk has not."""
    content = attachment.raw or b""
    if attachment.file_size and not content:
        raise FileGone(attachment.name)
    return content


def _blank(attachment):
    """As many bytes as the attachment has, without reading it from the disk."""
    return bytes(attachment.file_size)
