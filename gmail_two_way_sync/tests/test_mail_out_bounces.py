"""Delivery reports that come into the mailbox (B9)."""

from odoo.tests import tagged

from .common import ANNA, CUSTOMER
from .rules import reports
from .test_mail_out_content import MailOutCase

LOST = "nobody@customer.example"


@tagged("post_install", "-at_install")
class TestBounces(MailOutCase):
    def setUp(self):
        super().setUp()
        self.lost = self.env["res.partner"].create({"name": "Lost", "email": LOST})

    def write(self, partners, **values):
        message = self.post(self.customer, self.anna, partners=partners, **values)
        self.send_waiting()
        return message

    def status(self, message, partner):
        notification = message.notification_ids.filtered(
            lambda each: each.res_partner_id == partner
        )
        return notification.notification_status

    def assert_bounced(self, message, partner=None):
        partner = partner or self.lost
        [notification] = message.notification_ids.filtered(
            lambda each: each.res_partner_id == partner
        )
        self.assertEqual(notification.notification_status, "bounce")
        self.assertEqual(notification.failure_type, "mail_bounce")
        self.assertIn(partner.email, notification.failure_reason)
        self.assertEqual(partner.message_bounce, 1)
        return notification.failure_reason

    def assert_nothing_imported(self):
        emails = self.customer.message_ids.filtered(
            lambda each: each.message_type == "email"
        )
        self.assertFalse(emails)
        for row in self.rows(self.account, reason="delivery_report"):
            self.assertEqual(row.state, "skipped")
            self.assertFalse(row.gmail_thread_id or row.email_from or row.date)

    def report(self, raw, message):
        """A report in a shape of the tables, about what Anna really sent."""
        row = message.sudo().gmail_message_ids
        text = raw.decode()
        for theirs, ours in (
            ("<CAorig@mail.gmail.com>", row.rfc_message_id),
            ("k-123", row.sending_key),
            ("sam@ourfirm.example", ANNA),
            ("ann@customer.example", LOST),
        ):
            text = text.replace(theirs, ours)
        self.control.deliver(ANNA, text)
        self.sync()

    def test_b9_unknown_address(self):
        message = self.write(self.lost)
        self.assertEqual(self.status(message, self.lost), "sent")
        self.sync()
        reason = self.assert_bounced(message)
        self.assertIn("550", reason)
        self.assert_nothing_imported()
        self.assertEqual(message.sudo().gmail_message_ids.state, "sent")

    def test_b9_only_the_one_who_was_not_reached(self):
        message = self.write(self.customer | self.lost)
        self.sync()
        self.assert_bounced(message)
        self.assertEqual(self.status(message, self.customer), "sent")
        self.assertEqual(self.customer.message_bounce, 0)
        self.assertEqual(len(self.inbox(CUSTOMER)), 1)

    def test_b9_refused_by_another_server(self):
        self.control.refuse("full@far.example", "5.2.2", "552 5.2.2 Mailbox full")
        self.lost.email = "full@far.example"
        message = self.write(self.lost)
        self.sync()
        self.assertIn("Mailbox full", self.assert_bounced(message))

    def test_b9_a_delay_is_no_bounce(self):
        self.control.refuse("slow@far.example", "4.4.1", "451 4.4.1 Try again")
        self.lost.email = "slow@far.example"
        message = self.write(self.lost)
        self.sync()
        self.assertEqual(self.status(message, self.lost), "sent")
        self.assertEqual(self.lost.message_bounce, 0)
        self.assert_nothing_imported()

    def test_b9_in_cc(self):
        message = self.write(self.customer, email_cc=LOST)
        self.sync()
        notification = message.notification_ids.filtered("mail_email_address")
        self.assertEqual(notification.mail_email_address, LOST)
        self.assertEqual(notification.notification_status, "bounce")
        self.assertEqual(self.lost.message_bounce, 1)

    def test_b9_the_second_message_of_a_conversation(self):
        first = self.write(self.customer | self.lost)
        self.sync()
        second = self.write(self.customer | self.lost)
        self.sync()
        self.assertEqual(self.status(first, self.lost), "bounce")
        self.assertEqual(self.status(second, self.lost), "bounce")
        self.assertEqual(self.lost.message_bounce, 2)

    def test_b9_reported_twice(self):
        message = self.sent_far_away()
        self.report(reports.GMAIL, message)
        self.report(reports.GMAIL, message)
        self.assert_bounced(message)

    def sent_far_away(self):
        """Something that left for a server that takes everything."""
        self.lost.email = "gone@far.example"
        message = self.write(self.lost)
        self.lost.email = LOST
        message.sudo().gmail_message_ids.email_to = LOST
        return message

    def test_b9_gmail(self):
        message = self.sent_far_away()
        self.report(reports.GMAIL, message)
        self.assert_bounced(message)

    def test_b9_gmail_in_prose(self):
        message = self.sent_far_away()
        self.report(reports.GMAIL_PROSE, message)
        self.assert_bounced(message)

    def test_b9_exchange(self):
        message = self.sent_far_away()
        self.report(reports.EXCHANGE, message)
        self.assert_bounced(message)

    def test_b9_postfix(self):
        message = self.sent_far_away()
        self.report(reports.POSTFIX, message)
        self.assert_bounced(message)

    def test_b9_exim(self):
        message = self.sent_far_away()
        self.report(reports.EXIM, message)
        self.assert_bounced(message)

    def test_b9_qmail(self):
        message = self.sent_far_away()
        self.report(reports.QMAIL, message)
        self.assert_bounced(message)

    def test_b9_exims_warning_is_no_bounce(self):
        message = self.sent_far_away()
        self.report(reports.EXIM_WARNING, message)
        self.assertEqual(self.status(message, self.lost), "sent")
        self.assert_nothing_imported()

    def test_b9_about_private_mail(self):
        """Nothing is fetched of it when nothing of ours can be meant (C20)."""
        self.control.send(ANNA, to="friend@northwind.example", text="Private")
        self.control.clear_requests()
        self.sync()
        fetched = {each["format"] for each in self.control.requests("messages.get")}
        self.assertEqual(fetched, {"metadata"})
        self.assert_nothing_imported()

    def test_b9_about_somebody_elses_message(self):
        message = self.sent_far_away()
        row = message.sudo().gmail_message_ids
        row.write({"rfc_message_id": "<other@x>", "sending_key": "other"})
        self.control.deliver(ANNA, reports.POSTFIX.decode().replace("ann@", "x@"))
        self.sync()
        self.assertEqual(self.status(message, self.lost), "sent")
        self.assertEqual(self.lost.message_bounce, 0)

    def test_b9_report_that_cannot_be_fetched_at_once(self):
        message = self.sent_far_away()
        self.control.inject(
            "error", "messages.get", error="backendError503", skip=1, in_batch=True
        )
        self.report(reports.GMAIL, message)
        self.assertEqual(self.status(message, self.lost), "sent")
        self.rows(self.account, state="pending").retry_after = False
        self.sync()
        self.assert_bounced(message)
