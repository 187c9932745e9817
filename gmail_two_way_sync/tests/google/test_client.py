"""Reading a mailbox."""

import json
from datetime import datetime

from ...google import errors, payloads
from . import common

PROFILE = {"emailAddress": "ann@example.com", "historyId": "18446744073709551615"}
NOON = "1793620800123"
NOON_TIME = datetime(2026, 11, 2, 12, 0, 0, 123000)


def message(message_id, headers=(), **more):
    return {
        "id": message_id,
        "threadId": f"thread-{message_id}",
        "labelIds": ["INBOX", "UNREAD"],
        "internalDate": NOON,
        "sizeEstimate": 4321,
        "payload": {"headers": [{"name": n, "value": v} for n, v in headers]},
        **more,
    }


class ClientCase(common.GoogleCase):
    def script(self, resource, *steps):
        self.google.script(f"{common.API}/{resource}", *steps)

    def to(self, resource):
        return self.google.to(f"{common.API}/{resource}")

    def batched_paths(self):
        """The GETs inside each batch request."""
        return [
            [
                line.split()[1].decode()
                for line in request.body.splitlines()
                if line.startswith(b"GET ")
            ]
            for request in self.google.to("/batch")
        ]


class TestResources(ClientCase):
    def test_profile(self):
        self.script("profile", common.reply(200, PROFILE))
        expected = payloads.Profile("ann@example.com", 2**64 - 1)
        self.assertEqual(self.client().profile(), expected)
        (request,) = self.to("profile")
        self.assertEqual(request.headers["Authorization"], "Bearer access-1")

    def test_c18_send_as(self):
        addresses = [
            {"sendAsEmail": "ann@example.com", "isPrimary": True, "isDefault": True},
            {
                "sendAsEmail": "sales@example.com",
                "displayName": "Sales",
                "verificationStatus": "accepted",
            },
            {"sendAsEmail": "ann@old.com", "verificationStatus": "pending"},
            {"sendAsEmail": "odd@example.com"},
        ]
        self.script("settings/sendAs", common.reply(200, {"sendAs": addresses}))
        expected = [
            payloads.SendAs("ann@example.com", "", True, True, True),
            payloads.SendAs("sales@example.com", "Sales", False, False, True),
            payloads.SendAs("ann@old.com", "", False, False, False),
            payloads.SendAs("odd@example.com", "", False, False, False),
        ]
        self.assertEqual(self.client().send_as(), expected)

    def test_list_messages(self):
        page = {"messages": [{"id": "m1", "threadId": "t1"}], "nextPageToken": "p2"}
        self.script("messages", common.reply(200, page), common.reply(200, {}))
        gmail = self.client()
        found = gmail.list_messages("after:1793620800", ("INBOX", "UNREAD"), "p1", 900)
        self.assertEqual(found, payloads.MessagePage((("m1", "t1"),), "p2"))
        self.assertEqual(gmail.list_messages(), payloads.MessagePage((), None))
        first, second = self.to("messages")
        expected = {
            "q": ["after:1793620800"],
            "labelIds": ["INBOX", "UNREAD"],
            "pageToken": ["p1"],
            "maxResults": ["500"],
        }
        self.assertEqual(first.query, expected)
        self.assertEqual(second.query, {"maxResults": ["500"]})

    def test_e4_find_looks_everywhere(self):
        page = {"messages": [{"id": "m1", "threadId": "t1"}]}
        self.script("messages", common.reply(200, page), common.reply(200, {}))
        gmail = self.client()
        self.assertEqual(gmail.find("rfc822msgid:a@b.example"), ["m1"])
        self.assertEqual(gmail.find("from:nobody@b.example"), [])
        first, _second = self.to("messages")
        expected = {
            "q": ["rfc822msgid:a@b.example"],
            "includeSpamTrash": ["true"],
            "maxResults": ["500"],
        }
        self.assertEqual(first.query, expected)

    def test_e4_messages_of_a_thread(self):
        content = {"id": "t1", "messages": [{"id": "m1"}, {"id": "m2"}]}
        refusal = common.error_body(404, "notFound", "Requested entity was not found.")
        self.script("threads/t1", common.reply(200, content))
        self.script("threads/t2", common.reply(404, refusal))
        self.assertEqual(self.client().thread("t1"), ["m1", "m2"])
        with self.assertRaises(errors.NotFound):
            self.client().thread("t2")

    def test_unreadable_answers(self):
        for content in (b"<html>", b"", b"null", b"[]", b"{}", b'{"historyId": "x"}'):
            self.script("profile", common.reply(200, content))
            with self.subTest(content=content), self.assertRaises(errors.TryAgain):
                self.client().profile()

    def test_c19_reading_is_get(self):
        self.script("profile", common.reply(200, PROFILE))
        self.script("messages", common.reply(200, {}))
        self.script("settings/sendAs", common.reply(200, {"sendAs": []}))
        self.script("history", common.reply(200, {"historyId": "9"}))
        gmail = self.client()
        gmail.profile()
        gmail.list_messages()
        gmail.send_as()
        list(gmail.history(1))
        self.assertEqual({request.method for request in self.google.requests}, {"GET"})


class TestHistory(ClientCase):
    def test_c1_changes(self):
        records = [
            {
                "id": "11",
                "messages": [{"id": "m1", "threadId": "t1"}],
                "messagesAdded": [
                    {"message": {"id": "m1", "threadId": "t1", "labelIds": ["INBOX"]}},
                    {"message": {"id": "m2"}},
                ],
            },
            {
                "labelsRemoved": [
                    {
                        "message": {
                            "id": "m3",
                            "threadId": "t3",
                            "labelIds": ["INBOX"],
                        },
                        "labelIds": ["SPAM"],
                    }
                ],
                "labelsAdded": [
                    {"message": {"id": "m4", "threadId": "t4"}, "labelIds": ["SENT"]}
                ],
            },
            {"messagesDeleted": [{"message": {"id": "m5", "threadId": "t5"}}]},
            {"id": "12"},
        ]
        page = {"history": records, "historyId": "20"}
        self.script("history", common.reply(200, page))
        (found,) = self.client().history(10)
        inbox, spam, sent = (frozenset({x}) for x in ("INBOX", "SPAM", "SENT"))
        expected = (
            payloads.Change("m1", "t1", "added", inbox),
            payloads.Change("m2", "", "added"),
            payloads.Change("m4", "t4", "label_added", changed=sent),
            payloads.Change("m3", "t3", "label_removed", inbox, spam),
        )
        self.assertEqual(found, payloads.HistoryPage(expected, 20))
        (request,) = self.to("history")
        expected = {
            "startHistoryId": ["10"],
            "historyTypes": ["messageAdded", "labelAdded", "labelRemoved"],
            "maxResults": ["500"],
        }
        self.assertEqual(request.query, expected)

    def test_nothing_happened(self):
        self.script("history", common.reply(200, {"historyId": "20"}))
        found = list(self.client().history(20))
        self.assertEqual(found, [payloads.HistoryPage((), 20)])

    def test_pages_are_fetched_as_they_are_read(self):
        first = {"historyId": "20", "nextPageToken": "p2"}
        second = {"historyId": "21", "nextPageToken": "p3"}
        third = {"historyId": "22"}
        pages = (first, second, third)
        self.script("history", *[common.reply(200, page) for page in pages])
        history = self.client().history(10)
        self.assertEqual(next(history).history_id, 20)
        self.assertEqual(len(self.to("history")), 1)
        self.assertEqual([page.history_id for page in history], [21, 22])
        starts = [request.query["startHistoryId"] for request in self.to("history")]
        self.assertEqual(starts, [["10"]] * 3)
        tokens = [request.query.get("pageToken") for request in self.to("history")]
        self.assertEqual(tokens, [None, ["p2"], ["p3"]])

    def test_a8_expired(self):
        body = common.error_body(404, "notFound", "Requested entity was not found.")
        self.script("history", common.reply(404, body))
        with self.assertRaises(errors.HistoryExpired):
            next(self.client().history(10))


class TestFindSent(ClientCase):
    KEY = "X-Gmail-Two-Way-Sync-Key"

    def script_sent(self, *parts):
        ids = [{"id": f"m{n}", "threadId": f"t{n}"} for n in range(len(parts))]
        self.script("messages", common.reply(200, {"messages": ids}))
        self.google.script("/batch", common.batch_reply(*parts))

    def find(self):
        return self.client().find_sent(self.KEY, "key-1", datetime(1970, 1, 1))

    def test_b8_found(self):
        other = (200, message("m0", [(self.KEY, "key-2")]))
        wanted = (200, message("m1", [("X-GMAIL-two-way-sync-key", " key-1 ")]))
        self.script_sent(other, wanted)
        self.assertEqual(self.find(), payloads.SentMessage("m1", "thread-m1"))
        (request,) = self.to("messages")
        expected = {
            "labelIds": ["SENT"],
            "includeSpamTrash": ["true"],
            "maxResults": ["50"],
        }
        self.assertEqual(request.query, expected)
        ((path, _),) = self.batched_paths()
        self.assertTrue(path.endswith(f"?format=metadata&metadataHeaders={self.KEY}"))

    def test_b8_not_there(self):
        self.script_sent((200, message("m0")), (200, message("m1")))
        self.assertIsNone(self.find())

    def test_b8_nothing_sent_yet(self):
        self.script("messages", common.reply(200, {}))
        self.assertIsNone(self.find())

    def test_b8_not_found_is_not_said_of_what_was_not_seen(self):
        limited = (429, common.error_body(429, "", "Too many concurrent requests"))
        self.script_sent((200, message("m0")), limited)
        with self.assertRaises(errors.RateLimited):
            self.find()

    def test_b8_listed_but_not_yet_visible(self):
        unseen = (404, common.error_body(404, "notFound", "Not found."))
        self.script_sent((200, message("m0")), unseen)
        with self.assertRaises(errors.TryAgain):
            self.find()

    def test_b8_found_although_others_were_not_seen(self):
        limited = (429, common.error_body(429, "", "Too many concurrent requests"))
        self.script_sent(limited, (200, message("m1", [(self.KEY, "key-1")])))
        self.assertEqual(self.find().id, "m1")


class TestWatch(ClientCase):
    TOPIC = "projects/p/topics/t"
    TAKEN = (
        "Only one user push notification client allowed per developer "
        "(call /stop then try again)"
    )
    ON = {"historyId": "77", "expiration": NOON}

    def test_f2_watch(self):
        self.script("watch", common.reply(200, self.ON))
        found = self.client().watch(self.TOPIC)
        self.assertEqual(found, payloads.Watch(77, NOON_TIME))
        (request,) = self.to("watch")
        self.assertEqual(json.loads(request.body), {"topicName": self.TOPIC})

    def test_f2_other_topic_is_replaced_once(self):
        taken = common.reply(400, common.error_body(400, "badRequest", self.TAKEN))
        self.script("watch", taken, common.reply(200, self.ON))
        self.script("stop", common.reply(204, b""))
        self.assertEqual(self.client().watch(self.TOPIC).history_id, 77)
        self.script("watch", taken, taken)
        self.script("stop", common.reply(204, b""))
        with self.assertRaises(errors.Refused):
            self.client().watch(self.TOPIC)
        self.assertEqual(len(self.to("watch")), 4)
        self.assertEqual(len(self.to("stop")), 2)

    def test_f2_posts_are_never_repeated(self):
        for resource, call in [
            ("watch", lambda gmail: gmail.watch(self.TOPIC)),
            ("stop", lambda gmail: gmail.stop()),
        ]:
            for step in (common.hang_up, common.reply(503, b"")):
                self.google.requests.clear()
                self.script(resource, step)
                with self.subTest(resource), self.assertRaises(errors.TryAgain):
                    call(self.client())
                self.assertEqual(len(self.to(resource)), 1)
