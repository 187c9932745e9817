"""The client against the sandbox, which means what Gmail means: connecting, reading."""

from ...google import errors, oauth, payloads
from . import common
from .sandbox_common import ANN, CALLBACK, READONLY, SEND, SandboxCase, mime


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
