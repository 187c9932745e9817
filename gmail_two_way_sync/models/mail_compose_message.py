from odoo import api, fields, models

from .mail_thread import MAX_OUTSIDE_RECIPIENTS, copies_of, is_inside


class MailComposeMessage(models.TransientModel):
    _inherit = "mail.compose.message"

    # Both are used when the message leaves through Gmail.
    email_cc = fields.Char("Cc")
    email_bcc = fields.Char("Bcc")
    gmail_from = fields.Char("Sent from", compute="_compute_gmail_from")
    gmail_notice = fields.Char("Sent otherwise", compute="_compute_gmail_from")

    @api.depends(
        "author_id",
        "composition_batch",
        "composition_mode",
        "email_bcc",
        "email_cc",
        "email_from",
        "message_type",
        "model",
        "notify_skip_followers",
        "partner_ids",
        "res_ids",
        "subtype_id",
    )
    def _compute_gmail_from(self):
        """The address that it leaves from, or why it does not though it could (B1, E2).

        Both are empty for users without a mailbox, and for what is never individual.
        """
        # sudo: gmail.account - the own mailbox; its addresses are for nobody to read
        account = self.env["gmail.account"].sudo()._live_of(self.env.user)
        if account and not account._is_of_this_database():
            account = account.browse()
        for composer in self:
            draft = composer._gmail_draft()
            may_leave = bool(account) and composer._gmail_is_individual(draft)
            notice = may_leave and composer._gmail_refusal(account, draft)
            leaves = may_leave and not notice
            composer.gmail_from = leaves and account._sender_address_of(draft)
            composer.gmail_notice = notice

    @api.constrains("email_cc", "email_bcc")
    def _check_copies(self):
        for composer in self:
            self.env["gmail.message"]._refuse_no_addresses(
                composer.email_cc, composer.email_bcc
            )

    def _gmail_draft(self):
        """The message that would be posted, as far as its sender and record go."""
        return self.env["mail.message"].new(
            {
                "author_id": self.author_id.id,
                "create_uid": self.env.uid,
                "email_from": self.email_from,
                "message_type": self.message_type,
                "model": self.model,
                "res_id": (self._evaluate_res_ids() or [False])[0],
                "subtype_id": self.subtype_id.id,
            }
        )

    def _gmail_is_individual(self, draft):
        return (
            self.composition_mode == "comment"
            and not self.composition_batch
            and self.env["mail.thread"]._gmail_is_individual(draft)
        )

    def _gmail_refusal(self, account, draft):
        """Why an individual message does not leave from the mailbox, or False."""
        if not account._is_sender(draft):
            return self.env._(
                "This message leaves by Odoo's standard mail servers: its sender, "
                "%(sender)s, is neither you nor an address of your mailbox "
                "%(mailbox)s.",
                sender=draft.email_from,
                mailbox=account.email,
            )
        if self._gmail_count_outside() > MAX_OUTSIDE_RECIPIENTS:
            return self.env._(
                "This message leaves by Odoo's standard mail servers, because more "
                "than %(count)s people outside get it.",
                count=MAX_OUTSIDE_RECIPIENTS,
            )
        return False

    def _gmail_count_outside(self):
        chosen = self.partner_ids.filtered("partner_share")
        followers = [each for each in self._gmail_followers() if not is_inside(each)]
        return len(chosen) + len(followers) + len(copies_of(self))

    def _prepare_mail_values_static(self):
        values = super()._prepare_mail_values_static()
        is_note = self.subtype_is_log
        if self.composition_mode == "comment" and self.model_is_thread and not is_note:
            values |= {"email_cc": self.email_cc, "email_bcc": self.email_bcc}
        return values

    def _action_send_mail_comment(self, res_ids):
        composer = self.with_context(
            gmail_comment_option=self.composition_comment_option
        )
        return super(MailComposeMessage, composer)._action_send_mail_comment(res_ids)

    def _prepare_schedule_message_post_values(self, post_values):
        if not self.subtype_is_log and copies_of(self) and not self.gmail_from:
            # When its time comes, nobody is there to mend it.
            self.env["gmail.message"]._refuse_copies()
        values = super()._prepare_schedule_message_post_values(post_values)
        values["send_context"] = {
            **(values.get("send_context") or {}),
            "gmail_comment_option": self.composition_comment_option,
        }
        return values
