"""How requests of a mailbox travel, and with which token."""

import logging
import socket
from datetime import datetime, timedelta
from unittest import mock

from freezegun import freeze_time

from ...google import errors, oauth, wire
from ...google.hosts import Hosts
from . import common
from .test_client import PROFILE, ClientCase


class TestTravel(ClientCase):
    """How requests are made, whatever they ask."""

    def test_closed_connection_is_opened_again_once(self):
        self.script("profile", *[common.reply(200, PROFILE), common.hang_up] * 2)
        self.script("profile", common.hang_up)
        gmail = self.client()
        gmail.profile()
        self.assertEqual(gmail.profile().email, "ann@example.com")
        with self.assertRaises(errors.TryAgain):
            gmail.profile()
        self.assertEqual(len(self.to("profile")), 5)

    def test_broken_answer_is_asked_for_again(self):
        self.script("profile", common.break_answer, common.reply(200, PROFILE))
        self.assertEqual(self.client().profile().email, "ann@example.com")

    def test_statuses_are_never_retried(self):
        for status in (429, 500, 502, 503, 504):
            self.google.requests.clear()
            self.script("profile", common.reply(status, b"<html>", Retry_After="0"))
            with self.subTest(status=status), self.assertRaises(errors.GoogleError):
                self.client().profile()
            self.assertEqual(len(self.to("profile")), 1)

    def test_slow_answer_is_not_awaited_twice(self):
        self.script("profile", common.late(0.5, common.reply(200, PROFILE)))
        with mock.patch.object(wire, "READ_TIMEOUT", 0.1):
            with self.assertRaises(errors.TryAgain) as caught:
                self.client().profile()
        self.assertEqual(caught.exception.detail, "ReadTimeout")
        self.assertEqual(len(self.to("profile")), 1)

    def test_nobody_listens(self):
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            port = unused.getsockname()[1]
        self.hosts = Hosts.from_base_url(f"http://127.0.0.1:{port}")
        with self.assertRaises(errors.TryAgain):
            self.client().profile()

    def test_c20_query_is_in_no_log_and_no_error(self):
        self.script("messages", *[common.hang_up] * 2)
        with self.assertLogs("odoo.addons.gmail_two_way_sync", logging.DEBUG) as logs:
            with self.assertRaises(errors.TryAgain) as caught:
                self.client().list_messages("from:bob@example.com")
        self.assertNotIn("bob", "\n".join(logs.output) + repr(caught.exception))
        self.assertTrue(caught.exception.__suppress_context__)

    def test_context_manager_closes(self):
        with self.client() as gmail:
            self.assertEqual(gmail.tokens.access_token, "access-1")


class TestTokens(ClientCase):
    def setUp(self):
        super().setUp()
        self.script("profile", *[common.reply(200, PROFILE)] * 2)

    def used_tokens(self):
        requests = self.to("profile")
        return [request.headers["Authorization"].split()[1] for request in requests]

    def test_fresh_token_is_used_as_it_is(self):
        gmail = self.client()
        gmail.profile()
        self.assertEqual(self.used_tokens(), ["access-1"])
        self.assertFalse(gmail.tokens_changed)

    def test_expiring_token_is_refreshed_silently(self):
        self.script_refresh()
        gmail = self.client(common.tokens(timedelta(minutes=3)))
        gmail.profile()
        gmail.profile()
        self.assertEqual(self.used_tokens(), ["access-2", "access-2"])
        self.assertTrue(gmail.tokens_changed)
        self.assertEqual(gmail.tokens.access_token, "access-2")
        self.assertEqual(gmail.tokens.refresh_token, "refresh-1")

    def test_time_can_be_frozen(self):
        with freeze_time("2031-05-05 10:00:00"):
            self.script_refresh()
            gmail = self.client(common.tokens())
            gmail.profile()
        with freeze_time("2031-05-05 11:00:00"):
            gmail.profile()
        self.assertEqual(self.used_tokens(), ["access-1", "access-2"])
        expected = datetime(2031, 5, 5, 11, 0) + timedelta(seconds=3599)
        self.assertEqual(gmail.tokens.expires_at, expected)

    def test_no_access_token_yet(self):
        self.script_refresh()
        given = oauth.Tokens("", common.utcnow() + timedelta(hours=1), "refresh-1")
        self.client(given).profile()
        self.assertEqual(self.used_tokens(), ["access-2"])

    def test_a8_no_refresh_token(self):
        given = oauth.Tokens("", common.utcnow(), None)
        with self.assertRaises(errors.TokenRefused):
            self.client(given).profile()
        self.assertEqual(self.google.requests, [])

    def test_a8_refresh_refused(self):
        dead = common.reply(400, {"error": "invalid_grant"})
        self.google.script("/token", dead)
        with self.assertRaises(errors.TokenRefused):
            self.client(common.tokens(timedelta())).profile()

    def test_a8_proxy_page_is_no_refusal(self):
        for status in (400, 401, 403, 502, 503):
            self.google.script("/token", common.reply(status, b"<html>"))
            with self.subTest(status=status), self.assertRaises(errors.TryAgain):
                self.client(common.tokens(timedelta())).profile()
        self.assertEqual(len(self.google.to("/token")), 5)

    def test_a8_refused_even_after_a_refresh(self):
        body = common.error_body(401, "authError", "Invalid Credentials")
        self.script("messages", *[common.reply(401, body)] * 2)
        self.script_refresh()
        with self.assertRaises(errors.TokenRefused):
            self.client().list_messages()
        self.assertEqual(len(self.google.to("/token")), 1)
