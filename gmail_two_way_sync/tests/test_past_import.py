"""Past mail: a contact's earlier mail, on demand (E5)."""

from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, freeze_time

from ..models import gmail_past_import_run
from .common import ANNA, BEN, CUSTOMER, mail
from .mail_in_common import MailInCase

DAY = 86_400_000
CRON = "ir_cron_gmail_past_import"


class PastCase(MailInCase):
    def past(self, days, **content):
        """A message that lay in the mailbox before the import."""
        at = self.control.now_ms() - days * DAY
        message = self.receive(internal_date=at, **content)
        self.account.history_id = self.control.account(ANNA)["history_id"]
        return message

    def counted(self, partner=None, user=None, **values):
        partner = partner or self.customer
        values.setdefault("period", "all")
        past_import = (
            self.env["gmail.past.import"]
            .with_user(user or self.anna)
            .create({"partner_id": partner.id, **values})
        )
        self.request(past_import, "action_count")
        return past_import

    def request(self, records, method):
        """Call a method that commits, in a transaction of its own as a server does."""
        self.env.flush_all()
        with self.enter_registry_test_mode(), self.registry.cursor() as cr:
            result = getattr(records.with_env(records.env(cr=cr)), method)()
        self.env.invalidate_all()
        return result

    def imported(self, **values):
        past_import = self.counted(**values)
        past_import.action_start()
        self.work()
        return past_import

    def work(self):
        self.run_cron(CRON)

    def let_time_pass(self, past_import):
        past_import.sudo().write({"retry_after": False, "last_step_date": False})
        rows = past_import.sudo().row_ids
        rows.filtered("retry_after").retry_after = False


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


class TestPastRules(PastCase):
    def test_c3_e5_assigned_to_a_colleague(self):
        self.customer.user_id = self.ben
        self.past(3)
        past_import = self.counted()
        self.assertIn("Ben Holt", past_import.warning)
        past_import.action_start()
        self.work()
        self.assertEqual(past_import.skipped_count, 1)
        self.assertEqual(past_import.row_ids.reason, "assigned_elsewhere")
        self.assertFalse(past_import.row_ids.email_from)
        self.assertFalse(self.emails_of(self.customer))

    def test_c2_e5_bound_conversation_of_a_colleagues_contact(self):
        first = self.receive(subject="bound")
        self.sync()
        self.past(3, subject="earlier", thread_id=first["thread_id"])
        self.customer.user_id = self.ben
        self.imported()
        self.assertEqual(self.subjects_of(self.customer), ["bound", "earlier"])

    def test_e5_warnings(self):
        partner = self.customer
        for name, change, words in (
            ("own", {}, None),
            ("nobody's", {"user_id": False}, None),
            ("second", {"email": "dora@customer.example"}, None),
            ("colleague", {"email": BEN}, "colleague"),
        ):
            with self.subTest(name):
                partner.write(change)
                warning = (
                    self.env["gmail.past.import"]
                    .with_user(self.anna)
                    .new({"partner_id": partner.id})
                    .warning
                )
                self.assertEqual(bool(warning), bool(words))
                self.assertIn(words or "", warning or "")

    def test_c9_e5_address_of_an_older_contact(self):
        double = self.contact("Carla again", CUSTOMER)
        self.past(3)
        past_import = self.counted(partner=double)
        self.assertIn("Carla Custo", past_import.warning)

    def test_c3_c9_e5_address_of_a_colleagues_older_contact(self):
        self.customer.user_id = self.ben
        double = self.contact("Carla again", CUSTOMER, user_id=self.anna.id)
        past_import = self.counted(partner=double)
        self.assertEqual(past_import.warning, "Carla Custo is assigned to Ben Holt.")

    def test_c4_c17_c1_e5(self):
        self.env["gmail.blocklist"].create({"value": CUSTOMER, "user_id": self.anna.id})
        self.past(3)
        self.past(2, labels=["SPAM"])
        self.past(2, labels=["TRASH"])
        self.past(1, labels=["DRAFT"], sender=ANNA, to=CUSTOMER)
        past_import = self.imported()
        self.assertEqual(past_import.found_count, 1)
        self.assertEqual(past_import.row_ids.mapped("reason"), ["blocklisted"])

    def test_c13_e5_known_ones_are_not_doubled(self):
        known = self.receive(subject="known")
        self.sync()
        self.past(3, subject="old")
        past_import = self.imported()
        self.assertEqual(past_import.known_count, 1)
        self.assertEqual(past_import.total_count, 1)
        self.assertEqual(self.subjects_of(self.customer), ["known", "old"])
        self.assertFalse(self.row(known).past_import_id)
        again = self.imported()
        self.assertEqual((again.known_count, again.total_count), (2, 0))
        self.assertEqual(again.state, "done")
        self.assertEqual(len(self.emails_of(self.customer)), 2)

    def test_c13_e5_through_a_colleagues_mailbox(self):
        self.connect(self.ben, BEN)
        raw = mail(CUSTOMER, f"{ANNA}, {BEN}", Message_ID="<both@mail.example>")
        at = self.control.now_ms() - DAY
        self.control.deliver(ANNA, raw, internal_date=at)
        self.control.deliver(BEN, raw, internal_date=at)
        self.customer.user_id = False
        self.imported()
        self.imported(user=self.ben)
        self.assertEqual(len(self.emails_of(self.customer)), 1)
        self.assertEqual(len(self.emails_of(self.customer).gmail_message_ids), 2)

    def test_e7_e5_deleted_in_odoo_stays_deleted(self):
        message = self.receive(subject="unwanted")
        self.sync()
        self.emails_of(self.customer).unlink()
        past_import = self.imported()
        self.assertEqual(self.outcome(message), "deleted")
        self.assertEqual((past_import.imported_count, past_import.state), (0, "done"))
        self.assertFalse(self.emails_of(self.customer))

    def test_e5_skipped_before_the_contact_was_there(self):
        message = self.receive(sender="new@prospect.example", subject="first words")
        self.sync()
        self.assertEqual(self.outcome(message), "no_contact")
        partner = self.contact("New", "new@prospect.example", user_id=self.anna.id)
        self.imported(partner=partner)
        self.assertEqual(self.outcome(message), "imported")
        self.assertEqual(self.subjects_of(partner), ["first words"])

    def test_e5_later_replies_follow(self):
        old = self.past(30, subject="old")
        self.imported()
        self.assertEqual(
            self.thread_of(old)._record(), ("res.partner", self.customer.id)
        )
        self.customer.user_id = self.ben  # only the conversation brings it in now
        self.receive(subject="Re: old", thread_id=old["thread_id"])
        self.sync()
        self.assertEqual(self.subjects_of(self.customer), ["old", "Re: old"])

    def test_a5_the_sync_itself_imports_nothing_older(self):
        at = self.control.now_ms() - 30 * DAY
        self.account.action_disconnect()
        self.receive(internal_date=at)
        self.account = self.connect(self.anna, ANNA)
        self.sync()
        self.assertFalse(self.emails_of(self.customer))
        self.imported()
        self.assertTrue(self.emails_of(self.customer))

    def test_c19_c20_e5_reads_and_keeps_no_more_than_needed(self):
        self.past(3, subject="mine")
        other = self.past(2, sender="x@unknown.example", Cc=CUSTOMER)
        self.control.clear_requests()
        self.imported()
        formats = [
            each["format"]
            for each in self.control.requests("messages.get")
            if each["message_id"] == other["id"]
        ]
        self.assertEqual(formats, ["metadata"])
        row = self.row(other)
        self.assertEqual(row.reason, "no_contact")
        self.assertFalse(row.email_from or row.rfc_message_id or row.date)
        self.assertNotIn("messages.modify", self.control.counts(ANNA))


class TestPastRuns(PastCase):
    def test_e5_cancelled_leaves_nothing_behind(self):
        for n in range(3):
            self.past(n + 1, subject=str(n))
        past_import = self.counted()
        past_import.action_start()
        self.env["ir.config_parameter"].set_param(
            "gmail_two_way_sync.past_per_minute", "1"
        )
        self.work()
        self.assertEqual(len(past_import.row_ids), 3)
        past_import.action_cancel()
        self.work()
        self.assertEqual(past_import.state, "cancelled")
        self.assertFalse(self.rows(self.account))
        self.assertFalse(self.emails_of(self.customer))

    def test_e5_one_import_per_contact_and_mailbox(self):
        past_import = self.counted()
        action = self.customer.with_user(self.anna).action_gmail_import_past()
        self.assertEqual(action["res_id"], past_import.id)
        again = self.env["gmail.past.import"].with_user(self.anna)
        again = again.create({"partner_id": self.customer.id})
        action = self.request(again, "action_count")
        self.assertEqual((action["res_id"], again.state), (past_import.id, "draft"))

    def test_e5_page_token_that_gmail_forgot(self):
        self.past(3)
        past_import = self.counted()
        past_import.action_start()
        past_import.sudo().page_token = "forgotten"
        with self.control.fault(
            "error", "messages.list", status=400, reason="badRequest", times=1
        ):
            self.work()
        self.assertEqual(
            (past_import.state, past_import.page_token), ("running", False)
        )
        self.let_time_pass(past_import)
        self.work()
        self.assertEqual(past_import.state, "done")

    def test_e5_rate_limit_waits_and_the_sync_does_not(self):
        self.past(3, subject="old")
        past_import = self.counted()
        past_import.action_start()
        with self.control.fault(
            "error", "messages.list", error="retryAfterMessage", retry_seconds=900
        ):
            self.work()
        self.assertEqual(past_import.state, "running")
        self.assertGreater(
            past_import.retry_after, fields.Datetime.now() + timedelta(minutes=10)
        )
        self.assertIn("wait", past_import.error)
        self.receive(subject="new")
        self.sync()
        self.assertEqual(self.subjects_of(self.customer), ["new"])
        self.let_time_pass(past_import)
        self.work()
        self.assertEqual(past_import.state, "done")
        self.assertFalse(past_import.error)

    def test_e5_message_that_cannot_be_had_comes_later(self):
        good, bad = self.past(3, subject="good"), self.past(2, subject="bad")
        past_import = self.counted()
        past_import.action_start()
        self.control.inject("error", "messages.get", status=500, message_id=bad["id"])
        self.work()
        self.assertEqual(past_import.state, "running")
        self.assertEqual(self.outcome(good), "imported")
        self.let_time_pass(past_import)
        self.work()
        self.assertEqual(past_import.state, "done")
        self.assertEqual(self.subjects_of(self.customer), ["good", "bad"])

    def test_e5_a8_reconnect_needed_waits(self):
        self.past(3, subject="old")
        past_import = self.counted()
        past_import.action_start()
        self.control.change_password(ANNA)
        self.control.expire_access_tokens(ANNA)
        self.work()
        self.assertEqual(self.account.state, "reconnect")
        self.assertEqual(past_import.state, "running")
        self.connect(self.anna, ANNA)
        self.let_time_pass(past_import)
        self.work()
        self.assertEqual(past_import.state, "done")
        self.assertEqual(self.subjects_of(self.customer), ["old"])

    def test_e5_a6_a7_ends_with_words(self):
        self.control.create_account("anna2@northwind.example", "Anna", kind="workspace")
        for name, end in (
            ("disconnect", self.account.action_disconnect),
            ("change", lambda: self.connect(self.anna, "anna2@northwind.example")),
        ):
            with self.subTest(name):
                self.account = self.connect(self.anna, ANNA)
                past_import = self.counted()
                past_import.action_start()
                end()
                self.assertEqual(past_import.state, "failed")
                self.assertIn("disconnected", past_import.error)

    def test_e5_e7_contacts_merged_meanwhile(self):
        double = self.contact("Carla again", "c@home.example", user_id=self.anna.id)
        self.past(3, subject="one")
        self.past(2, sender="c@home.example", subject="two")
        first, second = self.counted(), self.counted(partner=double)
        first.action_start()
        second.action_start()
        merge = self.env["base.partner.merge.automatic.wizard"]
        merge._merge((self.customer | double).ids, self.customer)
        self.assertEqual((first.state, second.state), ("running", "cancelled"))
        self.work()
        self.assertEqual(first.state, "done")
        self.imported()
        self.assertEqual(self.subjects_of(self.customer), ["one", "two"])

    def test_e5_contact_deleted_meanwhile(self):
        partner = self.contact("Gone", "gone@customer.example", user_id=self.anna.id)
        message = self.past(3, sender="gone@customer.example")
        past_import = self.counted(partner=partner)
        past_import.action_start()
        partner.unlink()
        self.work()
        self.assertEqual(
            (past_import.state, self.outcome(message)), ("done", "no_contact")
        )

    def test_e5_two_contacts_one_after_the_other(self):
        other = self.contact("Dora", "dora@customer.example", user_id=self.anna.id)
        self.past(3, subject="Carla's")
        self.past(2, sender="dora@customer.example", subject="Dora's")
        first, second = self.counted(), self.counted(partner=other)
        first.action_start()
        second.action_start()
        self.work()
        self.assertEqual((first.state, second.state), ("done", "running"))
        self.work()
        self.assertEqual(second.state, "done")
        self.assertEqual(self.subjects_of(other), ["Dora's"])

    def test_e5_mail_that_cannot_be_found_any_more_is_not_waited_for(self):
        message = self.past(3)
        past_import = self.counted()
        self.control.delete(ANNA, message["id"])
        past_import.action_start()
        self.work()
        self.assertEqual(past_import.state, "done")
        self.assertEqual(past_import.total_count, 0)

    def test_e5_counting_in_steps(self):
        raws = [mail(CUSTOMER, ANNA, str(n)) for n in range(505)]
        at = self.control.now_ms() - 5 * DAY
        self.control.deliver_many(ANNA, raws, internal_date=at)
        with patch.object(gmail_past_import_run, "COUNT_SECONDS", 0):
            past_import = self.counted()
            self.assertEqual(
                (past_import.state, past_import.found_count), ("counting", 500)
            )
            self.assertEqual(self.request(past_import, "action_count_on"), "ready")
        self.assertEqual(past_import.found_count, 505)

    def test_e5_nothing_of_the_past_import_delays_a_sync(self):
        self.past(3)
        past_import = self.counted()
        past_import.action_start()
        until = fields.Datetime.now() + timedelta(minutes=10)
        past_import.sudo().write({"lease_until": until, "lease_key": "other"})
        new = self.receive()
        self.sync()
        self.assertEqual(self.outcome(new), "imported")


class TestPastAccess(PastCase):
    def test_e5_only_from_the_own_mailbox(self):
        past_import = self.counted()
        for name in ("read", "action_start", "action_cancel", "action_change_period"):
            for user in (self.ben, self.user_admin):
                with (
                    self.subTest(name, user=user.login),
                    self.assertRaises(AccessError),
                ):
                    getattr(past_import.with_user(user), name)()
        for name in ("action_count", "action_count_on"):
            with self.subTest(name), self.assertRaises(AccessError):
                self.request(past_import.with_user(self.ben), name)
        with self.assertRaises(AccessError):
            self.env["gmail.past.import"].with_user(self.ben).with_context(
                default_account_id=self.account.id
            ).create({"partner_id": self.customer.id})

    def test_e5_nobody_writes_what_the_work_writes(self):
        past_import = self.counted()
        for name, value in (
            ("state", "running"),
            ("query", "in:anywhere"),
            ("account_id", self.account.id),
            ("retry_after", False),
        ):
            with self.subTest(name), self.assertRaises(AccessError):
                past_import.write({name: value})

    def test_e5_needs_a_mailbox_and_an_address(self):
        with self.assertRaises(UserError):
            self.customer.with_user(self.ben).action_gmail_import_past()
        without = self.contact("Nobody", False)
        with self.assertRaises(UserError):
            without.with_user(self.anna).action_gmail_import_past()
        partner = self.customer.with_user(self.anna)
        self.assertTrue(partner.gmail_can_import_past)
        self.assertFalse(self.customer.with_user(self.ben).gmail_can_import_past)
        self.assertFalse(without.with_user(self.anna).gmail_can_import_past)

    def test_e5_dialog(self):
        action = self.customer.with_user(self.anna).action_gmail_import_past()
        model = self.env["gmail.past.import"].with_user(self.anna)
        form = Form(model.with_context(**action["context"]))
        form.period = "year"
        past_import = form.save()
        self.assertEqual(past_import.account_id.sudo(), self.account)
        self.assertEqual(past_import.partner_id, self.customer)

    @freeze_time("2026-01-31 12:00:00")
    def test_e5_ended_ones_go_running_ones_stay(self):
        other = self.contact("Dora", "dora@customer.example")
        running, done = self.counted(), self.imported(partner=other)
        running.action_start()
        self.assertEqual(done.state, "done")
        with freeze_time("2026-03-03 12:00:00"):
            self.env["gmail.past.import"]._gc_ended()
        self.assertTrue(running.exists())
        self.assertFalse(done.exists())
