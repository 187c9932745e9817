"""A sandbox with two people, and a client for each."""

import os
import unittest
from datetime import datetime, timedelta
from email.message import EmailMessage
from unittest import mock

from gmail_sandbox.server import SandboxServer

from ...google import client, oauth
from ...google.hosts import Hosts
from . import common

ANN = "ann@corp.example"
BOB = "bob@corp.example"
CALLBACK = "http://localhost/callback"
KEY_HEADER = "X-Gmail-Two-Way-Sync-Key"
READONLY, SEND = oauth.REQUIRED_SCOPES
EVER = datetime(1970, 1, 1)


def mime(subject="Offer", to=BOB, **headers):
    mail = EmailMessage()
    mail["From"] = ANN
    mail["To"] = to
    mail["Subject"] = subject
    mail["Message-ID"] = "<ours@odoo.example>"
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content("Grüße\n")
    return mail.as_bytes()


class SandboxCase(unittest.TestCase):
    def setUp(self):
        local = mock.patch.dict(os.environ, NO_PROXY="127.0.0.1")
        local.start()
        self.addCleanup(local.stop)
        self.server = SandboxServer().start()
        self.addCleanup(self.server.stop)
        self.control = self.server.control
        self.control.create_client(
            common.CLIENT_ID, common.CLIENT_SECRET, [CALLBACK], project="p"
        )
        self.control.create_account(ANN, "Ann")
        self.control.create_account(BOB, "Bob")
        self.hosts = Hosts.from_base_url(self.server.base_url)

    def connect(self, email=ANN, **person):
        """Connect through Google's pages."""
        verifier = oauth.new_verifier()
        url = oauth.authorization_url(
            self.hosts,
            common.CLIENT_ID,
            CALLBACK,
            "state-1",
            oauth.challenge(verifier),
        )
        redirect = self.control.authorize(url, email, **person)
        code = redirect.partition("code=")[2].partition("&")[0]
        return self.oauth_client.exchange(code.replace("%2F", "/"), verifier, CALLBACK)

    @property
    def oauth_client(self):
        return oauth.OAuthClient(self.hosts, common.CLIENT_ID, common.CLIENT_SECRET)

    def client(self, email=ANN, scopes=oauth.SCOPES):
        issued = self.control.connect(email, scopes, common.CLIENT_ID)
        gmail = client.GmailClient(
            hosts=self.hosts,
            client_id=common.CLIENT_ID,
            client_secret=common.CLIENT_SECRET,
            tokens=oauth.Tokens(
                issued["access_token"],
                common.utcnow() + timedelta(hours=1),
                issued["refresh_token"],
            ),
        )
        self.addCleanup(gmail.close)
        return gmail

    def only(self, email=ANN):
        (found,) = self.control.messages(email)
        return found
