"""Reading many messages of a mailbox: headers, raw contents, batches."""

import base64
import json

from ...google import client, errors, payloads
from . import common
from .test_client import NOON, NOON_TIME, ClientCase, message


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
