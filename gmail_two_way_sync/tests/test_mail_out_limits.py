"""Daily limit (B5) and size (B6)."""

from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import UserError
from odoo.fields import Command

from .common import ANNA, CUSTOMER
from .test_mail_out_content import MailOutCase

MEGABYTE = 1024 * 1024


class TestDailyLimit(MailOutCase):
    def write(self, *, at=None):
        """Anna posts, and the worker comes; the message."""
        with freeze_time(at or fields.Datetime.now()):
            message = self.post(self.customer, self.anna)
            self.send_waiting()
        return message

    def again(self, message, at):
        with freeze_time(at):
            message.with_user(self.anna).action_gmail_send_again()
            self.send_waiting()

    def status(self, message):
        return message.notification_ids.notification_status

    def in_gmail(self, to="friend@private.example"):
        return self.control.send(ANNA, to=to, subject="Hi", text="Private")

    def assert_over_limit(self, message):
        row = message.sudo().gmail_message_ids
        self.assertEqual(row.state, "failed")
        self.assertEqual(self.status(message), "exception")
        reason = message.notification_ids.failure_reason
        self.assertIn("as many messages as it may in 24 hours", reason)
        self.assertGreater(row.retry_after, fields.Datetime.now())
        self.assertEqual(message.sudo().mail_ids.failure_reason, reason)
        return row.retry_after

    def test_b5_default_limit(self):
        self.assertEqual(self.account._limit(), 500)

    def test_b5_limit_of_the_database_and_of_the_connection(self):
        self.env["ir.config_parameter"].set_param("gmail_two_way_sync.daily_limit", "9")
        self.assertEqual(self.account._limit(), 9)
        self.account.daily_limit = 3
        self.assertEqual(self.account._limit(), 3)

    def test_b5_beyond_the_limit_it_stays_and_says_so(self):
        self.account.daily_limit = 2
        for _number in range(2):
            self.assertEqual(self.status(self.write()), "sent")
        message = self.write()
        self.assert_over_limit(message)
        self.assertEqual(len(self.inbox(CUSTOMER)), 2)
        self.assertTrue(message.exists())
        self.assertEqual(self.account.sent_last_day, 2)

    def test_b5_send_again_from_the_time_that_it_names(self):
        self.account.daily_limit = 1
        self.write()
        message = self.write()
        at = self.assert_over_limit(message)
        day = timedelta(days=1)
        self.assertAlmostEqual(
            at, fields.Datetime.now() + day, delta=timedelta(minutes=2)
        )
        self.again(message, fields.Datetime.now())
        self.assert_over_limit(message)
        self.again(message, at + timedelta(minutes=1))
        self.assertEqual(self.status(message), "sent")
        self.assertEqual(len(self.inbox(CUSTOMER)), 2)

    def test_b5_time_in_the_authors_time_zone(self):
        self.anna.tz = "Asia/Tokyo"
        self.account.daily_limit = 1
        self.write()
        message = self.write()
        self.assertIn("(Asia/Tokyo)", message.notification_ids.failure_reason)

    def test_b5_what_was_sent_in_gmail_counts(self):
        self.account.daily_limit = 2
        self.in_gmail()
        self.in_gmail(CUSTOMER)
        message = self.write()
        self.assert_over_limit(message)
        self.sync()
        self.assertEqual(self.account.sent_last_day, 2)

    def test_b5_private_mail_is_counted_and_nothing_of_it_kept(self):
        self.sync()
        self.assertEqual(self.account.sent_last_day, 0)
        self.in_gmail()
        self.sync()
        self.assertEqual(self.account.sent_last_day, 1)
        [row] = self.rows(self.account, state="skipped")
        self.assertFalse(row.direction or row.date or row.email_to)

    def test_b5_what_was_received_does_not_count(self):
        self.account.daily_limit = 1
        self.control.send(CUSTOMER, to=ANNA, subject="Hi", text="Hello")
        self.sync()
        self.assertEqual(self.account.sent_last_day, 0)
        self.assertEqual(self.status(self.write()), "sent")

    def test_b5_rolling_not_by_calendar_day(self):
        self.account.daily_limit = 1
        self.write()
        now = fields.Datetime.now()
        self.assert_over_limit(self.write(at=now + timedelta(hours=23)))
        late = self.write(at=now + timedelta(hours=25))
        self.assertEqual(self.status(late), "sent")

    def test_b5_far_from_the_limit_gmail_is_not_asked(self):
        self.sync()
        self.control.clear_requests()
        self.write()
        self.assertEqual(self.control.counts().get("messages.list", 0), 0)

    def test_b5_gmails_search_lags(self):
        self.control.set(search_lag=3600)
        self.account.daily_limit = 2
        self.write()
        self.write()
        self.assert_over_limit(self.write())

    def test_b5_googles_own_limit_is_the_same(self):
        self.control.set_sending_limit(ANNA, 1)
        self.write()
        message = self.write()
        self.assert_over_limit(message)
        self.control.set_sending_limit(ANNA, 2000)
        self.again(message, fields.Datetime.now())
        self.assertEqual(self.status(message), "sent")
        self.assertEqual(len(self.inbox(CUSTOMER)), 2)

    def test_b5_never_by_another_server(self):
        self.account.daily_limit = 1
        self.write()
        with self.mock_mail_gateway():
            self.write()
            self.env["mail.mail"].process_email_queue()
        self.assertNotIn(CUSTOMER, str([each["email_to"] for each in self._mails]))


class TestSize(MailOutCase):
    def file(self, size, name="big.bin"):
        return self.attach(name, bytes(size))

    def messages(self):
        return self.customer.message_ids.filtered(
            lambda each: each.message_type == "comment"
        )

    def assert_refused(self, post, size):
        with self.assertRaisesRegex(UserError, size), self.env.cr.savepoint():
            post()
        self.assertFalse(self.messages())
        self.assertFalse(self.rows(self.account))

    def test_b6_too_big_for_the_chatter(self):
        file = self.file(20 * MEGABYTE)
        self.assert_refused(
            lambda: self.post(self.customer, self.anna, attachment_ids=file.ids),
            "27.4 MB",
        )
        self.assertEqual(
            file.res_model, "mail.compose.message", "still in the composer"
        )

    def test_b6_just_small_enough(self):
        file = self.file(18 * MEGABYTE)
        self.post(self.customer, self.anna, attachment_ids=file.ids)
        self.send_waiting()
        [message] = self.inbox(CUSTOMER)
        [part] = message.iter_attachments()
        self.assertEqual(len(part.get_content()), 18 * MEGABYTE)

    def test_b6_several_files_together(self):
        files = self.file(10 * MEGABYTE, "a.bin") | self.file(10 * MEGABYTE, "b.bin")
        self.assert_refused(
            lambda: self.post(self.customer, self.anna, attachment_ids=files.ids),
            "27.4 MB",
        )

    def test_b6_inline_image_counts(self):
        file = self.file(20 * MEGABYTE, "big.png")
        self.assert_refused(
            lambda: self.post(
                self.customer, self.anna, body=f'<img src="/web/image/{file.id}">'
            ),
            "27.4 MB",
        )

    def composer(self, file, **values):
        composer = (
            self.env["mail.compose.message"]
            .with_user(self.anna)
            .create(
                {
                    "model": "res.partner",
                    "res_ids": repr(self.customer.ids),
                    "body": "<p>Big</p>",
                    "attachment_ids": [Command.set(file.ids)],
                    **values,
                }
            )
        )
        # What nobody chose is computed later, by whoever flushes: not by Anna here.
        composer.write(
            {
                "author_id": self.anna.partner_id.id,
                "email_from": self.anna.email_formatted,
                "partner_ids": [Command.set(self.customer.ids)],
            }
        )
        return composer

    def test_b6_too_big_for_the_composer(self):
        composer = self.composer(self.file(20 * MEGABYTE))
        self.assert_refused(composer.action_send_mail, "27.4 MB")
        self.assertEqual(composer.body, "<p>Big</p>")
        self.assertTrue(composer.attachment_ids)

    def test_b4_b6_too_big_to_be_scheduled(self):
        tomorrow = fields.Datetime.now() + timedelta(days=1)
        composer = self.composer(self.file(20 * MEGABYTE), scheduled_date=tomorrow)
        self.assert_refused(composer.action_schedule_message, "27.4 MB")
        self.assertFalse(self.env["mail.scheduled.message"].search([]))

    def test_b4_b6_too_big_to_be_notified_later(self):
        tomorrow = fields.Datetime.now() + timedelta(days=1)
        file = self.file(20 * MEGABYTE)
        self.assert_refused(
            lambda: self.post(
                self.customer,
                self.anna,
                attachment_ids=file.ids,
                scheduled_date=tomorrow,
            ),
            "27.4 MB",
        )

    def test_b6_notes_may_be_big(self):
        tomorrow = fields.Datetime.now() + timedelta(days=1)
        note = self.env.ref("mail.mt_note").id
        file = self.file(20 * MEGABYTE)
        composer = self.composer(file, subtype_id=note, scheduled_date=tomorrow)
        composer.action_schedule_message()
        self.assertTrue(self.env["mail.scheduled.message"].search([]))

    def test_b6_without_a_mailbox_it_is_odoos_business(self):
        self.account.action_disconnect()
        file = self.file(20 * MEGABYTE)
        self.post(self.customer, self.anna, attachment_ids=file.ids)
        self.assertTrue(self.messages())
