"""Each outcome by what Google says, with the texts that were really seen."""

import json
import unittest
from datetime import datetime, timedelta

from ...google import errors
from ...google.wire import Answer
from . import common

NOW = datetime(2026, 11, 2, 12, 0, 0)
READ = "messages"

PER_MINUTE = (
    "Quota exceeded for quota metric 'Queries' and limit 'Queries per minute per user'"
    " of service 'gmail.googleapis.com' for consumer 'project_number:1234'"
)
NO_API = (
    "Gmail API has not been used in project 1234 before or it is disabled. Enable it"
    " by visiting https://console.developers.google.com/ then retry."
)
NO_GMAIL = "The domain administrators have disabled Gmail apps."
NO_SENDING = "User-rate limit exceeded (Mail sending)"
EXHAUSTED = "Resource has been exhausted (e.g. check quota)."
NO_SCOPE = "Request had insufficient authentication scopes."
ONE_WATCH = (
    "Only one user push notification client allowed per developer "
    "(call /stop then try again)"
)
HTML = b"<!DOCTYPE html><html><body>Error</body></html>"


def answer(status, reason="", message=""):
    return bare(status, common.error_body(status, reason, message))


def bare(status, content=b"", **headers):
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, headers, body)


def after(**delta):
    return NOW + timedelta(**delta)


class TestApiOutcomes(unittest.TestCase):
    def check(self, call, given, expected):
        error = errors.classify(given, call, NOW)
        self.assertIs(type(error), expected, f"{given} {given.body!r}")
        return error

    def test_b7_catalogue(self):
        """Every row of Gmail's error catalogue and what the field adds to it."""
        rows = [
            (errors.Refused, 400, "badRequest", "Invalid attachment"),
            (errors.Refused, 400, "INVALID_ARGUMENT", "Invalid value at history_types"),
            (errors.MailboxOff, 400, "failedPrecondition", "Mail service not enabled"),
            (errors.TryAgain, 400, "failedPrecondition", "Precondition check failed."),
            (errors.WatchTaken, 400, "badRequest", ONE_WATCH),
            (errors.TokenRefused, 401, "authError", "Invalid Credentials"),
            (
                errors.ProjectQuotaUsedUp,
                403,
                "dailyLimitExceeded",
                "Daily Limit Exceeded",
            ),
            (errors.RateLimited, 403, "rateLimitExceeded", "Rate Limit Exceeded"),
            (errors.RateLimited, 403, "userRateLimitExceeded", "User Rate Limit Exc."),
            (errors.RateLimited, 403, "rateLimitExceeded", PER_MINUTE),
            (errors.RateLimited, 403, "", PER_MINUTE),
            (errors.MailboxOff, 403, "domainPolicy", NO_GMAIL),
            (errors.Refused, 403, "domainPolicy", "Not in this domain."),
            (errors.ScopeMissing, 403, "insufficientPermissions", NO_SCOPE),
            (errors.ScopeMissing, 403, "forbidden", "Insufficient Permission"),
            (errors.ClientRefused, 403, "accessNotConfigured", NO_API),
            (errors.Refused, 403, "forbidden", "Delegation denied"),
            (errors.NotFound, 404, "notFound", "Requested entity was not found."),
            (errors.TryAgain, 409, "aborted", "Aborted"),
            (errors.Refused, 413, "", "Request Entity Too Large"),
            (errors.Refused, 418, "new", "Something new"),
            (errors.SendingLimitReached, 429, "rateLimitExceeded", NO_SENDING),
            (errors.SendingLimitReached, 403, "dailyLimitExceeded", NO_SENDING),
            (errors.RateLimited, 429, "", "User-rate limit exceeded"),
            (errors.RateLimited, 429, "", "Too many concurrent requests for user"),
            (errors.RateLimited, 429, "rateLimitExceeded", PER_MINUTE),
            (errors.RateLimited, 429, "RESOURCE_EXHAUSTED", EXHAUSTED),
            (errors.TryAgain, 500, "backendError", "Backend Error"),
            (errors.TryAgain, 502, "", ""),
            (errors.TryAgain, 503, "backendError", "Backend Error"),
            (errors.TryAgain, 504, "", "Deadline exceeded"),
        ]
        for expected, status, reason, message in rows:
            with self.subTest(status=status, reason=reason, message=message):
                self.check(READ, answer(status, reason, message), expected)

    def test_error_info_alone_is_understood(self):
        for reason, expected in [
            ("ACCESS_TOKEN_SCOPE_INSUFFICIENT", errors.ScopeMissing),
            ("SERVICE_DISABLED", errors.ClientRefused),
            ("RATE_LIMIT_EXCEEDED", errors.RateLimited),
        ]:
            details = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo"}]
            details[0]["reason"] = reason
            body = {"error": {"code": 403, "details": details, "status": "X"}}
            with self.subTest(reason=reason):
                error = self.check(READ, bare(403, body), expected)
                self.assertEqual(error.reason, reason)

    def test_a8_history_expired_is_a_404_of_history_only(self):
        gone = answer(404, "notFound", "Requested entity was not found.")
        self.check(errors.HISTORY, gone, errors.HistoryExpired)
        self.check(errors.SEND, gone, errors.NotFound)
        self.check(errors.HISTORY, bare(404, HTML), errors.TryAgain)

    def test_strangers_answers_decide_nothing(self):
        """Pages of proxies, empty bodies and other JSON neither end a connection
        nor make the sync start all over."""
        for content in (
            HTML,
            b"",
            b"[]",
            b'"error"',
            b"{}",
            b'{"error": null}',
            b"\xff",
        ):
            for status in (302, 400, 401, 403, 404, 407, 500, 502, 503):
                with self.subTest(content=content, status=status):
                    error = self.check(READ, bare(status, content), errors.TryAgain)
                    self.assertEqual(error.detail, f"HTTP {status}")

    def test_front_servers_answers_without_document(self):
        self.check(READ, bare(413, HTML), errors.Refused)
        self.check(READ, bare(429, HTML), errors.RateLimited)
        challenge = 'Bearer realm="https://accounts.google.com/", error=invalid_token'
        refused = bare(401, b"Invalid Credentials", www_authenticate=challenge)
        self.check(READ, refused, errors.TokenRefused)

    def test_status_word_alone_is_understood(self):
        error = {"code": 429, "message": EXHAUSTED, "status": "RESOURCE_EXHAUSTED"}
        limited = self.check(READ, bare(429, {"error": error}), errors.RateLimited)
        self.assertEqual(limited.reason, "RESOURCE_EXHAUSTED")

    def test_malformed_documents_are_survived(self):
        for error in (
            {"errors": "x", "message": 3, "details": [None, {"reason": 4}]},
            {"errors": [1], "status": {}},
        ):
            self.check(READ, bare(403, {"error": error}), errors.Refused)
        self.check(READ, bare(404, [{"error": {"code": 404}}]), errors.NotFound)

    def test_b8_unclear_answers_to_a_send(self):
        for given in (
            answer(500, "backendError", "Backend Error"),
            answer(503, "backendError", "Backend Error"),
            bare(502, HTML),
            bare(504),
            bare(302, HTML),
            bare(403, HTML),
            bare(404, HTML),
            bare(408, HTML),
            answer(409, "aborted", "Aborted"),
        ):
            with self.subTest(given=given, body=given.body):
                self.check(errors.SEND, given, errors.OutcomeUnknown)

    def test_b8_definite_answers_to_a_send(self):
        for given, expected in [
            (answer(400, "invalidArgument", "Invalid To header"), errors.Refused),
            (bare(400, HTML), errors.Refused),
            (bare(413, HTML), errors.Refused),
            (bare(429, HTML), errors.RateLimited),
            (answer(401, "authError", "Invalid Credentials"), errors.TokenRefused),
            (answer(403, "insufficientPermissions", NO_SCOPE), errors.ScopeMissing),
            (
                answer(400, "failedPrecondition", "Precondition check failed."),
                errors.TryAgain,
            ),
        ]:
            with self.subTest(body=given.body):
                self.check(errors.SEND, given, expected)

    def test_reason_and_detail_are_googles(self):
        error = self.check(
            READ, answer(400, "badRequest", "Invalid\n  attachment"), errors.Refused
        )
        self.assertEqual(error.reason, "badRequest")
        self.assertEqual(error.detail, "Invalid attachment")
        self.assertEqual(str(error), "Invalid attachment")
        endless = self.check(READ, answer(400, "x", "long " * 1000), errors.Refused)
        self.assertLessEqual(len(endless.detail), 500)


class TestRetryTimes(unittest.TestCase):
    def check(self, given, expected):
        error = errors.classify(given, READ, NOW)
        self.assertEqual(error.retry_at, expected)

    def test_b7_header(self):
        for value, expected in [
            ("120", after(minutes=2)),
            ("0", after(seconds=1)),
            ("Mon, 02 Nov 2026 12:05:00 GMT", after(minutes=5)),
            ("Mon, 02 Nov 2026 13:05:00 +0100", after(minutes=5)),
            ("Mon, 02 Nov 2026 11:00:00 GMT", after(seconds=1)),
            ("99999999999999", after(hours=24)),
            ("soon", after(minutes=1)),
            ("-5", after(minutes=1)),
        ]:
            with self.subTest(value=value):
                self.check(bare(429, HTML, retry_after=value), expected)

    def test_b7_message(self):
        text = "User-rate limit exceeded.  Retry after 2026-11-02T12:03:15.961Z"
        moment = datetime(2026, 11, 2, 12, 3, 15, 961000)
        self.check(answer(429, "rateLimitExceeded", text), moment)
        forwarding = f"{text} (Forwarding rules)"
        self.check(answer(403, "rateLimitExceeded", forwarding), moment)
        whole = "User-rate limit exceeded.  Retry after 2026-11-02T12:04:00Z"
        self.check(answer(429, "", whole), after(minutes=4))
        wrong = "User-rate limit exceeded.  Retry after 2026-13-42T12:04:00Z"
        self.check(answer(429, "", wrong), after(minutes=15))

    def test_b7_header_wins(self):
        text = "User-rate limit exceeded.  Retry after 2026-11-02T12:03:15.961Z"
        body = json.loads(answer(429, "", text).body)
        self.check(bare(429, body, retry_after="30"), after(seconds=30))

    def test_b7_defaults(self):
        for message, expected in [
            ("User-rate limit exceeded", after(minutes=15)),
            ("Too many concurrent requests for user", after(seconds=30)),
            ("User-rate limit exceeded (Mail sending)", after(hours=1)),
            ("Quota exceeded for limit 'Queries per day'", after(hours=1)),
            (PER_MINUTE, after(minutes=1)),
            ("", after(minutes=1)),
        ]:
            with self.subTest(message=message):
                self.check(answer(429, "", message), expected)

    def test_transient(self):
        self.check(answer(503, "backendError", "Backend Error"), None)
        self.check(bare(503, HTML, retry_after="10"), after(seconds=10))
        daily = answer(403, "dailyLimitExceeded", "Daily Limit Exceeded")
        self.check(daily, after(hours=1))


class TestOAuthOutcomes(unittest.TestCase):
    def check(self, call, given, expected):
        error = errors.classify_oauth(given, call, NOW)
        self.assertIs(type(error), expected)
        return error

    def test_a8_words(self):
        everywhere = (errors.EXCHANGE, errors.REFRESH, errors.REVOKE)
        rows = [
            ("invalid_grant", 400, {errors.EXCHANGE}, errors.CodeRefused),
            ("invalid_grant", 400, {errors.REFRESH}, errors.TokenRefused),
            ("invalid_token", 400, {errors.REVOKE}, errors.TokenRefused),
            ("admin_policy_enforced", 400, {errors.REFRESH}, errors.TokenRefused),
            ("admin_policy_enforced", 400, {errors.EXCHANGE}, errors.Refused),
            ("access_denied", 403, {errors.REFRESH}, errors.TokenRefused),
            ("invalid_client", 401, everywhere, errors.ClientRefused),
            ("unauthorized_client", 401, everywhere, errors.ClientRefused),
            ("deleted_client", 401, everywhere, errors.ClientRefused),
            ("org_internal", 403, everywhere, errors.ClientRefused),
            ("redirect_uri_mismatch", 400, {errors.EXCHANGE}, errors.ClientRefused),
            ("invalid_request", 400, everywhere, errors.Refused),
            ("temporarily_unavailable", 400, everywhere, errors.TryAgain),
            ("internal_failure", 400, everywhere, errors.TryAgain),
            ("invalid_grant", 503, everywhere, errors.TryAgain),
            ("rate_limit_exceeded", 403, everywhere, errors.RateLimited),
            ("rate_limit_exceeded", 429, everywhere, errors.RateLimited),
        ]
        for word, status, calls, expected in rows:
            body = {"error": word, "error_description": "In Google's words."}
            for call in calls:
                with self.subTest(word=word, call=call, status=status):
                    error = self.check(call, bare(status, body), expected)
                    self.assertEqual(error.reason, word)
                    self.assertEqual(error.detail, "In Google's words.")

    def test_a8_session_control_asks_to_reconnect(self):
        body = {"error": "invalid_grant", "error_subtype": "invalid_rapt"}
        self.check(errors.REFRESH, bare(400, body), errors.TokenRefused)

    def test_strangers_answers_end_no_connection(self):
        for status in (302, 400, 401, 403, 404, 407, 408, 500, 502, 503, 504):
            for content in (HTML, b"", b"[]", b"{}"):
                with self.subTest(status=status, content=content):
                    self.check(errors.REFRESH, bare(status, content), errors.TryAgain)
        self.check(errors.REFRESH, bare(429, HTML), errors.RateLimited)
