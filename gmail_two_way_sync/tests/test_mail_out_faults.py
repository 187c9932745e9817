"""Faults before Gmail has a message (B7); for those after see test_mail_out_unknown.

Each ends with exactly one message in the customer's inbox, or none if it was refused,
and the chatter tells so.
"""

from datetime import timedelta

from freezegun import freeze_time

from odoo import fields

from .common import ANNA, BEN, CUSTOMER
from .test_mail_out_content import MailOutCase, html_of


class FaultCase(MailOutCase):
    def setUp(self):
        super().setUp()
        self.message = self.post(self.customer, self.anna)
        self.row = self.rows(self.account)
        self.mail = self.message.sudo().mail_ids
        self.control.clear_requests()

    def on_customer(self):
        """The emails on the customer's record."""
        return self.customer.message_ids.filtered(
            lambda each: each.message_type in ("comment", "email")
        )

    def posts(self):
        return [each["status"] for each in self.control.requests("messages.send")]

    def later(self, **delta):
        """The worker comes back after some time."""
        moment = fields.Datetime.now() + timedelta(**(delta or {"minutes": 2}))
        with freeze_time(moment):
            self.send_waiting()

    def assert_sent_once(self):
        self.assertEqual(len(self.inbox(CUSTOMER)), 1)
        self.assertEqual(len(self.inbox(ANNA, "in:sent")), 1)
        self.assertEqual(self.row.state, "sent")
        self.assertFalse(self.row.error)
        self.assertTrue(self.row.rfc_message_id)
        self.assertEqual(self.row.thread_id.res_id, self.customer.id)
        notification = self.message.notification_ids
        self.assertEqual(notification.notification_status, "sent")
        self.assertFalse(notification.failure_reason)
        self.assertFalse(self.mail.exists())

    def assert_waiting(self):
        self.assertEqual(self.row.state, "pending")
        self.assertTrue(self.row.error)
        self.assertGreater(self.row.retry_after, fields.Datetime.now())
        self.assertEqual(self.mail.state, "outgoing")
        self.assertEqual(self.message.notification_ids.notification_status, "ready")

    def assert_failed(self, *words):
        self.assertEqual(self.inbox(CUSTOMER), [])
        self.assertEqual(self.row.state, "failed")
        self.assertEqual(self.mail.state, "exception")
        notification = self.message.notification_ids
        self.assertEqual(notification.notification_status, "exception")
        for reason in (notification.failure_reason, self.mail.failure_reason):
            self.assertEqual(reason, self.row.error)
        for word in words:
            self.assertIn(word, self.row.error)


class TestNotSentYet(FaultCase):
    """Gmail does not have the message: it is sent later, or refused for good."""

    def assert_retried(self, **delta):
        self.send_waiting()
        self.assert_waiting()
        self.send_waiting()
        self.assertEqual(len(self.posts()), 1, "not before its time")
        self.later(**delta)
        self.assert_sent_once()

    def test_b7_too_fast(self):
        self.control.inject("error", "messages.send", error="userRateLimitExceeded")
        self.assert_retried()
        self.assertEqual(len(self.posts()), 2)

    def test_b7_quota(self):
        self.control.inject("error", "messages.send", error="quotaExceeded429")
        self.assert_retried()
        self.assertEqual(len(self.posts()), 2)

    def test_b7_retry_after_is_kept(self):
        self.control.inject(
            "error", "messages.send", error="userRateLimitExceeded", retry_after=1800
        )
        self.send_waiting()
        wait = self.row.retry_after - fields.Datetime.now()
        self.assertAlmostEqual(wait.total_seconds(), 1800, delta=30)
        self.assertEqual(self.account.retry_after, self.row.retry_after)
        self.later(minutes=20)
        self.assertEqual(len(self.posts()), 1)
        self.later(minutes=31)
        self.assert_sent_once()

    def test_b7_projects_daily_quota(self):
        self.control.inject("error", "messages.send", error="dailyLimitExceeded")
        self.send_waiting()
        self.assertIn("quota of today", self.row.error)
        self.assert_retried(minutes=61)

    def test_b7_precondition(self):
        self.control.inject("error", "messages.send", error="preconditionCheckFailed")
        self.assert_retried()

    def test_b7_token_endpoint_down(self):
        self.control.expire_access_tokens(ANNA)
        self.control.inject("error", "token", error="temporarily_unavailable")
        self.send_waiting()
        self.assert_waiting()
        self.assertFalse(self.row.attempt_date, "there is nothing to look up")
        self.later()
        self.assert_sent_once()

    def test_b7_gives_up_after_some_hours(self):
        self.control.inject(
            "error", "messages.send", error="userRateLimitExceeded", times=None
        )
        for hour in range(13):
            self.later(hours=2 * hour)
        self.assert_failed("Google")
        self.assertEqual(len(self.posts()), 12)

    def test_b7_refused(self):
        self.control.inject("error", "messages.send", error="invalidArgument")
        self.send_waiting()
        self.assert_failed("Google refused", "invalid argument")
        self.later(days=1)
        self.assertEqual(len(self.posts()), 1)

    def test_b7_gmail_switched_off(self):
        self.control.set_mail_enabled(ANNA, False)
        self.send_waiting()
        self.assert_failed("Gmail is switched off")

    def test_b7_no_recipient_with_an_address(self):
        self.customer.email = False
        self.send_waiting()
        self.assert_failed("Nobody who should get this message has an email address")
        self.assertEqual(self.posts(), [])

    def test_b7_recipient_whose_address_takes_no_mail(self):
        self.customer.email = "kärla@customer.example"
        self.send_waiting()
        self.assert_failed("Correct it on the contact")
        self.assertEqual(self.posts(), [])

    def test_b7_cc_that_takes_no_mail(self):
        self.row.email_cc = "kärla@customer.example"
        self.send_waiting()
        self.assert_failed("kärla@customer.example", "Correct it")

    def test_b7_posting_to_nobody_with_an_address_is_no_error(self):
        self.send_waiting()
        for email in (False, "dan@bad..example", "dän@customer.example"):
            self.dan.email = email
            message = self.post(self.customer, self.anna, partners=self.dan)
            self.send_waiting()
            with self.subTest(email=email):
                notification = message.notification_ids
                self.assertEqual(notification.notification_status, "exception")
                self.assertIn("Correct it", notification.failure_reason)

    def test_b1_send_as_address_was_taken_away(self):
        alias = {"email": "sales@northwind.example", "verified": True}
        self.control.create_account(ANNA, send_as=[alias])
        self.connect(self.anna, ANNA)
        self.send_waiting()
        self.message = self.post(
            self.customer, self.anna, email_from="sales@northwind.example"
        )
        self.row = self.message.sudo().gmail_message_ids
        self.mail = self.message.sudo().mail_ids
        self.control.create_account(ANNA, send_as=[])
        self.send_waiting()
        self.assertEqual(len(self.inbox(CUSTOMER)), 1)
        self.assertEqual(self.row.state, "failed")
        self.assertIn("sales@northwind.example", self.mail.failure_reason)
        self.control.create_account(ANNA, send_as=[alias])
        self.message.with_user(self.anna).action_gmail_send_again()
        self.send_waiting()
        self.assertEqual(
            self.inbox(CUSTOMER)[-1]["From"], "Anna Berg <sales@northwind.example>"
        )

    def test_b7_one_mailboxs_trouble_is_not_anothers(self):
        self.connect(self.ben, BEN)
        self.control.inject(
            "error", "messages.send", account=ANNA, error="backendError503"
        )
        lead = self.env["crm.lead"].create({"name": "Chairs", "user_id": self.ben.id})
        bens = self.post(lead, self.ben)
        self.send_waiting()
        self.assert_waiting()
        self.assertEqual(bens.notification_ids.notification_status, "sent")

    def test_b3_a_later_message_waits_for_the_earlier_one(self):
        self.control.inject("error", "messages.send", error="userRateLimitExceeded")
        second = self.post(self.customer, self.anna, body="<p>Second</p>")
        self.send_waiting()
        self.assertEqual(self.inbox(CUSTOMER), [])
        self.later()
        # Both at the same moment of a clock that stands still.
        one, two = sorted(
            self.inbox(CUSTOMER), key=lambda each: "Second" in html_of(each)
        )
        self.assertEqual(two["In-Reply-To"], one["Message-ID"])
        self.assertEqual(second.notification_ids.notification_status, "sent")

    def test_b7_who_has_no_address_was_not_reached(self):
        nobody = self.env["res.partner"].create({"name": "No Mail"})
        message = self.post(self.customer, self.anna, partners=self.customer | nobody)
        self.send_waiting()
        status = {
            each.res_partner_id: (each.notification_status, each.failure_type)
            for each in message.notification_ids
        }
        self.assertEqual(status[self.customer][0], "sent")
        self.assertEqual(status[nobody], ("exception", "mail_email_missing"))

    def test_b7_whose_address_takes_no_mail_was_not_reached(self):
        self.dan.email = "dän@customer.example"
        message = self.post(self.customer, self.anna, partners=self.customer | self.dan)
        self.send_waiting()
        status = {
            each.res_partner_id: (each.notification_status, each.failure_type)
            for each in message.notification_ids
        }
        self.assertEqual(status[self.customer][0], "sent")
        self.assertEqual(status[self.dan], ("exception", "mail_email_invalid"))
