"""Sending: each message is POSTed once, whatever happens (spec B8)."""

import json
import logging
import socket
from datetime import timedelta
from email import message_from_bytes, policy
from unittest import mock

from ...google import errors, payloads, transport, wire
from ...google.hosts import Hosts
from . import common

MIME = b"From: ann@example.com\r\nTo: bob@example.com\r\n\r\nGr\xc3\xbc\xc3\x9fe\r\n"
TAKEN = {"id": "m1", "threadId": "t1", "labelIds": ["SENT"]}


class TestSend(common.GoogleCase):
    def send(self, *steps, mime=MIME, thread_id=None):
        self.google.script(common.SEND_PATH, *steps)
        return self.client().send(mime, thread_id)

    def posts(self):
        return self.google.to(common.SEND_PATH)

    def check(self, expected, *steps, posts=1, mime=MIME):
        self.google.requests.clear()
        with self.assertRaises(errors.GoogleError) as caught:
            self.send(*steps, mime=mime)
        self.assertIs(type(caught.exception), expected)
        self.assertEqual(len(self.posts()), posts)
        return caught.exception

    def upload_parts(self):
        (request,) = self.posts()
        self.assertEqual(request.query, {"uploadType": ["multipart"]})
        self.assertEqual(int(request.headers["Content-Length"]), len(request.body))
        boundary = request.headers.get_param("boundary").encode()
        self.assertEqual(request.headers.get_content_type(), "multipart/related")
        _, resource, message, end = request.body.split(b"--" + boundary)
        self.assertEqual(end, b"--\r\n")
        return resource, message

    def test_b3_reply_in_a_thread(self):
        sent = self.send(common.reply(200, TAKEN), thread_id="t1")
        self.assertEqual(sent, payloads.SentMessage("m1", "t1"))
        resource, message = self.upload_parts()
        head, _, body = resource.strip().partition(b"\r\n\r\n")
        self.assertEqual(head, b"Content-Type: application/json; charset=UTF-8")
        self.assertEqual(json.loads(body), {"threadId": "t1"})
        self.assertEqual(
            message, b"\r\nContent-Type: message/rfc822\r\n\r\n" + MIME + b"\r\n"
        )

    def test_b3_new_thread(self):
        self.send(common.reply(200, TAKEN))
        resource, _ = self.upload_parts()
        self.assertTrue(resource.strip().endswith(b"\r\n\r\n{}"))

    def test_large_message_arrives_whole(self):
        mime = b"To: bob@example.com\r\n\r\n" + bytes(range(256)) * 20_000
        self.send(common.reply(200, TAKEN), mime=mime)
        _, message = self.upload_parts()
        self.assertIn(mime, message)
        parsed = message_from_bytes(message.lstrip(), policy=policy.default)
        self.assertEqual(parsed.get_content_type(), "message/rfc822")

    def test_b8_dropped_connection(self):
        self.check(errors.OutcomeUnknown, common.hang_up)

    def test_b8_answer_breaks_off(self):
        self.check(errors.OutcomeUnknown, common.break_answer)

    def test_b8_connection_reset_while_the_message_goes_out(self):
        self.check(
            errors.OutcomeUnknown, common.reset_unread, mime=MIME + b"x" * 20_000_000
        )

    def test_b8_answer_too_late(self):
        late = common.late(1, common.reply(200, TAKEN))
        with mock.patch.object(transport, "SEND_READ_TIMEOUT", 0.1):
            self.check(errors.OutcomeUnknown, late)

    def test_b8_server_errors(self):
        for status in (500, 502, 503, 504):
            backend = common.error_body(status, "backendError", "Backend Error")
            for content in (backend, b"<html>Bad gateway</html>", b""):
                with self.subTest(status=status, content=content):
                    self.check(errors.OutcomeUnknown, common.reply(status, content))

    def test_b8_unreadable_success(self):
        for content in (b"<html>ok</html>", b"", b"[]", {"id": "m1"}):
            with self.subTest(content=content):
                self.check(errors.OutcomeUnknown, common.reply(200, content))

    def test_b8_redirects_are_not_followed(self):
        for status in (302, 307, 308):
            step = common.reply(status, b"", Location=common.SEND_PATH)
            with self.subTest(status=status):
                self.check(errors.OutcomeUnknown, step)

    def test_b8_definite_refusals(self):
        for status, reason, message, expected in [
            (400, "invalidArgument", "Invalid To header", errors.Refused),
            (403, "domainPolicy", "Sending is off.", errors.Refused),
            (403, "userRateLimitExceeded", "Rate Limit", errors.RateLimited),
            (404, "notFound", "Requested entity was not found.", errors.NotFound),
            (413, "uploadTooLarge", "Request too large", errors.Refused),
            (429, "rateLimitExceeded", "User-rate limit exceeded", errors.RateLimited),
        ]:
            body = common.error_body(status, reason, message)
            with self.subTest(status=status, reason=reason):
                error = self.check(expected, common.reply(status, body))
                self.assertEqual(error.detail, message)

    def test_b5_sending_limit(self):
        message = "User-rate limit exceeded (Mail sending)"
        body = common.error_body(429, "rateLimitExceeded", message)
        retry_later = common.reply(429, body, Retry_After="7200")
        error = self.check(errors.SendingLimitReached, retry_later)
        wait = error.retry_at - common.utcnow()
        self.assertAlmostEqual(wait.total_seconds(), 7200, delta=5)

    def test_b8_nobody_listens(self):
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            port = unused.getsockname()[1]
        self.hosts = Hosts.from_base_url(f"http://127.0.0.1:{port}")
        with self.assertRaises(errors.TryAgain):
            self.client().send(MIME, None)

    def test_b8_no_connection_in_time(self):
        """A listener whose queue is full does not accept: nothing was sent."""
        with socket.socket() as full:
            full.bind(("127.0.0.1", 0))
            full.listen(0)
            address = full.getsockname()
            waiting = [socket.socket() for _ in range(4)]
            for one in waiting:
                one.setblocking(False)
                one.connect_ex(address)
            self.hosts = Hosts.from_base_url(f"http://127.0.0.1:{address[1]}")
            with mock.patch.object(wire, "CONNECT_TIMEOUT", 0.2):
                with self.assertRaises(errors.TryAgain):
                    self.client().send(MIME, None)
            for one in waiting:
                one.close()

    def test_b8_unknown_host(self):
        self.hosts = Hosts.from_base_url("http://gmail.invalid")
        with mock.patch("socket.getaddrinfo", side_effect=socket.gaierror(8, "no")):
            with self.assertRaises(errors.TryAgain):
                self.client().send(MIME, None)

    def test_b8_handshake_fails(self):
        """A server that speaks no TLS never sees the message."""
        self.hosts = Hosts.from_base_url(self.google.url.replace("http", "https"))
        with self.assertRaises(errors.TryAgain):
            self.client().send(MIME, None)
        self.assertFalse(self.posts())

    def test_b8_own_connection(self):
        """A connection that was kept open is never used for a send."""
        profile = {"emailAddress": "ann@example.com", "historyId": "1"}
        self.google.script(f"{common.API}/profile", *[common.reply(200, profile)] * 2)
        self.google.script(common.SEND_PATH, common.reply(200, TAKEN))
        gmail = self.client()
        gmail.profile()
        self.assertEqual(len(self.google.connections), 1)
        gmail.send(MIME, None)
        self.assertEqual(len(self.google.connections), 2)
        gmail.profile()
        self.assertEqual(len(self.google.connections), 2)

    def test_b8_expired_token_is_refreshed_before(self):
        self.script_refresh()
        self.google.script(common.SEND_PATH, common.reply(200, TAKEN))
        gmail = self.client(common.tokens(timedelta(minutes=1)))
        gmail.send(MIME, None)
        (post,) = self.posts()
        self.assertEqual(post.headers["Authorization"], "Bearer access-2")
        self.assertTrue(gmail.tokens_changed)

    def test_b8_failing_refresh_is_no_unknown_send(self):
        for step, expected in [
            (common.hang_up, errors.TryAgain),
            (common.reply(503, b"<html>"), errors.TryAgain),
            (common.reply(400, {"error": "invalid_grant"}), errors.TokenRefused),
            (common.reply(401, {"error": "invalid_client"}), errors.ClientRefused),
        ]:
            self.google.script("/token", step)
            with self.subTest(expected=expected), self.assertRaises(expected):
                self.client(common.tokens(-timedelta(hours=1))).send(MIME, None)
        self.assertFalse(self.posts())

    def test_b8_refused_token_is_refreshed_once(self):
        """A 401 means that Gmail did not look at the message."""
        body = common.error_body(401, "authError", "Invalid Credentials")
        self.script_refresh()
        mime = MIME + b"x" * 200_000
        sent = self.send(common.reply(401, body), common.reply(200, TAKEN), mime=mime)
        self.assertEqual(sent.id, "m1")
        first, second = self.posts()
        self.assertEqual(first.body, second.body)
        self.assertEqual(second.headers["Authorization"], "Bearer access-2")

    def test_a8_token_refused_again(self):
        body = common.error_body(401, "authError", "Invalid Credentials")
        self.script_refresh()
        refused = common.reply(401, body)
        self.check(errors.TokenRefused, refused, refused, posts=2)

    def test_a8_refresh_after_401_fails(self):
        body = common.error_body(401, "authError", "Invalid Credentials")
        self.google.script("/token", common.hang_up)
        self.check(errors.TryAgain, common.reply(401, body))
        self.google.script("/token", common.reply(400, {"error": "invalid_grant"}))
        self.check(errors.TokenRefused, common.reply(401, body))

    def test_f3_nothing_private_is_logged(self):
        with self.assertLogs("odoo.addons.gmail_two_way_sync", logging.DEBUG) as logs:
            self.send(common.reply(200, TAKEN), thread_id="t1")
        (line,) = logs.output
        self.assertRegex(line, r"Google send: 200 in \d+ ms$")
