import json

from odoo import fields, models

from ..rules.addresses import parse

MAX_OUTSIDE_RECIPIENTS = 50


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    gmail_thread_ids = fields.One2many(
        "gmail.thread",
        "res_id",
        "Email conversations",
        domain=lambda self: [("res_model", "=", self._name)],
        groups="base.group_user",
    )

    # ------------------------------------------------------------
    # MAIL OUT: THE BORDER (B1, B4)
    # ------------------------------------------------------------

    def message_post(
        self, *, parent_id=False, email_cc=False, email_bcc=False, **kwargs
    ):
        """Post a message; people outside may get it from the sender's mailbox (B1).

        :param email_cc: comma-separated addresses, used if it leaves through Gmail
        :param email_bcc: likewise
        :raises UserError: it would leave through Gmail and is too big (B6), or has Cc
            or Bcc and would not (B4)
        """
        kwargs["gmail_posting"] = self._gmail_posting(parent_id, email_cc, email_bcc)
        return super().message_post(parent_id=parent_id, **kwargs)

    def _get_notify_valid_parameters(self):
        return super()._get_notify_valid_parameters() | {"gmail_posting"}

    def _gmail_posting(self, parent_id, email_cc, email_bcc):
        """What only the request that posts knows of a message typed by a person.

        It travels with the notification parameters, which Odoo keeps as JSON while a
        message waits for its scheduled date.

        :return: False if a server action or a scheduled action posts (B4)
        """
        context = self.env.context
        if context.get("gmail_automated"):
            if email_cc or email_bcc:
                self.env["gmail.message"]._refuse_copies()
            return False
        return {
            # Odoo gives every message a parent; only one that was given is an
            # answer (B3).
            "answers_id": parent_id,
            "opens_thread": context.get("gmail_comment_option") == "forward",
            "email_cc": email_cc,
            "email_bcc": email_bcc,
        }

    def _notify_thread(self, message, msg_vals=False, **kwargs):
        recipients_data = super()._notify_thread(message, msg_vals=msg_vals, **kwargs)
        posting = kwargs.get("gmail_posting")
        copies, is_later = copies_of(posting), kwargs.get("scheduled_date")
        if not copies and not is_later:
            return recipients_data
        outside = [each for each in recipients_data if _is_outside_by_email(each)]
        account = self._gmail_mailbox(message, outside, posting)
        # sudo: gmail.message - senders may not read the queue
        rows = self.env["gmail.message"].sudo()
        if account and is_later:
            # It leaves later, and has to be refused now (B4, B6).
            rows._check_size_of(message.body, message.sudo().attachment_ids)
        if account and not recipients_data:
            self._gmail_notify_copies(message, **kwargs)
        elif copies and not account and kwargs.get("skip_existing"):
            rows._tell_copies_failed(message, posting)  # it was posted earlier
        elif copies and not account:
            rows._refuse_copies()
        return recipients_data

    def _gmail_notify_copies(self, message, scheduled_date=False, **kwargs):
        """Send to Cc and Bcc alone: for Odoo there is nobody to be notified."""
        later = self._is_notification_scheduled(scheduled_date)
        if not later:
            self._notify_thread_by_email(message, [], **kwargs)
            return
        # sudo: mail.message.schedule - whoever posts may post for later
        self.env["mail.message.schedule"].sudo().create(
            {
                "scheduled_datetime": later,
                "mail_message_id": message.id,
                "notification_parameters": json.dumps(kwargs),
            }
        )

    def _notify_thread_by_email(
        self, message, recipients_data, *, gmail_posting=False, **kwargs
    ):
        """Give the people outside of an individual message to the sender's mailbox.

        Everybody else, and every other message, takes Odoo's way untouched.
        """
        if "gmail_importing" in self.env.context:
            inside = [each for each in recipients_data if is_inside(each)]
            return super()._notify_thread_by_email(message, inside, **kwargs)
        outside = [each for each in recipients_data if _is_outside_by_email(each)]
        account = self._gmail_mailbox(message, outside, gmail_posting)
        if account:
            self.env["gmail.message"].sudo()._queue_message(
                account, message, outside, gmail_posting, kwargs
            )
            recipients_data = [each for each in recipients_data if each not in outside]
            self = self.with_context(gmail_outside=outside)
        return super()._notify_thread_by_email(message, recipients_data, **kwargs)

    def _notify_by_email_get_base_mail_values(
        self, message, recipients_data, additional_values=None
    ):
        """Colleagues still see the people outside in To, and can answer to all."""
        outside = self.env.context.get("gmail_outside", [])
        return super()._notify_by_email_get_base_mail_values(
            message, [*recipients_data, *outside], additional_values
        )

    def _get_allowed_message_params(self):
        """The web client's composer has them; they reach nobody but through Gmail."""
        return super()._get_allowed_message_params() | {"email_cc", "email_bcc"}

    def _gmail_mailbox(self, message, outside, posting):
        """The mailbox that a message leaves from, if it is an individual one.

        The one place where this is decided (B1, B4).

        :param outside: recipients data of the people outside
        :param posting: values of ``_gmail_posting``
        :return: a connection of the sender as superuser, or an empty recordset
        """
        # sudo: mail.message, gmail.account - senders may not read all that decides
        message, accounts = message.sudo(), self.env["gmail.account"].sudo()
        if not posting or not self._gmail_is_individual(message):
            return accounts
        people = len(outside) + len(copies_of(posting))
        if not 0 < people <= MAX_OUTSIDE_RECIPIENTS:
            return accounts
        account = accounts._live_of(message.create_uid)
        if account._is_sender(message) and account._is_of_this_database():
            return account
        return accounts

    def _gmail_is_individual(self, message):
        return (
            message.message_type == "comment"
            and message.subtype_id == self.env.ref("mail.mt_comment")
            and bool(message.res_id)
            and message.model not in (False, "discuss.channel")
        )

    # ------------------------------------------------------------
    # RECORDS CHANGE (E7)
    # ------------------------------------------------------------

    def unlink(self):
        """Deleting a record stops its conversations."""
        # sudo: gmail.thread - conversations end with a record, whosever they are
        threads = self.env["gmail.thread"].sudo()._of_records(self._name, self.ids)
        result = super().unlink()
        threads.state = "stopped"
        return result

    def _clean_empty_message(self, message):
        result = super()._clean_empty_message(message)
        message._gmail_forget_emptied()
        return result

    # ------------------------------------------------------------
    # MAIL IN: SILENCE (C15)
    # ------------------------------------------------------------

    def _notify_get_recipients(self, message, msg_vals=False, **kwargs):
        """Of an imported message, notify only colleagues who did not get it."""
        recipients = super()._notify_get_recipients(message, msg_vals, **kwargs)
        informed = self.env.context.get("gmail_importing")
        if informed is None:
            return recipients
        return [
            each
            for each in recipients
            if is_inside(each) and each["id"] not in informed
        ]

    def _notify_thread_with_out_of_office(
        self, message, recipients_data, msg_vals=False, **kwargs
    ):
        if "gmail_importing" in self.env.context:
            return self.env["mail.message"]
        return super()._notify_thread_with_out_of_office(
            message, recipients_data, msg_vals=msg_vals, **kwargs
        )


def copies_of(values):
    """People in Cc and Bcc; ``values`` have both, as text or False, or are False."""
    if not values:
        return []
    return parse([values["email_cc"] or "", values["email_bcc"] or ""])


def is_inside(recipient):
    return bool(recipient["uid"]) and not recipient["ushare"]


def _is_outside_by_email(recipient):
    return recipient["notif"] == "email" and not is_inside(recipient)
