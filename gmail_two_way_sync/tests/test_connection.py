"""A connection's life: who may have it, changing and ending it (A1, A4 to A10)."""

from lxml import etree

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import ANNA, BEN
from .sign_in_common import SignInCase


@tagged("post_install", "-at_install")
class TestConnection(SignInCase):
    # ------------------------------------------------------------
    # A4 ONE MAILBOX, ONE USER
    # ------------------------------------------------------------

    def test_a4_mailbox_of_somebody_else(self):
        self.connect(self.ben, ANNA)
        response = self.connect_in_browser()
        self.assertRefused(response, "already connected by Ben Holt")
        self.assertEqual(self.live(self.ben).state, "connected")
        self.sync()
        self.assertFalse(self.live(self.ben).last_error, "its token was not revoked")

    def test_a4_free_again_after_disconnecting(self):
        self.connect(self.ben, ANNA)
        self.live(self.ben)._disconnect()
        self.connect_in_browser()
        self.assertEqual(self.live(self.anna).email, ANNA)

    # ------------------------------------------------------------
    # A5, A6, A7
    # ------------------------------------------------------------

    def test_a5_cursor_starts_now(self):
        self.control.deliver(ANNA, b"From: old@x.example\r\n\r\nold")
        self.connect_in_browser()
        position = self.control.account(ANNA)["history_id"]
        self.assertEqual(int(self.live(self.anna).history_id), int(position))
        self.sync()
        self.assertFalse(self.rows(self.live(self.anna)))

    def test_a6_same_address_again_keeps_connection_and_cursor(self):
        self.connect_in_browser()
        first = self.live(self.anna)
        cursor = first.history_id
        self.control.deliver(ANNA, b"From: new@x.example\r\n\r\nnew")
        self.connect_in_browser()
        self.assertEqual(self.live(self.anna), first)
        self.assertEqual(first.history_id, cursor)

    def test_a6_another_address_ends_the_old_connection(self):
        self.connect_in_browser()
        old = self.live(self.anna)
        self.come_back(
            self.control.authorize(
                self.press_connect("action_gmail_change_account"), BEN
            )
        )
        new = self.live(self.anna)
        self.assertEqual((new.email, new.state), (BEN, "connected"))
        self.assertEqual(old.state, "disconnected")
        self.assertEqual(self.tokens_at_google(ANNA), 0)

    def test_a6_cancelled_change_keeps_the_old_connection(self):
        self.connect_in_browser()
        url = self.press_connect("action_gmail_change_account")
        self.come_back(self.control.authorize(url, BEN, cancel=True))
        self.assertEqual(self.live(self.anna).email, ANNA)
        self.sync()
        self.assertFalse(self.live(self.anna).last_error)

    def test_a7_disconnect_revokes_and_erases(self):
        self.connect_in_browser()
        account = self.live(self.anna)
        self.anna.with_user(self.anna).action_gmail_disconnect()
        self.assertEqual(account.state, "disconnected")
        self.assertFalse(account.sudo().encrypted_tokens)
        self.assertEqual(self.tokens_at_google(), 0)

    def test_a7_disconnect_when_google_cannot_be_reached(self):
        self.connect_in_browser()
        account = self.live(self.anna)
        self.env["ir.config_parameter"].set_param(
            "gmail_two_way_sync.google_base_url", "http://127.0.0.1:9"
        )
        self.anna.with_user(self.anna).action_gmail_disconnect()
        self.assertEqual(account.state, "disconnected")
        self.assertFalse(account.sudo().encrypted_tokens)

    def test_a7_archived_user(self):
        self.connect_in_browser()
        account = self.live(self.anna)
        self.anna.active = False
        self.assertEqual(account.state, "disconnected")
        self.assertEqual(self.tokens_at_google(), 0)

    def test_a7_deleted_user_leaves_the_rows(self):
        account = self.connect(self.ben, BEN)
        self.ben.unlink()
        self.assertEqual(account.exists().state, "disconnected")
        self.assertFalse(account.user_id)

    def test_a7_connecting_again_revives_from_that_moment(self):
        account = self.connect(self.anna, ANNA)
        account._disconnect()
        self.control.deliver(ANNA, b"From: meanwhile@x.example\r\n\r\nlost on purpose")
        self.assertEqual(self.connect(self.anna, ANNA), account)
        self.sync()
        self.assertFalse(self.rows(account))

    def test_a7_somebody_else_cannot_disconnect(self):
        account = self.connect(self.anna, ANNA)
        with self.assertRaises(AccessError):
            account.with_user(self.ben).action_disconnect()
        self.assertEqual(account.state, "connected")

    def test_a9_administrator_disconnects_somebody(self):
        account = self.connect(self.anna, ANNA)
        account.with_user(self.user_admin).action_disconnect()
        self.assertEqual(account.state, "disconnected")

    def test_a9_allowed_domains(self):
        parameters = self.env["ir.config_parameter"]
        parameters.set_param("gmail_two_way_sync.allowed_domains", "other.example")
        self.assertRefused(self.connect_in_browser(), "other.example")
        self.assertEqual(self.tokens_at_google(), 0)
        parameters.set_param(
            "gmail_two_way_sync.allowed_domains", "other.example, Northwind.example"
        )
        self.connect_in_browser()
        self.assertTrue(self.live(self.anna))

    def test_a10_free_address_is_warned_about_and_can_be_forbidden(self):
        free = "anna.berg@gmail.com"
        self.control.create_account(free, "Anna Berg", kind="consumer")
        self.env["ir.config_parameter"].set_param(
            "gmail_two_way_sync.forbid_consumer", "True"
        )
        self.assertRefused(self.connect_in_browser(free), "free Gmail address")
        self.assertEqual(self.tokens_at_google(free), 0)
        self.env["ir.config_parameter"].set_param(
            "gmail_two_way_sync.forbid_consumer", False
        )
        self.connect_in_browser(free)
        self.assertTrue(self.anna.with_user(self.anna).gmail_is_consumer)

    def test_a10_workspace_address_is_not_warned_about(self):
        self.connect_in_browser()
        self.assertFalse(self.anna.with_user(self.anna).gmail_is_consumer)

    def test_a1_section_in_the_preferences_and_on_the_user_form(self):
        users = self.env["res.users"]
        for view, user in (
            ("base.view_users_form_simple_modif", self.anna),
            ("base.view_users_form", self.user_admin),
        ):
            arch = users.with_user(user).get_view(self.env.ref(view).id, "form")["arch"]
            section = etree.fromstring(arch).find(
                ".//group[@name='gmail_two_way_sync']"
            )
            with self.subTest(view=view):
                self.assertEqual(section[0].get("string"), "Email (2-way sync)")
                shown = {each.get("name") for each in section.iter("field", "button")}
                self.assertLessEqual(
                    {
                        "gmail_email",
                        "gmail_state",
                        "gmail_connected_date",
                        "gmail_last_sync_date",
                        "gmail_sent_last_day",
                        "gmail_sync_unassigned",
                        "action_gmail_connect",
                        "action_gmail_change_account",
                        "action_gmail_disconnect",
                    },
                    shown,
                )
