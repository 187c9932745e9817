"""Reading a mailbox."""

import base64
import json
import logging
import socket
from datetime import datetime, timedelta
from unittest import mock

from freezegun import freeze_time

from ...google import client, errors, oauth, payloads, wire
from ...google.hosts import Hosts
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


class TestFetch(ClientCase):
    def test_c20_headers_only(self):
        headers = [
            ("Received", "by x"),
            ("To", "a@example.com"),
            ("to", "b@example.com"),
            ("Subject", ""),
        ]
        data = message("m1", headers)
        self.google.script("/batch", common.batch_reply((200, data)))
        found = self.client().headers(["m1"])["m1"]
        expected = payloads.MessageHeaders(
            id="m1",
            thread_id="thread-m1",
            label_ids=frozenset({"INBOX", "UNREAD"}),
            internal_date=NOON_TIME,
            size=4321,
            headers=tuple(headers),
        )
        self.assertEqual(found, expected)
        ((path,),) = self.batched_paths()
        self.assertTrue(path.startswith("/gmail/v1/users/me/messages/m1?"))
        self.assertIn("format=metadata&metadataHeaders=From&metadataHeaders=", path)
        self.assertEqual(path.count("metadataHeaders="), len(client.HEADER_NAMES))

    def test_message_without_headers_or_labels(self):
        data = {"id": "m1", "threadId": "t1", "internalDate": NOON}
        self.google.script("/batch", common.batch_reply((200, data)))
        found = self.client().headers(["m1"])["m1"]
        self.assertEqual((found.headers, found.label_ids, found.size), ((), set(), 0))

    def test_failing_parts_fail_alone(self):
        parts = (
            (200, message("m0")),
            (404, common.error_body(404, "notFound", "Not found.")),
            (429, common.error_body(429, "rateLimitExceeded", "Too many concurrent")),
            (500, "<html>"),
            (200, {"id": "m4"}),
            (200, "{"),
        )
        self.google.script("/batch", common.batch_reply(*parts))
        ids = [f"m{number}" for number in range(7)]
        found = self.client().headers(ids)
        self.assertEqual(list(found), ids)
        kinds = [type(value) for value in found.values()]
        expected = [
            payloads.MessageHeaders,
            errors.NotFound,
            errors.RateLimited,
            errors.TryAgain,
            errors.TryAgain,
            errors.TryAgain,
            errors.TryAgain,
        ]
        self.assertEqual(kinds, expected)

    def test_parts_come_in_any_order(self):
        parts = [(200, message("m1")), (200, message("m0"))]
        self.google.script("/batch", common.batch_reply(*parts, numbers=[1, 0]))
        found = self.client().headers(["m0", "m1"])
        self.assertEqual(
            {key: value.id for key, value in found.items()},
            {
                "m0": "m0",
                "m1": "m1",
            },
        )

    def test_at_most_fifty_headers_and_twenty_bodies_at_once(self):
        empty = common.batch_reply()
        self.google.script("/batch", *[empty] * 10)
        ids = [f"m{number}" for number in range(101)]
        self.client().headers(ids + ids[:5])
        self.assertEqual([len(paths) for paths in self.batched_paths()], [50, 50, 1])
        self.google.requests.clear()
        self.client().raw(ids[:41])
        self.assertEqual([len(paths) for paths in self.batched_paths()], [20, 20, 1])

    def test_nothing_asked_nothing_requested(self):
        self.assertEqual(self.client().headers([]), {})
        self.assertEqual(self.google.requests, [])

    def test_raw_with_and_without_padding(self):
        contents = [b"From: \xff\xfe?>\r\n\r\n" + b"x" * n for n in range(4)]
        encoded = [base64.urlsafe_b64encode(raw).decode() for raw in contents]
        raws = [encoded[0], encoded[1].rstrip("="), encoded[2].rstrip("="), encoded[3]]
        parts = [(200, message(f"m{n}", raw=raw)) for n, raw in enumerate(raws)]
        self.google.script("/batch", common.batch_reply(*parts))
        found = self.client().raw(["m0", "m1", "m2", "m3"])
        self.assertEqual([one.raw for one in found.values()], contents)
        self.assertEqual(found["m0"].internal_date, NOON_TIME)
        ((path, *_),) = self.batched_paths()
        self.assertEqual(path, "/gmail/v1/users/me/messages/m0?format=raw")

    def test_raw_missing_or_broken(self):
        parts = [(200, message("m0")), (200, message("m1", raw="a"))]
        self.google.script("/batch", common.batch_reply(*parts))
        for error in self.client().raw(["m0", "m1"]).values():
            self.assertIsInstance(error, errors.TryAgain)

    def test_parts_of_an_expired_token_are_fetched_again(self):
        refused = (401, common.error_body(401, "authError", "Invalid Credentials"))
        steps = [
            common.batch_reply((200, message("m0")), refused, refused),
            common.batch_reply((200, message("m1")), refused),
        ]
        self.google.script("/batch", *steps)
        self.script_refresh()
        found = self.client().headers(["m0", "m1", "m2"])
        self.assertEqual(found["m1"].id, "m1")
        self.assertIsInstance(found["m2"], errors.TokenRefused)
        self.assertEqual([len(paths) for paths in self.batched_paths()], [3, 2])

    def test_whole_batch_fails(self):
        limited = common.error_body(429, "rateLimitExceeded", "User-rate limit")
        for step, expected in [
            (common.reply(429, limited), errors.RateLimited),
            (common.reply(503, b"<html>"), errors.TryAgain),
            (common.hang_up, errors.TryAgain),
            (common.break_answer, errors.TryAgain),
        ]:
            self.google.requests.clear()
            self.google.script("/batch", step)
            with self.subTest(expected=expected), self.assertRaises(expected):
                self.client().headers(["m0"])
            self.assertEqual(len(self.google.to("/batch")), 1)

    def test_answer_that_is_no_batch(self):
        for step in (
            common.reply(200, b"<html>", Content_Type="text/html"),
            common.reply(200, {}, Content_Type="multipart/mixed"),
            common.reply(200, b"", Content_Type="multipart/mixed; boundary=x"),
            common.batch_reply((200, message("m9")), numbers=[9]),
        ):
            self.google.script("/batch", step)
            found = self.client().headers(["m0"])
            self.assertIsInstance(found["m0"], errors.TryAgain)

    def test_batch_answer_with_bare_newlines(self):
        answer = [
            "--b",
            "Content-ID: <response-part-0>",
            "Content-Type: application/http",
            "",
            "HTTP/1.1 200 OK",
            "Content-Type: application/json",
            "",
            json.dumps(message("m0")),
            "--b--",
        ]
        step = common.reply(
            200,
            "\n".join(answer).encode(),
            Content_Type='multipart/mixed; boundary="b"',
        )
        self.google.script("/batch", step)
        self.assertEqual(self.client().headers(["m0"])["m0"].id, "m0")

    def test_b7_part_says_when_to_come_back(self):
        body = (
            b"--b\r\nContent-ID: <response-part-0>\r\n\r\n"
            b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 600\r\n\r\n{}\r\n--b--"
        )
        step = common.reply(200, body, Content_Type="multipart/mixed; boundary=b")
        self.google.script("/batch", step)
        limited = self.client().headers(["m0"])["m0"]
        wait = limited.retry_at - common.utcnow()
        self.assertAlmostEqual(wait.total_seconds(), 600, delta=5)


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
