"""Connecting as a person does it: a browser's session, and Google's pages."""

import json
from urllib.parse import urlsplit

from odoo.tests import HttpCase

from .common import ANNA, GmailCase


class SignInCase(GmailCase, HttpCase):
    def setUp(self):
        super().setUp()
        self.authenticate("anna", "anna")

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
