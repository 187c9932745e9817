"""The client against the sandbox, which means what Gmail means."""

import json
import os
import unittest
from datetime import datetime, timedelta
from email.message import EmailMessage
from unittest import mock

from gmail_sandbox.server import SandboxServer

from ...google import client, errors, oauth, payloads, push, wire
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


class TestConnecting(SandboxCase):
    def test_a2_connect(self):
        grant = self.connect()
        self.assertEqual(grant.email, ANN)
        self.assertEqual(grant.missing_scopes, ())
        self.assertEqual(grant.subject, self.control.account(ANN)["sub"])
        self.assertTrue(grant.tokens.refresh_token)
        renewed = self.oauth_client.refresh(grant.tokens.refresh_token)
        self.assertEqual(renewed.refresh_token, grant.tokens.refresh_token)

    def test_a3_unticked(self):
        self.assertEqual(self.connect(untick=[SEND]).missing_scopes, (SEND,))
        self.assertEqual(self.connect(untick=[READONLY]).missing_scopes, (READONLY,))

    def test_a2_wrong_code_and_wrong_verifier(self):
        with self.assertRaises(errors.CodeRefused):
            self.oauth_client.exchange("4/nonsense", oauth.new_verifier(), CALLBACK)

    def test_wrong_secret(self):
        other = oauth.OAuthClient(self.hosts, common.CLIENT_ID, "wrong")
        with self.assertRaises(errors.ClientRefused):
            other.refresh(self.connect().tokens.refresh_token)

    def test_a7_revoke(self):
        token = self.connect().tokens.refresh_token
        self.oauth_client.revoke(token)
        with self.assertRaises(errors.TokenRefused):
            self.oauth_client.refresh(token)
        with self.assertRaises(errors.TokenRefused):
            self.oauth_client.revoke(token)

    def test_a8_password_changed(self):
        gmail = self.client()
        self.control.change_password(ANN)
        with self.assertRaises(errors.TokenRefused):
            gmail.profile()

    def test_a8_access_token_dies_early(self):
        gmail = self.client()
        self.control.expire_access_tokens(ANN)
        self.assertEqual(gmail.profile().email, ANN)
        self.assertTrue(gmail.tokens_changed)

    def test_a8_access_token_dies_between_batches(self):
        self.control.deliver(ANN, mime())
        gmail = self.client()
        self.control.expire_access_tokens(ANN)
        found = gmail.headers([self.only()["id"]])
        self.assertIsInstance(found[self.only()["id"]], payloads.MessageHeaders)


class TestReading(SandboxCase):
    def test_profile_and_addresses(self):
        self.control.create_account(
            ANN, send_as=[{"email": "sales@corp.example", "status": "pending"}]
        )
        gmail = self.client()
        self.assertEqual(gmail.profile().email, ANN)
        verified = {one.email: one.is_verified for one in gmail.send_as()}
        self.assertTrue(verified[ANN])

    def test_c1_what_history_tells(self):
        gmail = self.client()
        start = gmail.profile().history_id
        self.assertEqual(list(gmail.history(start))[0].changes, ())
        arrived = self.control.deliver(ANN, mime())
        junk = self.control.deliver(ANN, mime("Junk"), labels=["SPAM"])
        self.control.not_spam(ANN, junk["id"])
        (page,) = gmail.history(start)
        added = [c.message_id for c in page.changes if c.kind == "added"]
        self.assertEqual(added, [arrived["id"], junk["id"]])
        left_spam = [c for c in page.changes if "SPAM" in c.changed]
        self.assertEqual(
            [(c.kind, c.message_id) for c in left_spam], [("label_removed", junk["id"])]
        )
        self.assertGreater(page.history_id, start)
        self.assertEqual(next(gmail.history(page.history_id)).changes, ())

    def test_history_of_many_pages(self):
        gmail = self.client()
        start = gmail.profile().history_id
        ids = self.control.deliver_many(ANN, [mime(f"{n}") for n in range(1100)])
        pages = list(gmail.history(start))
        self.assertEqual(len(pages), 3)
        changes = [c.message_id for page in pages for c in page.changes]
        self.assertEqual(changes, ids)

    def test_a8_history_forgotten(self):
        gmail = self.client()
        start = gmail.profile().history_id
        self.control.deliver(ANN, mime())
        self.control.expire_history(ANN)
        with self.assertRaises(errors.HistoryExpired):
            next(gmail.history(start))

    def test_list_messages(self):
        ids = self.control.deliver_many(ANN, [mime(f"{n}") for n in range(7)])
        gmail = self.client()
        first = gmail.list_messages(limit=5)
        second = gmail.list_messages(limit=5, page_token=first.next_page_token)
        self.assertIsNone(second.next_page_token)
        found = [message_id for message_id, _ in first.ids + second.ids]
        self.assertEqual(set(found), set(ids))
        by_subject = gmail.list_messages("subject:3")
        self.assertEqual([i for i, _ in by_subject.ids], [ids[3]])
        self.assertEqual(gmail.list_messages(label_ids=["SENT"]).ids, ())

    def test_c20_headers(self):
        self.control.deliver(ANN, mime(Cc="carl@out.example", X_Other="secret"))
        delivered = self.only()
        found = self.client().headers([delivered["id"]])[delivered["id"]]
        headers = dict(found.headers)
        self.assertEqual(headers["Subject"], "Offer")
        self.assertEqual(headers["Cc"], "carl@out.example")
        self.assertNotIn("X-Other", headers)
        self.assertEqual(found.thread_id, delivered["thread_id"])
        self.assertGreaterEqual(found.label_ids, {"INBOX", "UNREAD"})
        asked = self.control.requests("messages.get")
        self.assertEqual([request["format"] for request in asked], ["metadata"])

    def test_many_headers(self):
        ids = self.control.deliver_many(ANN, [mime(f"{n}") for n in range(120)])
        found = self.client().headers(ids)
        subjects = [dict(one.headers)["Subject"] for one in found.values()]
        self.assertEqual(subjects, [f"{n}" for n in range(120)])
        self.assertEqual(self.control.counts()["batch"], 3)

    def test_raw(self):
        every_byte = b"From: x@y.example\r\n\r\n\xff\xfe" + bytes(range(256))
        ids = self.control.deliver_many(ANN, [every_byte, mime()])
        found = self.client().raw([*ids, "beef"])
        for message_id in ids:
            stored = self.control.message(ANN, message_id)
            self.assertEqual(found[message_id].raw, stored["raw"])
        self.assertIsInstance(found["beef"], errors.NotFound)

    def test_failing_parts_fail_alone(self):
        ids = self.control.deliver_many(ANN, [mime(f"{n}") for n in range(3)])
        self.control.inject(
            method="messages.get", error="userRateLimit429", message_id=ids[1]
        )
        found = self.client().headers(ids)
        self.assertIsInstance(found[ids[0]], payloads.MessageHeaders)
        self.assertIsInstance(found[ids[1]], errors.RateLimited)
        self.assertIsInstance(found[ids[2]], payloads.MessageHeaders)

    def test_c19_nothing_changes(self):
        self.control.deliver(ANN, mime())
        before = self.only()
        gmail = self.client()
        gmail.headers([before["id"]])
        gmail.raw([before["id"]])
        gmail.list_messages()
        list(gmail.history(gmail.profile().history_id - 1))
        self.assertEqual(self.only(), before)

    def test_a3_scope_missing(self):
        gmail = self.client(scopes=["openid", "email", SEND])
        with self.assertRaises(errors.ScopeMissing):
            gmail.profile()

    def test_mailbox_off(self):
        gmail = self.client()
        self.control.set_mail_enabled(ANN, False)
        with self.assertRaises(errors.MailboxOff):
            gmail.profile()


class TestSending(SandboxCase):
    def sends(self):
        return self.control.requests("messages.send")

    def test_b1_send_and_read_back(self):
        gmail = self.client()
        sent = gmail.send(mime(Bcc="carl@out.example", **{KEY_HEADER: "k1"}), None)
        names = ("Message-ID", "Bcc", KEY_HEADER)
        found = gmail.headers([sent.id], names)[sent.id]
        headers = {name.lower(): value for name, value in found.headers}
        self.assertNotEqual(headers["message-id"], "<ours@odoo.example>")
        self.assertEqual(headers["bcc"], "carl@out.example")
        self.assertEqual(headers[KEY_HEADER.lower()], "k1")
        self.assertIn("SENT", found.label_ids)
        self.assertEqual(self.only(BOB)["subject"], "Offer")
        self.assertIn("Grüße".encode(), gmail.raw([sent.id])[sent.id].raw)

    def test_b3_in_a_thread(self):
        gmail = self.client()
        first = gmail.send(mime(), None)
        gmail_id = dict(gmail.headers([first.id], ["Message-ID"])[first.id].headers)
        (replaced,) = gmail_id.values()
        answer = mime("Re: Offer", In_Reply_To=replaced, References=replaced)
        self.assertEqual(gmail.send(answer, first.thread_id).thread_id, first.thread_id)
        with self.assertRaises(errors.NotFound):
            gmail.send(mime(), "deadbeef")

    def test_b8_found_by_its_key(self):
        gmail = self.client()
        for number in range(3):
            gmail.send(mime(**{KEY_HEADER: f"key-{number}"}), None)
        sent = gmail.find_sent(KEY_HEADER, "key-1", EVER)
        self.assertIn(sent.id, [m["id"] for m in self.control.messages(ANN)])
        self.assertIsNone(gmail.find_sent(KEY_HEADER, "key-7", EVER))
        tomorrow = wire.utcnow() + timedelta(days=1)
        self.control.deliver_many(
            ANN, [mime(f"Other {n}") for n in range(60)], labels=["SENT"]
        )
        self.assertTrue(gmail.find_sent(KEY_HEADER, "key-0", EVER))
        self.assertIsNone(gmail.find_sent(KEY_HEADER, "key-0", tomorrow))

    def test_b5_what_was_sent_since(self):
        gmail = self.client()
        sent = [gmail.send(mime(), None).id for _ in range(3)]
        self.control.trash(ANN, sent[0])
        before = wire.utcnow() - timedelta(minutes=1)
        self.assertEqual(sorted(gmail.sent_since(before)), sorted(sent))
        self.assertEqual(gmail.sent_since(wire.utcnow() + timedelta(minutes=1)), [])

    def test_b8_found_in_the_trash(self):
        gmail = self.client()
        sent = gmail.send(mime(**{KEY_HEADER: "key-1"}), None)
        self.control.trash(ANN, sent.id)
        self.assertEqual(gmail.find_sent(KEY_HEADER, "key-1", EVER), sent)

    def test_b8_not_yet_visible(self):
        gmail = self.client()
        sent = gmail.send(mime(**{KEY_HEADER: "key-1"}), None)
        self.control.not_yet_visible(ANN, sent.id)
        with self.assertRaises(errors.TryAgain):
            gmail.find_sent(KEY_HEADER, "key-1", EVER)
        self.assertEqual(gmail.find_sent(KEY_HEADER, "key-1", EVER), sent)

    def test_b8_accepted_then_dropped(self):
        gmail = self.client()
        self.control.inject("drop_after", "messages.send")
        with self.assertRaises(errors.OutcomeUnknown):
            gmail.send(mime(**{KEY_HEADER: "key-1"}), None)
        self.assertEqual(len(self.sends()), 1)
        self.assertEqual(
            gmail.find_sent(KEY_HEADER, "key-1", EVER).id,
            self.control.messages(ANN)[0]["id"],
        )
        self.assertEqual(len(self.control.messages(BOB)), 1)

    def test_b8_dropped_before(self):
        gmail = self.client()
        self.control.inject("drop_before", "messages.send")
        with self.assertRaises(errors.OutcomeUnknown):
            gmail.send(mime(**{KEY_HEADER: "key-1"}), None)
        self.assertEqual(len(self.sends()), 1)
        self.assertIsNone(gmail.find_sent(KEY_HEADER, "key-1", EVER))

    def test_b8_server_error_after_taking_it(self):
        gmail = self.client()
        self.control.inject("error_after", "messages.send", error="backendError503")
        with self.assertRaises(errors.OutcomeUnknown):
            gmail.send(mime(**{KEY_HEADER: "key-1"}), None)
        self.assertEqual(len(self.sends()), 1)
        self.assertTrue(gmail.find_sent(KEY_HEADER, "key-1", EVER))

    def test_b8_access_token_dies_early(self):
        gmail = self.client()
        self.control.expire_access_tokens(ANN)
        gmail.send(mime(), None)
        self.assertEqual(len(self.control.messages(BOB)), 1)

    def test_b5_sending_limit(self):
        self.control.set_sending_limit(ANN, 1)
        gmail = self.client()
        gmail.send(mime(), None)
        with self.assertRaises(errors.SendingLimitReached) as caught:
            gmail.send(mime(), None)
        self.assertGreater(caught.exception.retry_at, common.utcnow())

    def test_b7_rate_limit_with_a_time_in_the_message(self):
        self.control.inject(error="retryAfterMessage", retry_seconds=600)
        with self.assertRaises(errors.RateLimited) as caught:
            self.client().profile()
        wait = caught.exception.retry_at - common.utcnow()
        self.assertAlmostEqual(wait.total_seconds(), 600, delta=10)

    def test_b6_large_message(self):
        mail = EmailMessage()
        mail["To"], mail["From"], mail["Subject"] = BOB, ANN, "Large"
        mail.add_attachment(b"x" * 15_000_000, "application", "octet-stream")
        sent = self.client().send(mail.as_bytes(), None)
        self.assertEqual(self.only(BOB)["subject"], "Large")
        self.assertTrue(sent.id)

    def test_b6_too_large_message(self):
        with self.assertRaises(errors.Refused):
            self.client().send(mime() + b"x" * 36_700_160, None)


class TestWatching(SandboxCase):
    def test_f2_watch_and_stop(self):
        gmail = self.client()
        before = common.utcnow()
        watch = gmail.watch("projects/p/topics/one")
        self.assertEqual(watch.history_id, gmail.profile().history_id)
        self.assertGreater(watch.expires_at, before + timedelta(days=6))
        gmail.stop()
        self.assertEqual(self.control.watches(ANN), [])

    def test_f2_topic_changes(self):
        gmail = self.client()
        gmail.watch("projects/p/topics/one")
        gmail.watch("projects/p/topics/two")
        (watch,) = self.control.watches(ANN)
        self.assertEqual(watch["topic"], "projects/p/topics/two")


class TestPush(SandboxCase):
    SUBSCRIPTION = ("https://odoo.example.com/push", "push@p.iam.gserviceaccount.com")

    def setUp(self):
        super().setUp()
        # An earlier sandbox, with other keys, may have had the same port.
        push._keys.cache_clear()

    def receive(self, **options):
        """Have a notification pushed; the request that arrives."""
        receiver = common.FakeGoogle()
        self.addCleanup(receiver.stop)
        receiver.script("/push", common.reply(204, b""))
        self.control.publish(ANN, f"{receiver.url}/push", *self.SUBSCRIPTION, **options)
        (request,) = receiver.requests
        return request

    def verify(self, request):
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return push.verify(token, self.hosts, *self.SUBSCRIPTION)

    def test_f2_genuine(self):
        request = self.receive(history_id=4711)
        self.assertEqual(self.verify(request)["email"], self.SUBSCRIPTION[1])
        self.assertEqual(push.notification(json.loads(request.body)), (ANN, 4711))

    def test_f2_forged(self):
        for options in (
            {"forged": True},
            {"with_token": False},
            {"issuer": "https://accounts.example.com"},
            {"expires_in": -3600},
            {"email_verified": False},
        ):
            with self.subTest(**options), self.assertRaises(errors.Forged):
                self.verify(self.receive(**options))
