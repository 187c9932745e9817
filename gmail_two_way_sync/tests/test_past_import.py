"""Past mail: a contact's earlier mail, on demand, in silence (E5)."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.tests import freeze_time

from .common import ANNA, CUSTOMER, mail
from .past_import_common import CRON, DAY, PastCase


class TestPastImport(PastCase):
    def test_e5_both_directions_in_order_with_dates(self):
        old = self.past(40, subject="old")
        sent = self.past(39, sender=ANNA, to=CUSTOMER, subject="answer")
        new = self.past(2, subject="new")
        past_import = self.counted()
        self.assertEqual((past_import.state, past_import.found_count), ("ready", 3))
        self.assertFalse(self.rows(self.account))
        past_import.action_start()
        self.work()
        self.assertEqual(past_import.state, "done")
        self.assertEqual(past_import.imported_count, 3)
        self.assertEqual(past_import.progress, 100)
        self.assertEqual(self.subjects_of(self.customer), ["old", "answer", "new"])
        emails = self.emails_of(self.customer)
        self.assertEqual(
            emails.mapped("author_id"), self.customer | self.anna.partner_id
        )
        dates = [self.row(each).date for each in (old, sent, new)]
        self.assertEqual(
            emails.mapped("date"), [each.replace(microsecond=0) for each in dates]
        )
        self.assertLess(dates[0], fields.Datetime.now() - timedelta(days=39))
        self.assertEqual(self.row(sent).direction, "out")

    def test_e5_other_addresses_and_nothing_else(self):
        self.customer.other_email_ids = [
            fields.Command.create({"email": "carla@home.example"})
        ]
        self.past(5, sender="carla@home.example", subject="from home")
        self.past(4, sender="x@unknown.example", subject="noise")
        self.past(3, sender="x@unknown.example", subject="copy", Cc=CUSTOMER)
        past_import = self.imported()
        self.assertEqual(self.subjects_of(self.customer), ["from home"])
        self.assertEqual(past_import.found_count, 2)
        self.assertEqual(past_import.skipped_count, 1)

    def test_c18_e5_consumer_spellings(self):
        partner = self.contact("Jo", "jo.hn@gmail.com", user_id=self.anna.id)
        self.past(3, sender="john@googlemail.com", subject="no dots")
        self.imported(partner=partner)
        self.assertEqual(self.subjects_of(partner), ["no dots"])

    def test_e5_periods(self):
        for days in (10, 60, 200, 800):
            self.past(days, subject=str(days))
        for period, expected in (
            ("month", 1),
            ("quarter", 2),
            ("year", 3),
            ("all", 4),
        ):
            with self.subTest(period):
                past_import = self.counted(period=period)
                self.assertEqual(past_import.found_count, expected)
                past_import.action_cancel()

    def test_e5_own_dates_are_days_of_the_user(self):
        self.anna.tz = "Asia/Tokyo"
        for hour, subject in (
            (14, "before"),
            (15, "first"),
            (38, "last"),
            (39, "after"),
        ):
            at = fields.Datetime.to_datetime("2026-03-01") + timedelta(hours=hour)
            ms = int((at - fields.Datetime.to_datetime("1970-01-01")).total_seconds())
            self.receive(internal_date=ms * 1000, subject=subject)
        past_import = self.imported(
            period="dates", date_from="2026-03-02", date_to="2026-03-02"
        )
        self.assertEqual(self.subjects_of(self.customer), ["first", "last"])
        self.assertEqual(past_import.state, "done")

    def test_e5_dates_that_make_no_sense(self):
        for values in (
            {"period": "dates"},
            {"period": "dates", "date_from": "2026-03-02", "date_to": "2026-03-01"},
        ):
            with self.subTest(values), self.assertRaises(ValidationError):
                self.counted(**values)

    def test_e5_more_than_a_page(self):
        raws = [
            mail(CUSTOMER, ANNA, str(n), Message_ID=f"<{n}@mail.example>")
            for n in range(505)
        ]
        at = self.control.now_ms() - 5 * DAY
        self.control.deliver_many(ANNA, raws, internal_date=at)
        past_import = self.counted()
        self.assertEqual(past_import.found_count, 505)
        past_import.action_start()
        self.work()
        self.assertEqual(past_import.state, "running")
        self.assertEqual(past_import.total_count, 505)
        self.assertEqual(past_import.read_count, 50)

    def test_e5_quota_is_left_for_the_rest(self):
        for n in range(6):
            self.past(n + 1, subject=str(n))
        past_import = self.counted()
        past_import.action_start()
        parameters = self.env["ir.config_parameter"]
        parameters.set_param("gmail_two_way_sync.past_per_minute", "1")
        seen = []
        for _minute in range(3):
            self.work()
            seen.append(past_import.progress)
            self.assertEqual(past_import.state == "running", len(seen) < 2)
            self.work()  # too early
            self.let_time_pass(past_import)
        self.assertEqual(seen, [50, 100, 100])
        self.assertEqual(len(self.emails_of(self.customer)), 6)

    def test_e5_allowance_grows_with_time(self):
        past_import = self.counted().sudo()
        now = fields.Datetime.now()
        for seconds, expected in ((None, 37), (0, 1), (15, 37), (60, 150), (900, 150)):
            with self.subTest(seconds), freeze_time(now):
                past_import.last_step_date = seconds is not None and (
                    now - timedelta(seconds=seconds)
                )
                self.assertEqual(past_import._allowance(), expected)

    def test_e5_who_looks_has_it_go_on(self):
        past_import = self.counted()
        cron = self.env.ref(f"gmail_two_way_sync.{CRON}")
        triggers = self.env["ir.cron.trigger"]
        for name, act, times in (
            ("not started", lambda: None, 0),
            ("started", past_import.action_start, 2),
            ("too early", lambda: self.let_wait(past_import), 0),
        ):
            triggers.search([("cron_id", "=", cron.id)]).unlink()
            act()
            past_import.action_go_on()
            with self.subTest(name):
                count = triggers.search_count([("cron_id", "=", cron.id)])
                self.assertEqual(count, times)

    def let_wait(self, past_import):
        past_import.sudo().retry_after = fields.Datetime.now() + timedelta(hours=1)


class TestPastSilence(PastCase):
    def test_e5_c15_nobody_is_notified(self):
        self.ben.notification_type = "inbox"
        self.customer.message_subscribe((self.ben.partner_id | self.customer).ids)
        self.past(3, subject="old")
        before = self.env["bus.bus"].search([])
        with self.mock_mail_gateway():
            self.imported()
        self.assertEqual(self.subjects_of(self.customer), ["old"])
        self.assertNotSentEmail()
        message = self.emails_of(self.customer)
        self.assertFalse(message.notification_ids)
        notices = self.env["bus.bus"].search([]) - before
        self.assertFalse(
            [each for each in notices if f"{self.ben.partner_id.id}]" in each.channel]
        )

    def test_e5_nearest_negative_new_mail_notifies(self):
        self.ben.notification_type = "inbox"
        self.customer.message_subscribe(self.ben.partner_id.ids)
        self.receive(subject="new")
        self.sync()
        message = self.emails_of(self.customer)
        self.assertEqual(message.notification_ids.res_partner_id, self.ben.partner_id)

    def test_e5_new_mail_that_waits_is_the_syncs(self):
        """What arrives meanwhile is news, whoever finds it first."""
        self.ben.notification_type = "inbox"
        self.customer.message_subscribe(self.ben.partner_id.ids)
        past_import = self.counted()
        past_import.action_start()
        new = self.receive(subject="new")
        past_import.sudo()._mailbox()._queue({new["id"]: new["thread_id"]})
        self.row(new).past_import_id = past_import
        past_import.action_cancel()
        self.sync()
        self.work()
        self.assertFalse(self.row(new).past_import_id)
        self.assertEqual(self.subjects_of(self.customer), ["new"])
        self.assertTrue(self.emails_of(self.customer).notification_ids)
