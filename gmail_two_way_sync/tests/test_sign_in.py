"""Connecting: to Google's pages and back, in a browser's session (A2, A3)."""

from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.tests import tagged

from ..models.gmail_sign_in import SESSION_KEY
from .common import ANNA, CLIENT_ID
from .sign_in_common import SignInCase

READ = "https://www.googleapis.com/auth/gmail.readonly"
SEND = "https://www.googleapis.com/auth/gmail.send"
PREFERENCES = "/odoo/my-preferences/"


@tagged("post_install", "-at_install")
class TestSignIn(SignInCase):
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
        page = self.come_back(arrived)
        self.assertRefused(page, "could not be reached")
        self.assertNotIn("by itself", page.text)
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
