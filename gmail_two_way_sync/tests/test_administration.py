"""What administrators see: set-up, mailboxes, statistics, blocklist (A9, A10, F2)."""

from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, HttpCase, tagged
from odoo.tools import config, mute_logger

from ..tools.vault import KEY_OPTION
from .common import ANNA, BEN, CLIENT_ID, CLIENT_SECRET, GmailCase
from .mail_in_common import MailInCase

TOPIC = "projects/test/topics/gmail"
KEY = "dGVzdC10ZXN0LXRlc3QtdGVzdC10ZXN0LXRlc3QtdGU="


class AdministrationCase(GmailCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set_parameter("web.base.url", "https://odoo.northwind.example")
        companies = cls.env["res.company"].search([])
        companies.alias_domain_id = cls.mail_alias_domain

    def setUp(self):
        super().setUp()
        late = self.env["ir.cron"].search([("cron_name", "like", "Gmail 2-Way")])
        late.nextcall = fields.Datetime.now()

    @classmethod
    def set_parameter(cls, name, value):
        full = name if name.startswith("web.") else f"gmail_two_way_sync.{name}"
        cls.env["ir.config_parameter"].set_param(full, value)

    def findings(self):
        """What each check found: outcome and words by its name."""
        action = self.env["gmail.setup.check"].with_user(self.user_admin).action_check()
        check = self.env["gmail.setup.check"].browse(action["res_id"])
        return {line.name: (line.outcome, line.words) for line in check.line_ids}

    def assertFinding(self, name, outcome, words=""):
        found = self.findings()[name]
        self.assertEqual(found[0], outcome, found)
        self.assertIn(words, found[1])


class TestSetupCheck(AdministrationCase):
    def test_a9_all_is_well(self):
        found = self.findings()
        self.assertEqual({outcome for outcome, _words in found.values()}, {"fine"})
        self.assertEqual(len(found), 9)

    def test_a9_empty_database(self):
        self.set_parameter("client_id", "")
        self.set_parameter("client_secret", "")
        self.assertFinding("Client ID", "to_do", "Google's console")
        self.assertFinding("Client secret", "to_do")
        self.assertFinding("Google accepts the client", "look")

    def test_a9_mistyped_client(self):
        self.set_parameter("client_id", "no-client")
        self.set_parameter("client_secret", f" {CLIENT_SECRET}")
        self.assertFinding("Client ID", "look", "apps.")
        self.assertFinding("Client secret", "to_do", "spaces")
        self.assertFinding("Google accepts the client", "to_do", "invalid_client")

    def test_a9_wrong_secret(self):
        self.set_parameter("client_secret", "another")
        self.assertFinding("Google accepts the client", "to_do", "invalid_client")

    def test_a9_address_that_google_refuses(self):
        self.set_parameter("web.base.url", "http://odoo.northwind.example")
        self.assertFinding("Address of this database", "to_do", "http://odoo.north")

    def test_a9_google_cannot_be_reached(self):
        self.set_parameter("google_base_url", "http://127.0.0.1:9")
        self.assertFinding("Google can be reached", "to_do", "googleapis.com")
        self.assertFinding("Google accepts the client", "look")
        self.assertFinding("Scheduled actions", "fine")

    def test_a9_scheduled_actions(self):
        cron = self.env.ref("gmail_two_way_sync.ir_cron_gmail_send")
        cron.nextcall = fields.Datetime.now() - timedelta(hours=2)
        self.assertFinding("Scheduled actions", "to_do", "max_cron_threads")
        cron.active = False
        self.assertFinding("Scheduled actions", "to_do", "send what waits")

    def test_a9_alias_domain(self):
        self.company_admin.alias_domain_id = False
        found = self.company_admin.name
        self.assertFinding("Auto-BCC addresses", "look", found)

    def test_a9_f3_key(self):
        self.assertFinding("Key for the tokens", "fine", "data directory")
        self.connect(self.anna, ANNA)
        with patch.dict(config.options, {KEY_OPTION: KEY}):
            self.assertFinding("Key for the tokens", "to_do", ANNA)
            self.env["gmail.account"]._live_of(self.anna).action_disconnect()
            self.assertFinding("Key for the tokens", "fine", "configuration")

    def test_a9_f2_push(self):
        self.assertFinding("Push", "fine", "Off")
        self.set_parameter("pubsub_topic", "gmail")
        self.assertFinding("Push", "to_do", "projects/")
        self.set_parameter("pubsub_topic", TOPIC)
        self.assertFinding("Push", "to_do", "service account")
        self.set_parameter("push_service_account", "push@test.example")
        self.assertFinding("Push", "look", "No push has come")
        account = self.connect(self.anna, ANNA)
        self.env["gmail.account"]._note_push(ANNA, 1)
        self.sync()
        self.assertFinding("Push", "fine", "1 of 1")
        account.watch_error = "Google refused"
        self.assertFinding("Push", "to_do", "Google refused")

    @mute_logger("odoo.addons.gmail_two_way_sync.wizards.gmail_setup_check")
    def test_a9_a_check_that_breaks_stops_no_other(self):
        self.env.ref("gmail_two_way_sync.ir_cron_gmail_send").unlink()
        self.assertFinding("Scheduled actions", "to_do")
        self.assertFinding("Push", "fine")

    def test_a9_only_administrators(self):
        with self.assertRaises(AccessError):
            self.env["gmail.setup.check"].with_user(self.anna).action_check()


class TestSettings(AdministrationCase):
    def test_a9_saved_and_checked_at_once(self):
        self.set_parameter("client_id", "")
        settings = self.env["res.config.settings"].with_user(self.user_admin)
        form = Form(settings)
        form.gmail_two_way_sync_client_id = CLIENT_ID
        form.gmail_two_way_sync_pubsub_topic = TOPIC
        form.gmail_two_way_sync_push_service_account = "push@test.example"
        record = form.save()
        self.assertTrue(record.gmail_two_way_sync_redirect_uri.endswith("/callback"))
        self.assertTrue(
            record.gmail_two_way_sync_push_endpoint.endswith("/gmail_two_way_sync/push")
        )
        action = record.action_gmail_check_setup()
        self.assertEqual(action["res_model"], "gmail.setup.check")
        self.assertFinding("Client ID", "fine")
        parameter = self.env["gmail.account"]._parameter
        self.assertEqual(parameter("pubsub_topic"), TOPIC)
        self.assertEqual(parameter("push_service_account"), "push@test.example")


class TestMailboxes(AdministrationCase):
    def test_a9_disconnect_leavers(self):
        accounts = self.connect(self.anna, ANNA) | self.connect(self.ben, BEN)
        with self.assertRaises(AccessError):
            accounts.with_user(self.anna).action_disconnect()
        accounts.with_user(self.user_admin).action_disconnect()
        self.assertEqual(set(accounts.mapped("state")), {"disconnected"})

    def test_a9_needs_attention(self):
        accounts = self.connect(self.anna, ANNA) | self.connect(self.ben, BEN)
        view = self.env.ref("gmail_two_way_sync.gmail_account_view_search")
        filters = self.env["ir.ui.view"].browse(view.id)._get_combined_arch()
        [attention] = filters.xpath("//filter[@name='attention']/@domain")
        found = accounts.filtered_domain(eval(attention))  # noqa: S307
        self.assertFalse(found)
        accounts[0]._need_reconnect()
        accounts[1].last_error = "Google asks to wait"
        self.assertEqual(accounts.filtered_domain(eval(attention)), accounts)  # noqa: S307

    def test_f3_a_copy_says_so_wherever_people_look(self):
        account = self.connect(self.anna, ANNA)
        self.assertFalse(account.trouble)
        self.env["ir.config_parameter"].set_param("database.uuid", "another")
        account.invalidate_recordset()
        anna = self.env["res.users"].with_user(self.anna).browse(self.anna.id)
        contact = self.env["res.partner"].create({"name": "Carla Custo"})
        mailbox = contact.with_user(self.anna).gmail_why()["mailbox"]
        for words in (account.trouble, anna.gmail_last_error, mailbox["sentence"]):
            self.assertIn("This database is a copy", words)
        self.assertFalse(mailbox["is_fine"])
        with self.assertRaisesRegex(UserError, "is a copy"):
            anna.action_gmail_sync_now()
        account._disconnect()
        self.assertFalse(account.trouble)


class TestBlocklist(AdministrationCase):
    def test_a9_c17_whose_entries(self):
        model = self.env["gmail.blocklist"]
        general = model.with_user(self.user_admin).create(
            {"value": "everybody.example", "user_id": False}
        )
        own = model.with_user(self.anna).create({"value": "me.example"})
        self.assertEqual(own.user_id, self.anna)
        self.assertEqual(model.with_user(self.anna).search([]), general | own)
        self.assertEqual(model.with_user(self.user_admin).search([]), general)
        for record in (general, own):
            with self.subTest(record.value), self.assertRaises(AccessError):
                record.with_user(self.ben).write({"value": "x.example"})
        with self.assertRaises(AccessError):
            general.with_user(self.anna).unlink()

    def test_a9_c17_words_for_what_is_no_address(self):
        for value in ("nonsense", "two words.example", "@"):
            with self.subTest(value), self.assertRaises(ValidationError) as caught:
                self.env["gmail.blocklist"].create({"value": value})
            self.assertIn(
                "neither an email address nor a domain", str(caught.exception)
            )


class TestStatistics(MailInCase):
    def test_a9_e8_numbers_without_rows(self):
        self.receive()
        self.receive(sender="x@unknown.example")
        self.post(self.customer, self.anna)
        self.send_waiting()
        self.sync()
        report = self.env["gmail.message.report"].with_user(self.user_admin)
        groups = report._read_group(
            [("account_id", "=", self.account.id)],
            ["user_id", "direction", "origin"],
            ["message_count:sum"],
        )
        self.assertEqual(
            {(user.id, *rest) for user, *rest in groups},
            {(self.anna.id, "in", "gmail", 1), (self.anna.id, "out", "odoo", 1)},
        )
        with self.assertRaises(AccessError):
            self.env["gmail.message.report"].with_user(self.anna).search([])
        skipped = self.rows(self.account, state="skipped")
        self.assertTrue(skipped)
        self.assertFalse(skipped.with_user(self.user_admin)._filtered_access("read"))


@tagged("post_install", "-at_install")
class TestAdministrationTour(AdministrationCase, HttpCase):
    def test_a9_from_empty_settings_to_ready(self):
        self.set_parameter("client_id", "")
        self.set_parameter("client_secret", "")
        self.start_tour(
            "/odoo/settings", "gmail_two_way_sync.set_up", login=self.user_admin.login
        )
        parameter = self.env["gmail.account"]._parameter
        self.assertEqual(parameter("client_id"), CLIENT_ID)
        self.assertEqual(parameter("client_secret"), CLIENT_SECRET)

    def test_a9_mailbox_of_a_leaver(self):
        account = self.connect(self.anna, ANNA)
        self.connect(self.ben, BEN)
        account._need_reconnect()
        self.start_tour(
            "/odoo/action-gmail_two_way_sync.gmail_account_action",
            "gmail_two_way_sync.disconnect_leaver",
            login=self.user_admin.login,
        )
        self.assertEqual(account.state, "disconnected")
        self.assertTrue(self.env["gmail.account"]._live_of(self.ben))
