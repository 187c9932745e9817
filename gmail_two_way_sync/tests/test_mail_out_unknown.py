"""Faults whose outcome only Gmail knows: a message is looked up before it leaves again.

Each ends with exactly one message in the customer's inbox, and the chatter tells so.
"""

from datetime import timedelta
from unittest import mock

from freezegun import freeze_time

from odoo import fields

from ..google import transport
from .common import ANNA, CUSTOMER
from .test_mail_out_faults import FaultCase


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

    def assert_sent_after_timeout(self, kind, posts, **options):
        self.control.inject(kind, "messages.send", delay=1, **options)
        with mock.patch.object(transport, "SEND_READ_TIMEOUT", 0.2):
            self.send_waiting()
        self.assert_waiting()
        self.later()
        self.assert_sent_once()
        self.assertEqual(len(self.posts()), posts)

    def test_b8_timeout_before_gmail_took_it(self):
        self.assert_sent_after_timeout("drop_before", 2)

    def test_b8_timeout_after_gmail_took_it(self):
        self.assert_sent_after_timeout("drop_after", 1, when="after")

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

    def test_b8_refused_after_an_unknown_outcome(self):
        """What is refused now tells nothing about the earlier attempt."""
        self.control.inject("drop_before", "messages.send")
        self.send_waiting()
        begun = self.row.attempt_date
        self.control.inject("error", "messages.send", error="invalidArgument")
        self.later()
        self.assertEqual(self.row.state, "failed")
        self.assertEqual(self.row.attempt_date, begun)

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
