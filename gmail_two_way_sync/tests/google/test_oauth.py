"""Connecting, refreshing, revoking."""

import logging
import unittest
from datetime import datetime, timedelta
from unittest import mock
from urllib.parse import parse_qs, urlsplit

import jwt

from ...google import errors, oauth, wire
from ...google.hosts import Hosts
from . import common

READONLY, SEND = oauth.REQUIRED_SCOPES
EMAIL = "https://www.googleapis.com/auth/userinfo.email"
CALLBACK = "https://odoo.example.com/gmail_two_way_sync/oauth/callback"


class TestHosts(unittest.TestCase):
    def test_google(self):
        for nothing in (None, "", "  "):
            self.assertEqual(Hosts.from_base_url(nothing), Hosts())
        self.assertEqual(Hosts().api, "https://gmail.googleapis.com/gmail/v1")

    def test_stand_in(self):
        for base in ("http://127.0.0.1:8025", "http://127.0.0.1:8025/"):
            hosts = Hosts.from_base_url(base)
            self.assertEqual(hosts.auth, "http://127.0.0.1:8025/o/oauth2/v2/auth")
            self.assertEqual(hosts.token, "http://127.0.0.1:8025/token")
            self.assertEqual(hosts.revoke, "http://127.0.0.1:8025/revoke")
            self.assertEqual(hosts.certs, "http://127.0.0.1:8025/oauth2/v3/certs")
            self.assertEqual(hosts.api, "http://127.0.0.1:8025/gmail/v1")
            self.assertEqual(hosts.upload, "http://127.0.0.1:8025/upload/gmail/v1")
            self.assertEqual(hosts.batch, "http://127.0.0.1:8025/batch")


class TestAuthorizationUrl(unittest.TestCase):
    def test_a2_parameters(self):
        url = oauth.authorization_url(Hosts(), "id", CALLBACK, "st", "ch", "a@b.com")
        parts = urlsplit(url)
        self.assertEqual(parts._replace(query="").geturl(), Hosts().auth)
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        self.assertEqual(query["response_type"], "code")
        self.assertEqual(query["access_type"], "offline")
        self.assertEqual(query["prompt"], "consent select_account")
        self.assertEqual(query["scope"], f"openid email {READONLY} {SEND}")
        self.assertEqual(query["code_challenge_method"], "S256")
        self.assertEqual((query["state"], query["code_challenge"]), ("st", "ch"))
        self.assertEqual(query["login_hint"], "a@b.com")
        self.assertNotIn("include_granted_scopes", query)

    def test_a2_no_hint(self):
        url = oauth.authorization_url(Hosts(), "id", CALLBACK, "state", "challenge")
        self.assertNotIn("login_hint", url)

    def test_a2_pkce(self):
        # The example of RFC 7636, appendix B.
        verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
        expected = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        self.assertEqual(oauth.challenge(verifier), expected)
        first, second = oauth.new_verifier(), oauth.new_verifier()
        self.assertNotEqual(first, second)
        self.assertRegex(first, r"^[A-Za-z0-9_-]{43,128}$")


class OAuthCase(common.GoogleCase):
    def setUp(self):
        super().setUp()
        self.oauth = oauth.OAuthClient(
            self.hosts, common.CLIENT_ID, common.CLIENT_SECRET
        )

    def claims(self, **changes):
        soon = common.utcnow() + timedelta(hours=1)
        claims = {
            "iss": "https://accounts.google.com",
            "aud": common.CLIENT_ID,
            "sub": "1042",
            "email": "ann@example.com",
            "exp": int((soon - datetime(1970, 1, 1)).total_seconds()),
            **changes,
        }
        return {key: value for key, value in claims.items() if value is not None}

    def granted(self, claims=None, **changes):
        token = jwt.encode(claims or self.claims(), "k" * 32, algorithm="HS256")
        document = {
            "access_token": "access-1",
            "expires_in": 3599,
            "refresh_token": "refresh-1",
            "scope": f"openid {EMAIL} {READONLY} {SEND}",
            "token_type": "Bearer",
            "id_token": token,
            **changes,
        }
        return {key: value for key, value in document.items() if value is not None}

    def exchange(self, document):
        self.google.script("/token", common.reply(200, document))
        return self.oauth.exchange("code-1", "verifier-1", CALLBACK)


class TestExchange(OAuthCase):
    def test_a2_grant(self):
        before = common.utcnow()
        grant = self.exchange(self.granted())
        self.assertEqual(grant.subject, "1042")
        self.assertEqual(grant.email, "ann@example.com")
        self.assertIsNone(grant.hosted_domain)
        self.assertEqual(grant.missing_scopes, ())
        self.assertEqual(grant.tokens.access_token, "access-1")
        self.assertEqual(grant.tokens.refresh_token, "refresh-1")
        lifetime = grant.tokens.expires_at - before
        self.assertAlmostEqual(lifetime.total_seconds(), 3599, delta=5)
        (request,) = self.google.to("/token")
        expected = {
            "grant_type": "authorization_code",
            "code": "code-1",
            "code_verifier": "verifier-1",
            "redirect_uri": CALLBACK,
            "client_id": common.CLIENT_ID,
            "client_secret": common.CLIENT_SECRET,
        }
        self.assertEqual(request.form, expected)

    def test_a3_unticked_permissions_are_named(self):
        for scope, missing in [
            (f"openid {EMAIL} {SEND}", (READONLY,)),
            (f"openid email {READONLY}", (SEND,)),
            (f"{EMAIL} openid", (READONLY, SEND)),
            ("", (READONLY, SEND)),
            (f"{SEND} openid email {READONLY}", ()),
        ]:
            with self.subTest(scope=scope):
                grant = self.exchange(self.granted(scope=scope))
                self.assertEqual(grant.missing_scopes, missing)

    def test_short_scopes_become_long(self):
        grant = self.exchange(self.granted(scope="openid email"))
        self.assertEqual(grant.scopes, {"openid", EMAIL})

    def test_absent_scope_means_all(self):
        grant = self.exchange(self.granted(scope=None))
        self.assertEqual(grant.missing_scopes, ())

    def test_no_refresh_token_is_left_to_the_caller(self):
        grant = self.exchange(self.granted(refresh_token=None))
        self.assertIsNone(grant.tokens.refresh_token)

    def test_workspace_domain(self):
        claims = self.claims(hd="example.com", iss="accounts.google.com")
        grant = self.exchange(self.granted(claims))
        self.assertEqual(grant.hosted_domain, "example.com")

    def test_identity_is_checked(self):
        for changes in (
            {"iss": "https://accounts.example.com"},
            {"aud": "another client"},
            {"exp": 1000},
            {"exp": "tomorrow"},
            {"sub": None},
            {"email": None},
            {"exp": None},
        ):
            with self.subTest(changes=changes):
                document = self.granted(self.claims(**changes))
                with self.assertRaises(errors.Refused) as caught:
                    self.exchange(document)
                self.assertEqual(caught.exception.reason, "invalid_id_token")
        for token in (None, "not.a.token", 7):
            with self.subTest(token=token), self.assertRaises(errors.Refused):
                self.exchange(self.granted(id_token=token))

    def test_refused_code(self):
        body = {"error": "invalid_grant", "error_description": "Malformed auth code."}
        self.google.script("/token", common.reply(400, body))
        with self.assertRaises(errors.CodeRefused) as caught:
            self.oauth.exchange("code", "verifier", CALLBACK)
        self.assertEqual(caught.exception.detail, "Malformed auth code.")

    def test_unreadable_answers(self):
        for content in (b"<html>", b"[]", b'{"expires_in": "x"}'):
            with self.subTest(content=content), self.assertRaises(errors.GoogleError):
                self.google.script("/token", common.reply(200, content))
                self.oauth.exchange("code", "verifier", CALLBACK)

    def test_never_repeated(self):
        for step in (
            common.hang_up,
            common.break_answer,
            common.reply(503, b""),
            common.reply(307, b"", Location="/token"),
        ):
            self.google.requests.clear()
            self.google.script("/token", step)
            with self.subTest(step=step), self.assertRaises(errors.TryAgain):
                self.oauth.exchange("code", "verifier", CALLBACK)
            self.assertEqual(len(self.google.requests), 1)

    def test_slow_answer(self):
        slow = common.late(0.5, common.reply(200, self.granted()))
        self.google.script("/token", slow)
        with mock.patch.object(wire, "READ_TIMEOUT", 0.1):
            with self.assertRaises(errors.TryAgain) as caught:
                self.oauth.exchange("code", "verifier", CALLBACK)
        self.assertEqual(caught.exception.detail, "ReadTimeout")

    def test_f3_nothing_secret_is_shown_or_logged(self):
        with self.assertLogs("odoo.addons.gmail_two_way_sync", logging.DEBUG) as logs:
            grant = self.exchange(self.granted())
            self.google.script("/revoke", common.reply(200, {}))
            self.oauth.revoke("refresh-1")
            self.google.script("/token", common.hang_up)
            with self.assertRaises(errors.TryAgain) as caught:
                self.oauth.refresh("refresh-1")
        shown = "\n".join([*logs.output, repr(grant), repr(caught.exception)])
        for secret in ("access-1", "refresh-1", "code-1", "verifier-1", "secret-1"):
            self.assertNotIn(secret, shown)
        self.assertIsNone(caught.exception.__cause__)


class TestRefreshAndRevoke(OAuthCase):
    def test_refresh_keeps_the_refresh_token(self):
        self.script_refresh()
        tokens = self.oauth.refresh("refresh-1")
        self.assertEqual(tokens.access_token, "access-2")
        self.assertEqual(tokens.refresh_token, "refresh-1")
        (request,) = self.google.to("/token")
        expected = {
            "grant_type": "refresh_token",
            "refresh_token": "refresh-1",
            "client_id": common.CLIENT_ID,
            "client_secret": common.CLIENT_SECRET,
        }
        self.assertEqual(request.form, expected)

    def test_refresh_may_bring_another_refresh_token(self):
        answer = {"access_token": "a", "expires_in": "60", "refresh_token": "r"}
        self.google.script("/token", common.reply(200, answer))
        self.assertEqual(self.oauth.refresh("refresh-1").refresh_token, "r")

    def test_a8_dead_token(self):
        body = {
            "error": "invalid_grant",
            "error_description": "Token has been expired or revoked.",
        }
        self.google.script("/token", common.reply(400, body))
        with self.assertRaises(errors.TokenRefused) as caught:
            self.oauth.refresh("refresh-1")
        self.assertEqual(caught.exception.detail, "Token has been expired or revoked.")

    def test_a7_revoke_keeps_the_token_out_of_the_url(self):
        self.google.script("/revoke", common.reply(200, {}))
        self.oauth.revoke("refresh-1")
        (request,) = self.google.to("/revoke")
        self.assertEqual(request.form, {"token": "refresh-1"})
        self.assertEqual(request.query, {})

    def test_a7_revoking_what_google_forgot(self):
        body = {"error": "invalid_token", "error_description": "Token expired"}
        self.google.script("/revoke", common.reply(400, body))
        with self.assertRaises(errors.TokenRefused):
            self.oauth.revoke("refresh-1")
