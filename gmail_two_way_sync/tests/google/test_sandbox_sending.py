"""The client against the sandbox, which means what Gmail means: sending, push."""

import json
from datetime import timedelta
from email.message import EmailMessage

from ...google import errors, push, wire
from . import common
from .sandbox_common import (
    ANN,
    BOB,
    EVER,
    KEY_HEADER,
    SandboxCase,
    mime,
)


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
