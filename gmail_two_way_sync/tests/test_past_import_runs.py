"""Past mail: what happens meanwhile, and who may have it (E5)."""

from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, RedirectWarning, UserError
from odoo.tests import Form, freeze_time

from ..models import gmail_past_import_run
from ..models.res_users import START_ROUTE
from .common import ANNA, CUSTOMER, mail
from .past_import_common import DAY, PastCase


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
        with self.assertRaises(RedirectWarning) as refusal:
            self.customer.with_user(self.ben).action_gmail_import_past()
        self.assertEqual(refusal.exception.args[1]["url"], START_ROUTE)
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
