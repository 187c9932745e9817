from odoo import fields, models

MAX_OUTSIDE_RECIPIENTS = 50


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    gmail_thread_ids = fields.One2many(
        "gmail.thread",
        "res_id",
        "Conversations",
        domain=lambda self: [("res_model", "=", self._name)],
        groups="base.group_user",
    )

    # ------------------------------------------------------------
    # MAIL OUT: THE BORDER (B1, B4)
    # ------------------------------------------------------------

    def message_post(self, *, parent_id=False, **kwargs):
        # Odoo gives every message a parent; only one that was given is an answer (B3).
        answering = self.with_context(gmail_answers=parent_id)
        return super(MailThread, answering).message_post(parent_id=parent_id, **kwargs)

    def _get_notify_valid_parameters(self):
        return super()._get_notify_valid_parameters() | {"email_cc", "email_bcc"}

    def _notify_thread_by_email(
        self,
        message,
        recipients_data,
        *,
        email_cc=False,
        email_bcc=False,
        **kwargs,
    ):
        """Give the people outside of an individual message to the sender's mailbox.

        Everybody else, and every other message, takes Odoo's way untouched.
        """
        if "gmail_importing" in self.env.context:
            inside = [each for each in recipients_data if _is_inside(each)]
            return super()._notify_thread_by_email(message, inside, **kwargs)
        outside = [each for each in recipients_data if _is_outside_by_email(each)]
        account = self._gmail_mailbox(message, outside)
        if account:
            self.env["gmail.message"].sudo()._queue_message(
                account, message, outside, self._gmail_posting(email_cc, email_bcc)
            )
            recipients_data = [each for each in recipients_data if each not in outside]
        return super()._notify_thread_by_email(message, recipients_data, **kwargs)

    def _get_allowed_message_params(self):
        """The web client's composer has them; they reach nobody but through Gmail."""
        return super()._get_allowed_message_params() | {"email_cc", "email_bcc"}

    def _gmail_posting(self, email_cc, email_bcc):
        """What only the request that posts knows about a message."""
        context = self.env.context
        option = context.get("gmail_comment_option")
        return {
            "email_cc": email_cc,
            "email_bcc": email_bcc,
            "answers_id": context.get("gmail_answers") or False,
            "opens_thread": option == "forward",
        }

    def _gmail_mailbox(self, message, outside):
        """The mailbox that a message leaves from, if it is an individual one.

        The one place where this is decided (B1, B4).

        :param outside: recipients data of the people outside
        :return: a connection of the sender as superuser, or an empty recordset
        """
        # sudo: mail.message, gmail.account - senders may not read all that decides
        message, accounts = message.sudo(), self.env["gmail.account"].sudo()
        if not outside or len(outside) > MAX_OUTSIDE_RECIPIENTS:
            return accounts
        if not self._gmail_is_individual(message):
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
            and message.create_uid == self.env.user
            and not self.env.context.get("gmail_automated")
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
            if _is_inside(each) and each["id"] not in informed
        ]

    def _notify_thread_with_out_of_office(
        self, message, recipients_data, msg_vals=False, **kwargs
    ):
        if "gmail_importing" in self.env.context:
            return self.env["mail.message"]
        return super()._notify_thread_with_out_of_office(
            message, recipients_data, msg_vals=msg_vals, **kwargs
        )


def _is_inside(recipient):
    return bool(recipient["uid"]) and not recipient["ushare"]


def _is_outside_by_email(recipient):
    return recipient["notif"] == "email" and not _is_inside(recipient)
