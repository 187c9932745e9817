"""Faults at each step of a send (B7, B8).

Each ends with exactly one message in the customer's inbox, or none if it was refused,
and the chatter tells so.
"""

from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError

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

    def test_b7_recipient_that_is_no_address(self):
        self.customer.email = "kärla@customer.example"
        self.send_waiting()
        self.assert_failed("kärla@customer.example", "Correct it")

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

    def test_b7_whose_address_is_none_was_not_reached(self):
        self.dan.email = "dan@bad..example"
        message = self.post(self.customer, self.anna, partners=self.customer | self.dan)
        self.send_waiting()
        status = {
            each.res_partner_id: (each.notification_status, each.failure_type)
            for each in message.notification_ids
        }
        self.assertEqual(status[self.customer][0], "sent")
        self.assertEqual(status[self.dan], ("exception", "mail_email_invalid"))


class TestOutcomeUnknown(FaultCase):
    """Only the mailbox can tell whether the message left (B8)."""

    def test_b8_dropped_before_gmail_took_it(self):
        self.control.inject("drop_before", "messages.send")
        self.send_waiting()
        self.assert_waiting()
        self.assertTrue(self.row.attempt_date)
        self.later()
        self.assert_sent_once()
        self.assertEqual(len(self.posts()), 2)

    def test_b8_dropped_after_gmail_took_it(self):
        self.control.inject("drop_after", "messages.send")
        self.send_waiting()
        self.assert_waiting()
        self.later()
        self.assert_sent_once()
        self.assertEqual(len(self.posts()), 1)

    def assert_sent_after(self, kind, error, posts):
        self.control.inject(kind, "messages.send", error=error)
        self.send_waiting()
        self.assert_waiting()
        self.later()
        self.assert_sent_once()
        self.assertEqual(len(self.posts()), posts)

    def test_b8_server_error_before_gmail_took_it(self):
        self.assert_sent_after("error", "backendError503", 2)

    def test_b8_server_error_after_gmail_took_it(self):
        self.assert_sent_after("error_after", "backendError500", 1)

    def test_b8_proxys_page_before_gmail_took_it(self):
        self.assert_sent_after("error", "html502", 2)

    def test_b8_proxys_page_after_gmail_took_it(self):
        self.assert_sent_after("error_after", "html502", 1)

    def test_b8_the_sync_finds_it_first(self):
        self.control.inject("drop_after", "messages.send")
        self.send_waiting()
        with freeze_time(fields.Datetime.now() + timedelta(minutes=2)):
            self.row.retry_after = fields.Datetime.now() + timedelta(hours=1)
            self.sync()
        self.assert_sent_once()
        self.assertEqual(self.on_customer(), self.message)
        self.later(hours=2)
        self.assertEqual(len(self.posts()), 1)

    def test_b8_look_up_fails_first(self):
        self.control.inject("drop_after", "messages.send")
        self.send_waiting()
        self.control.inject("error", "messages.list", error="backendError503")
        self.later()
        self.assertEqual(self.row.state, "pending")
        self.later(hours=1)
        self.assert_sent_once()
        self.assertEqual(len(self.posts()), 1)

    def test_b8_not_yet_visible_when_looked_up(self):
        self.control.inject("drop_after", "messages.send")
        self.send_waiting()
        [sent] = self.control.messages(ANNA, "in:sent")
        self.control.not_yet_visible(ANNA, sent["id"])
        self.later()
        self.assertEqual(self.row.state, "pending")
        self.later(hours=1)
        self.assert_sent_once()
        self.assertEqual(len(self.posts()), 1)

    def test_b8_trashed_before_it_was_looked_up(self):
        self.control.inject("drop_after", "messages.send")
        self.send_waiting()
        [sent] = self.control.messages(ANNA, "in:sent")
        self.control.trash(ANNA, sent["id"])
        self.later()
        self.assertEqual(self.row.state, "sent")
        self.assertEqual(len(self.posts()), 1)

    def test_b8_given_up_without_knowing(self):
        """Sending again by hand looks it up, too."""
        self.control.inject("drop_after", "messages.send")
        self.send_waiting()
        self.control.inject(
            "error", "messages.list", error="backendError503", times=None
        )
        for hour in range(1, 14):
            self.later(hours=2 * hour)
        self.assertEqual(self.row.state, "failed")
        self.control.clear_faults()
        self.message.with_user(self.anna).action_gmail_send_again()
        self.send_waiting()
        self.assert_sent_once()
        self.assertEqual(len(self.posts()), 1)

    def test_b8_edited_while_nobody_knows(self):
        self.control.inject("drop_before", "messages.send")
        self.send_waiting()
        self.customer.with_user(self.anna).sudo()._message_update_content(
            self.message.sudo(), body=""
        )
        self.later()
        self.assertEqual(self.inbox(CUSTOMER), [])
        self.assertEqual(self.row.reason, "cancelled")

    def test_b8_deleted_although_it_left(self):
        self.control.inject("drop_after", "messages.send")
        self.send_waiting()
        self.message.sudo().unlink()
        self.later()
        self.sync()
        self.assertEqual(len(self.inbox(CUSTOMER)), 1)
        self.assertEqual(len(self.posts()), 1)
        self.assertFalse(self.on_customer())

    def test_b8_a_dead_workers_lease(self):
        self.control.inject("drop_after", "messages.send")
        self.send_waiting()
        self.row.write(
            {
                "retry_after": False,
                "lease_until": fields.Datetime.now() + timedelta(minutes=5),
            }
        )
        self.send_waiting()
        self.assertEqual(self.row.state, "pending", "somebody may be at it")
        self.later(minutes=6)
        self.assert_sent_once()
        self.assertEqual(len(self.posts()), 1)


class TestReadBack(FaultCase):
    """It left, and only Gmail's Message-ID is still to be read."""

    def assert_left(self):
        self.assertEqual(self.row.state, "sent")
        self.assertEqual(self.message.notification_ids.notification_status, "sent")
        self.assertFalse(self.row.rfc_message_id)

    def test_b8_read_back_fails_and_the_sync_reads_it(self):
        self.control.inject("error", "batch", error="backendError503")
        self.send_waiting()
        self.assert_left()
        self.sync()
        self.assert_sent_once()

    def test_b8_not_yet_visible_when_read_back(self):
        self.control.inject("error", "messages.get", error="notFound")
        self.send_waiting()
        self.assert_left()
        self.later()
        self.sync()
        self.assert_sent_once()

    def test_b3_the_next_message_reads_it_first(self):
        self.control.inject("drop_before", "batch")
        self.send_waiting()
        self.assert_left()
        self.post(self.customer, self.anna)
        self.send_waiting()
        first, second = self.inbox(CUSTOMER)
        self.assertEqual(second["In-Reply-To"], first["Message-ID"])

    def test_b3_thread_was_deleted_in_gmail(self):
        self.send_waiting()
        [sent] = self.control.messages(ANNA, "in:sent")
        self.control.delete(ANNA, sent["id"])
        self.post(self.customer, self.anna)
        self.send_waiting()
        first, second = self.inbox(CUSTOMER)
        self.assertEqual(second["In-Reply-To"], first["Message-ID"])
        rows = self.rows(self.account)
        self.assertEqual(set(rows.mapped("state")), {"sent"})
        self.assertEqual(rows.thread_id.mapped("res_id"), [self.customer.id] * 2)


class TestSendAgain(FaultCase):
    """B7: the author, nobody else, and never twice."""

    def setUp(self):
        super().setUp()
        self.control.inject("error", "messages.send", error="invalidArgument")
        self.send_waiting()

    def test_b7_send_again_by_its_author(self):
        self.message.with_user(self.anna).action_gmail_send_again()
        self.assertEqual(self.message.notification_ids.notification_status, "ready")
        self.assertEqual(self.mail.state, "outgoing")
        self.send_waiting()
        self.assert_sent_once()

    def test_b7_send_again_by_nobody_else(self):
        with self.assertRaises(AccessError):
            self.message.with_user(self.ben).action_gmail_send_again()
        self.assertEqual(self.row.state, "failed")

    def test_b7_double_click(self):
        for _click in range(2):
            self.message.with_user(self.anna).action_gmail_send_again()
        self.send_waiting()
        self.message.with_user(self.anna).action_gmail_send_again()
        self.send_waiting()
        self.assert_sent_once()

    def test_b7_send_again_to_the_address_that_was_corrected(self):
        other = "carla.custo@customer.example"
        self.control.create_account(other, "Carla Custo", kind="workspace")
        self.customer.email = other
        self.message.with_user(self.anna).action_gmail_send_again()
        self.send_waiting()
        self.assertEqual(self.inbox(CUSTOMER), [])
        [message] = self.inbox(other)
        self.assertEqual(message["To"], f"Carla Custo <{other}>")

    def test_b7_retry_by_the_administrator(self):
        self.mail.with_user(self.user_admin).action_retry()
        self.env["mail.mail"].process_email_queue()
        self.send_waiting()
        self.assert_sent_once()

    def test_b7_retry_does_not_resend_what_was_sent(self):
        self.message.with_user(self.anna).action_gmail_send_again()
        self.send_waiting()
        self.row.mail_mail_id = self.env["mail.mail"].create(
            {"mail_message_id": self.message.id, "state": "exception"}
        )
        self.row.mail_mail_id.action_retry()
        self.send_waiting()
        self.assertEqual(len(self.inbox(CUSTOMER)), 1)
        self.assertEqual(self.row.state, "sent")
