"""Connecting: to Google's pages and back, in a browser's session (A2 to A7, A10)."""

import json
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

from freezegun import freeze_time
from lxml import etree

from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged

from ..models.gmail_sign_in import SESSION_KEY
from .common import ANNA, BEN, CLIENT_ID, GmailCase

READ = "https://www.googleapis.com/auth/gmail.readonly"
SEND = "https://www.googleapis.com/auth/gmail.send"
PREFERENCES = "/odoo/my-preferences/"


@tagged("post_install", "-at_install")
class TestSignIn(GmailCase, HttpCase):
    def setUp(self):
        super().setUp()
        self.authenticate("anna", "anna")

    # ------------------------------------------------------------
    # WHAT THE BROWSER DOES
    # ------------------------------------------------------------

    def press_connect(self, method="action_gmail_connect", user=None):
        """The address that the button leads to, through the web client's own call."""
        answer = self.url_open(
            f"/web/dataset/call_kw/res.users/{method}",
            data=json.dumps(
                {
                    "params": {
                        "model": "res.users",
                        "method": method,
                        "args": [(user or self.anna).ids],
                        "kwargs": {},
                    }
                }
            ),
            headers={"Content-Type": "application/json"},
        ).json()
        self.assertNotIn("error", answer)
        return answer["result"]["url"]

    def come_back(self, url):
        """Open the address that Google redirected to."""
        parts = urlsplit(url)
        return self.url_open(
            f"{parts.path}?{parts.query}", allow_redirects=False, timeout=30
        )

    def connect_in_browser(self, email=ANNA, **person):
        return self.come_back(
            self.control.authorize(self.press_connect(), email, **person)
        )

    def assertRefused(self, response, words):
        """A page with a sentence and a way on, and no half-made connection."""
        self.assertEqual(response.status_code, 200)
        self.assertIn(words, response.text)
        self.assertIn("/gmail_two_way_sync/oauth/start", response.text)
        self.assertFalse(self.live(self.anna))

    def live(self, user):
        self.env.invalidate_all()
        return self.env["gmail.account"]._live_of(user)

    def tokens_at_google(self, email=ANNA):
        return sum(self.control.token_counts(email).values())

    # ------------------------------------------------------------
    # A2 CONSENT
    # ------------------------------------------------------------

    def test_a2_connect_leads_back_to_the_preferences(self):
        response = self.connect_in_browser()
        self.assertEqual(response.status_code, 303)
        self.assertTrue(
            response.headers["Location"].endswith(f"{PREFERENCES}{self.anna.id}")
        )
        account = self.live(self.anna)
        self.assertRecordValues(
            account, [{"email": ANNA, "state": "connected", "user_id": self.anna.id}]
        )

    def test_a2_what_google_is_asked(self):
        asked = parse_qs(urlsplit(self.press_connect()).query)
        expected = {
            "response_type": "code",
            "client_id": CLIENT_ID,
            "redirect_uri": self.redirect_uri(),
            "access_type": "offline",
            "code_challenge_method": "S256",
        }
        self.assertEqual({name: asked[name][0] for name in expected}, expected)
        self.assertIn("select_account", asked["prompt"][0])
        self.assertGreaterEqual(len(asked["state"][0]), 32)
        self.assertEqual(
            set(asked["scope"][0].split()), {"openid", "email", READ, SEND}
        )

    def test_a2_state_is_new_each_time(self):
        states = {
            parse_qs(urlsplit(self.press_connect()).query)["state"][0]
            for _n in range(3)
        }
        self.assertEqual(len(states), 3)

    def test_a2_forged_state(self):
        arrived = self.control.authorize(self.press_connect(), ANNA)
        forged = arrived.replace("state=", "state=x")
        self.assertRefused(self.come_back(forged), "was not started here")

    def test_a2_missing_state(self):
        self.assertRefused(
            self.come_back("/gmail_two_way_sync/oauth/callback?code=abc"),
            "was not started here",
        )

    def test_a2_replayed_state(self):
        arrived = self.control.authorize(self.press_connect(), ANNA)
        self.come_back(arrived)
        self.live(self.anna)._disconnect()
        self.assertRefused(self.come_back(arrived), "was used already")

    def test_a2_state_of_another_session(self):
        arrived = self.control.authorize(self.press_connect(), ANNA)
        self.authenticate("ben", "ben")
        response = self.come_back(arrived)
        self.assertIn("was not started here", response.text)
        self.assertFalse(self.live(self.anna) | self.live(self.ben))

    def test_a2_state_of_another_user_in_the_same_session(self):
        session = {}
        self.env["gmail.sign.in"].with_user(self.ben)._begin(session)
        [state] = session[SESSION_KEY]
        with self.assertRaisesRegex(UserError, "was not started here"):
            self.env["gmail.sign.in"].with_user(self.anna)._finish(
                session, state, "code", None
            )

    def test_a2_state_expires_after_ten_minutes(self):
        session = {}
        sign_in = self.env["gmail.sign.in"].with_user(self.anna)
        sign_in._begin(session)
        [state] = session[SESSION_KEY]
        with (
            freeze_time(datetime.now() + timedelta(seconds=601)),
            self.assertRaises(UserError) as refused,
        ):
            sign_in._finish(session, state, "code", None)
        self.assertIn("10 minutes", str(refused.exception))

    def test_a2_state_is_still_valid_after_nine_minutes(self):
        session = {}
        sign_in = self.env["gmail.sign.in"].with_user(self.anna)
        sign_in._begin(session)
        [state] = session[SESSION_KEY]
        with (
            freeze_time(datetime.now() + timedelta(seconds=540)),
            self.assertRaises(UserError) as refused,
        ):
            sign_in._finish(session, state, None, "access_denied")
        self.assertIn("cancelled", str(refused.exception))

    def test_a2_only_a_person_who_is_logged_in_comes_back(self):
        arrived = self.control.authorize(self.press_connect(), ANNA)
        self.authenticate(None, None)
        response = self.come_back(arrived)
        self.assertIn("/web/login", response.headers["Location"])

    def test_a2_call_without_a_browser_session_gets_the_start_page(self):
        action = self.anna.with_user(self.anna).action_gmail_connect()
        self.assertEqual(action["url"], "/gmail_two_way_sync/oauth/start")
        response = self.url_open(action["url"], allow_redirects=False)
        arrived = self.control.authorize(response.headers["Location"], ANNA)
        self.come_back(arrived)
        self.assertEqual(self.live(self.anna).email, ANNA)

    # ------------------------------------------------------------
    # A3 ALL PERMISSIONS OR NONE
    # ------------------------------------------------------------

    def test_a3_cancelled(self):
        self.assertRefused(
            self.connect_in_browser(cancel=True), "You cancelled at Google"
        )

    def test_a3_unticked_permission_is_named_and_revoked(self):
        for scope, name in ((READ, "View your email"), (SEND, "Send email")):
            with self.subTest(scope=scope):
                response = self.connect_in_browser(untick=[scope])
                self.assertRefused(response, name)
                self.assertEqual(self.tokens_at_google(), 0)

    def test_a3_unticked_permission_does_not_end_a_live_connection(self):
        self.connect_in_browser()
        before = self.live(self.anna)
        self.connect_in_browser(untick=[SEND])
        self.assertEqual(self.live(self.anna), before)
        self.assertEqual(before.state, "connected")
        self.sync()
        self.assertFalse(before.last_error)

    def test_a3_wrong_client_secret(self):
        self.env["ir.config_parameter"].set_param(
            "gmail_two_way_sync.client_secret", "wrong"
        )
        self.assertRefused(self.connect_in_browser(), "client id and secret")

    def test_a3_google_unreachable(self):
        arrived = self.control.authorize(self.press_connect(), ANNA)
        self.env["ir.config_parameter"].set_param(
            "gmail_two_way_sync.google_base_url", "http://127.0.0.1:9"
        )
        self.assertRefused(self.come_back(arrived), "could not be reached")

    def test_a3_google_fails_after_the_exchange(self):
        arrived = self.control.authorize(self.press_connect(), ANNA)
        self.control.inject("error", "getProfile", error="backendError503")
        self.assertRefused(self.come_back(arrived), "could not be reached")
        self.assertEqual(self.tokens_at_google(), 0)

    def test_a3_not_configured(self):
        self.env["ir.config_parameter"].set_param("gmail_two_way_sync.client_id", "")
        with self.assertRaisesRegex(UserError, "General Settings"):
            self.anna.with_user(self.anna).action_gmail_connect()

    def test_a3_nothing_secret_in_logs(self):
        with self.assertLogs(level="DEBUG") as logs:
            arrived = self.control.authorize(self.press_connect(), ANNA)
            self.come_back(arrived)
        tokens = self.live(self.anna).sudo()._tokens()
        written = "\n".join(
            line for line in logs.output if not line.startswith("DEBUG:urllib3")
        )
        for secret in (tokens.access_token, tokens.refresh_token, "test-secret"):
            self.assertNotIn(secret, written)

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
