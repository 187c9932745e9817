"""Which mail goes through Gmail and which does not (B1, B4), by every way of Odoo."""

from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import UserError
from odoo.fields import Command

from .common import ANNA, BEN, CUSTOMER
from .test_mail_out_content import DAN, EVE, MailOutCase


class BorderCase(MailOutCase):
    def setUp(self):
        super().setUp()
        self.lead = self.env["crm.lead"].create(
            {
                "name": "Five chairs",
                "user_id": self.anna.id,
                "partner_id": self.customer.id,
            }
        )
        self.lead_template = self.env["mail.template"].create(
            {
                "name": "Chairs",
                "model_id": self.env["ir.model"]._get_id("crm.lead"),
                "subject": "About {{ object.name }}",
                "body_html": "<p>About <t t-out='object.name'/></p>",
                "email_from": ANNA,
                "partner_to": "{{ object.partner_id.id }}",
            }
        )

    def queued(self):
        return self.rows(self.account)

    def crowd(self, number):
        return self.env["res.partner"].create(
            [{"name": f"P{n}", "email": f"p{n}@far.example"} for n in range(number)]
        )

    def composer(self, **values):
        return (
            self.env["mail.compose.message"]
            .with_user(self.anna)
            .create(
                {
                    "model": "crm.lead",
                    "res_ids": repr(self.lead.ids),
                    "subject": "Chairs",
                    "body": "<p>Chairs</p>",
                    "partner_ids": [Command.set(self.customer.ids)],
                    **values,
                }
            )
        )


class TestIndividual(BorderCase):
    """Through Gmail."""

    def assert_one_arrives(self, user_of=ANNA):
        self.send_waiting()
        [message] = self.inbox(CUSTOMER)
        self.assertIn(user_of, message["From"])
        return message

    def test_b1_comment(self):
        with self.mock_mail_gateway():
            self.post(self.lead, self.anna)
        self.assertEqual(self._mails, [])
        self.assert_one_arrives()

    def test_b1_posting_asks_google_nothing(self):
        self.control.clear_requests()
        self.post(self.lead, self.anna)
        self.assertEqual(self.control.requests(), [])

    def test_b1_full_composer(self):
        self.composer(email_cc=DAN, email_bcc=EVE).action_send_mail()
        self.assertEqual(self.assert_one_arrives()["Cc"], DAN)
        self.assertEqual(len(self.inbox(EVE)), 1)

    def test_b1_composer_on_several_records(self):
        other = self.lead.copy({"name": "Six tables"})
        composer = self.composer(
            res_ids=repr((self.lead | other).ids), template_id=self.lead_template.id
        )
        composer.action_send_mail()
        self.send_waiting()
        self.assertEqual(len(self.inbox(CUSTOMER)), 2)

    def test_b1_follower_outside(self):
        self.lead.message_subscribe(self.customer.ids)
        self.post(self.lead, self.anna, partners=self.env["res.partner"])
        self.assert_one_arrives()

    def test_b1_portal_user(self):
        self._portal_user()
        self.post(self.lead, self.anna)
        self.assert_one_arrives()

    def _portal_user(self):
        return self.env["res.users"].create(
            {
                "login": CUSTOMER,
                "partner_id": self.customer.id,
                "group_ids": [Command.set(self.env.ref("base.group_portal").ids)],
            }
        )

    def test_b1_followers_inside_and_people_outside_split(self):
        self.lead.message_subscribe(self.ben.partner_id.ids)
        self.ben.notification_type = "email"
        with self.mock_mail_gateway():
            message = self.post(self.lead, self.anna)
        [notified] = self._mails
        self.assertEqual(notified["email_to"], [f'"Ben Holt" <{BEN}>'])
        self.assertIn("View Lead", notified["body"].replace("Opportunity", "Lead"))
        self.assert_one_arrives()
        self.assertEqual(
            set(message.notification_ids.mapped("notification_status")), {"sent"}
        )

    def test_b1_colleague_in_the_inbox(self):
        self.lead.message_subscribe(self.ben.partner_id.ids)
        self.ben.notification_type = "inbox"
        message = self.post(self.lead, self.anna)
        self.assert_one_arrives()
        types = message.notification_ids.mapped("notification_type")
        self.assertEqual(sorted(types), ["email", "inbox"])

    def test_b4_scheduled_in_the_composer(self):
        later = fields.Datetime.now() + timedelta(hours=2)
        composer = self.composer(scheduled_date=later, email_cc=DAN, email_bcc=EVE)
        composer.action_schedule_message()
        self.assertFalse(self.queued())
        with freeze_time(later + timedelta(minutes=1)):
            self.run_cron("mail.ir_cron_post_scheduled_message")
            message = self.assert_one_arrives()
        self.assertEqual(message["Cc"], DAN)
        self.assertEqual(len(self.inbox(EVE)), 1)

    def test_b4_scheduled_forward_opens_a_thread(self):
        self.post(self.lead, self.anna)
        self.send_waiting()
        later = fields.Datetime.now() + timedelta(hours=2)
        composer = self.composer(
            scheduled_date=later, composition_comment_option="forward"
        )
        composer.action_schedule_message()
        with freeze_time(later + timedelta(minutes=1)):
            self.run_cron("mail.ir_cron_post_scheduled_message")
            self.send_waiting()
        self.assertEqual(len(self.queued().thread_id), 2)

    def test_b4_scheduled_message_sent_now(self):
        later = fields.Datetime.now() + timedelta(hours=2)
        self.composer(scheduled_date=later).action_schedule_message()
        self.env["mail.scheduled.message"].search([]).with_user(
            self.user_admin
        ).post_message()
        self.assert_one_arrives()

    def test_b4_posted_now_and_notified_later(self):
        later = fields.Datetime.now() + timedelta(hours=2)
        self.post(self.lead, self.anna, scheduled_date=later, email_cc=DAN)
        self.assertFalse(self.queued())
        with freeze_time(later + timedelta(minutes=1)):
            self.run_cron("mail.ir_cron_send_scheduled_message")
            message = self.assert_one_arrives()
        self.assertEqual(message["Cc"], DAN)

    def test_b1_blacklisted_address_as_in_stock(self):
        self.env["mail.blacklist"]._add(CUSTOMER)
        self.post(self.lead, self.anna)
        self.assert_one_arrives()
        with self.mock_mail_gateway():
            self.post(self.lead, self.ben)
        self.assertIn(CUSTOMER, str([each["email_to"] for each in self._mails]))

    def test_b4_personal_outgoing_server_sends_no_copy(self):
        self.env["ir.mail_server"].sudo().create(
            {
                "name": "Anna's own",
                "smtp_host": "smtp.example",
                "smtp_encryption": "none",
                "smtp_user": ANNA,
                "from_filter": ANNA,
                "owner_user_id": self.anna.id,
            }
        )
        self.anna.invalidate_recordset(["outgoing_mail_server_id"])
        self.assertTrue(self.anna.sudo().outgoing_mail_server_id)
        with self.mock_mail_gateway():
            self.post(self.lead, self.anna)
            self.env["mail.mail"].process_email_queue()
        self.assert_no_smtp()
        self.assert_one_arrives()

    def assert_no_smtp(self):
        recipients = [each["email_to"] for each in self._mails]
        self.assertNotIn(CUSTOMER, str(recipients))

    def test_b1_mail_queue_does_not_send_it_by_smtp(self):
        self.post(self.lead, self.anna)
        with self.mock_mail_gateway():
            self.env["mail.mail"].process_email_queue()
            self.queued().mail_mail_id.send()
        self.assert_no_smtp()
        self.assertEqual(self.queued().mail_mail_id.state, "outgoing")
        self.assert_one_arrives()

    def test_b1_defaults_in_the_context_do_not_leak(self):
        record = self.lead.with_context(
            default_state="done", default_email_cc=EVE, default_name="x"
        )
        self.post(record, self.anna)
        self.assertFalse(self.assert_one_arrives()["Cc"])

    def test_b1_fifty_people_outside(self):
        self.post(self.lead, self.anna, partners=self.crowd(50))
        self.assertEqual(len(self.queued()), 1)


class TestStandard(BorderCase):
    """By the standard servers, although Anna has a mailbox.

    That it leaves exactly as without the addon is shown in processes/test_border.py,
    for every way of Odoo.
    """

    def assert_standard(self, path, count=1):
        """The path gives this many emails to the outgoing mail server."""
        self.flush_tracking()
        self.env["mail.mail"].search([]).unlink()  # about the preparation
        with self.mock_mail_gateway():
            path()
            self.env["mail.mail"].process_email_queue()
        self.assertFalse(self.queued(), "nothing is queued for Gmail")
        self.assertEqual(len(self._mails), count)

    def test_b4_more_than_fifty_people_outside(self):
        self.assert_standard(
            lambda: self.post(self.lead, self.anna, partners=self.crowd(51)), 51
        )

    def test_b1_send_as_address_that_is_not_verified(self):
        alias = {"email": "sales@northwind.example", "verified": False}
        self.control.create_account(ANNA, send_as=[alias])
        self.connect(self.anna, ANNA)
        self.assert_standard(
            lambda: self.post(
                self.lead, self.anna, email_from="sales@northwind.example"
            )
        )

    def test_b1_colleague_as_author_of_an_own_address(self):
        self.assert_standard(
            lambda: self.post(
                self.lead, self.anna, author_id=self.ben.partner_id.id, email_from=ANNA
            )
        )

    def test_f3_connection_of_another_database(self):
        self.account.database_uuid = "of the original"
        self.assert_standard(lambda: self.post(self.lead, self.anna))


class TestCopies(BorderCase):
    """Cc and Bcc go with what leaves through Gmail, and are never dropped."""

    def nobody(self):
        return self.env["res.partner"]

    def assert_refused(self, **values):
        count = len(self.lead.message_ids)
        with self.assertRaisesRegex(UserError, "Cc and Bcc"), self.env.cr.savepoint():
            self.post(self.lead, self.anna, email_cc=DAN, **values)
        self.assertEqual(len(self.lead.message_ids), count, "nothing was posted")

    def test_b1_only_cc(self):
        message = self.post(
            self.lead, self.anna, partners=self.nobody(), email_cc=f"Dan Dor <{DAN}>"
        )
        notification = message.notification_ids
        self.assertEqual(notification.mail_email_address, DAN)
        self.assertEqual(notification.notification_status, "ready")
        self.send_waiting()
        self.assertEqual(notification.notification_status, "sent")
        [arrived] = self.inbox(DAN)
        self.assertFalse(arrived["To"])
        self.assertIn(DAN, arrived["Cc"])

    def test_b1_only_bcc(self):
        self.post(self.lead, self.anna, partners=self.nobody(), email_bcc=EVE)
        self.send_waiting()
        [arrived] = self.inbox(EVE)
        self.assertEqual([arrived["To"], arrived["Cc"], arrived["Bcc"]], [None] * 3)

    def test_b1_only_cc_and_a_colleague(self):
        with self.mock_mail_gateway():
            message = self.post(
                self.lead, self.anna, partners=self.ben.partner_id, email_cc=DAN
            )
        self.assertEqual(len(self._mails), 1)
        self.assertEqual(len(message.notification_ids), 2)
        self.send_waiting()
        self.assertEqual(len(self.inbox(DAN)), 1)

    def test_b7_only_cc_failed(self):
        message = self.post(self.lead, self.anna, partners=self.nobody(), email_cc=DAN)
        self.control.inject("error", "messages.send", error="invalidArgument")
        self.send_waiting()
        self.assertEqual(message.notification_ids.notification_status, "exception")
        message.with_user(self.anna).action_gmail_send_again()
        self.send_waiting()
        self.assertEqual(message.notification_ids.notification_status, "sent")

    def test_b4_only_cc_later(self):
        later = fields.Datetime.now() + timedelta(hours=2)
        self.post(
            self.lead,
            self.anna,
            partners=self.nobody(),
            email_cc=DAN,
            scheduled_date=later,
        )
        self.assertFalse(self.queued())
        with freeze_time(later + timedelta(minutes=1)):
            self.run_cron("mail.ir_cron_send_scheduled_message")
            self.send_waiting()
        self.assertEqual(len(self.inbox(DAN)), 1)

    def test_b4_more_than_fifty_with_cc(self):
        self.assert_refused(partners=self.crowd(50))

    def test_b1_author_who_is_somebody_else(self):
        self.assert_refused(author_id=self.ben.partner_id.id)

    def test_b4_user_without_a_connection(self):
        with self.assertRaisesRegex(UserError, "Cc and Bcc"):
            self.post(self.lead, self.ben, email_bcc=EVE)

    def test_b4_mailbox_was_disconnected_before_its_time(self):
        later = fields.Datetime.now() + timedelta(hours=2)
        message = self.post(self.lead, self.anna, email_cc=DAN, scheduled_date=later)
        self.account.action_disconnect()
        with freeze_time(later + timedelta(minutes=1)), self.mock_mail_gateway():
            self.run_cron("mail.ir_cron_send_scheduled_message")
            self.env["mail.mail"].process_email_queue()
        of_dan = message.notification_ids.filtered("mail_email_address")
        self.assertEqual(of_dan.notification_status, "exception")
        self.assertIn("Cc and Bcc", of_dan.failure_reason)
        self.assertIn(CUSTOMER, str([each["email_to"] for each in self._mails]))

    def test_b4_composer_says_so_when_it_schedules(self):
        later = fields.Datetime.now() + timedelta(hours=2)
        composer = self.composer(
            scheduled_date=later,
            email_cc=DAN,
            partner_ids=[Command.set(self.crowd(50).ids)],
        )
        self.assertIn("50", composer.gmail_notice)
        with self.assertRaisesRegex(UserError, "Cc and Bcc"):
            composer.action_schedule_message()

    def test_b4_a_note_goes_to_nobody_in_cc(self):
        note = self.env.ref("mail.mt_note")
        self.composer(subtype_id=note.id, email_cc=DAN).action_send_mail()
        self.assertFalse(self.queued())

    def test_b6_only_cc_is_measured_when_scheduled(self):
        big = self.attach("plan.zip", bytes(20 * 1024 * 1024))
        with self.assertRaisesRegex(UserError, "too big"):
            self.composer(
                scheduled_date=fields.Datetime.now() + timedelta(hours=2),
                partner_ids=False,
                email_cc=DAN,
                attachment_ids=[Command.set(big.ids)],
            ).action_schedule_message()
