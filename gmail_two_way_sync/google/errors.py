"""What can become of a call to Google: one exception per outcome.

Outcomes are decided here and nowhere else, by Google's reason and message first and
by the HTTP status last, because the same status means different things. Reasons and
messages are those of Gmail's "Resolve errors" guide and of OAuth 2.0 for web servers,
and where these are silent those that clients were seen to receive.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from .faults import Fault, read_fault
from .wire import Answer

SEND = "send"
HISTORY = "history"
EXCHANGE = "exchange"
REFRESH = "refresh"
REVOKE = "revoke"


class GoogleError(Exception):
    """A call to Google that did not succeed.

    :ivar detail: Google's own words, safe to show; never holds a token.
    :ivar reason: Google's machine-readable reason; may be empty.
    """

    def __init__(self, detail: str = "", reason: str = "") -> None:
        super().__init__(detail or reason)
        self.detail = detail
        self.reason = reason


class RateLimited(GoogleError):
    """Too much was asked; nothing was done. Ask again from ``retry_at`` (naive UTC)."""

    def __init__(self, detail: str, reason: str, retry_at: datetime) -> None:
        super().__init__(detail, reason)
        self.retry_at = retry_at


class SendingLimitReached(RateLimited):
    """The mailbox sent as much as Google lets it send in 24 hours; reading works."""


class TokenRefused(GoogleError):
    """Google does not accept this mailbox's tokens any more: reconnect."""


class CodeRefused(GoogleError):
    """The authorization code is wrong, used or expired: start connecting again."""


class ClientRefused(GoogleError):
    """The OAuth client or its Cloud project is misconfigured: all mailboxes fail."""


class ScopeMissing(GoogleError):
    """The person did not grant the permission that this call needs."""


class Refused(GoogleError):
    """Refused for good: the same call will never succeed. ``detail`` says why."""


class MailboxOff(Refused):
    """There is no Gmail for this account, or its administrator switched it off."""


class WatchTaken(Refused):
    """Push notifications of this mailbox go to another topic of the same project."""


class NotFound(GoogleError):
    """Google does not know this message or thread, or not yet."""


class HistoryExpired(GoogleError):
    """Google does not keep history back to this id any more: list messages instead."""


class TryAgain(GoogleError):
    """Nothing is wrong with the call; it did not work this time.

    :ivar retry_at: from when (naive UTC) if Google said so or if it is known that
        earlier makes no sense, else None.
    """

    def __init__(
        self, detail: str = "", reason: str = "", retry_at: datetime | None = None
    ) -> None:
        super().__init__(detail, reason)
        self.retry_at = retry_at


class ProjectQuotaUsedUp(TryAgain):
    """The Cloud project reached the cap per day that its owner set."""


class OutcomeUnknown(GoogleError):
    """Nobody knows whether this message was sent: look for it before sending again."""


class Forged(GoogleError):
    """A push notification that does not come from Google's Pub/Sub."""


@dataclass(frozen=True)
class _Rule:
    """Recognises an outcome by the status and a reason or the text."""

    outcome: type[GoogleError]
    statuses: frozenset[int]
    reasons: frozenset[str] = frozenset()
    text: str = ""

    def matches(self, fault: Fault) -> bool:
        if fault.status not in self.statuses:
            return False
        if not self.reasons and not self.text:
            return True
        if not self.reasons.isdisjoint(fault.reasons):
            return True
        return bool(self.text and re.search(self.text, fault.message, re.IGNORECASE))


def _rule(
    outcome: type[GoogleError], *statuses: int, reasons: str = "", text: str = ""
) -> _Rule:
    return _Rule(outcome, frozenset(statuses), frozenset(reasons.split()), text)


# First match wins. A 4xx that matches nothing is refused for good.
_API_RULES = (
    _rule(
        SendingLimitReached,
        *(403, 429),
        text=r"\(mail sending\)|sending (limit|quota)",
    ),
    _rule(
        ProjectQuotaUsedUp,
        *(403, 429),
        reasons="dailyLimitExceeded dailyLimitExceededUnreg",
    ),
    _rule(RateLimited, 429),
    _rule(
        RateLimited,
        403,
        reasons="rateLimitExceeded userRateLimitExceeded quotaExceeded "
        "RATE_LIMIT_EXCEEDED RESOURCE_EXHAUSTED",
        text=r"quota exceeded|rate.limit exceeded",
    ),
    _rule(
        ScopeMissing,
        *(401, 403),
        reasons="insufficientPermissions ACCESS_TOKEN_SCOPE_INSUFFICIENT",
        text=r"insufficient authentication scopes|insufficient permission",
    ),
    _rule(
        ClientRefused,
        403,
        reasons="accessNotConfigured SERVICE_DISABLED CONSUMER_INVALID "
        "CONSUMER_SUSPENDED",
        text=r"has not been used in project",
    ),
    _rule(
        MailboxOff,
        *(400, 403),
        text=r"mail service not enabled|administrators have disabled gmail",
    ),
    _rule(TryAgain, 400, text=r"precondition check failed"),
    _rule(WatchTaken, 400, text=r"only one user push notification client"),
    _rule(TokenRefused, 401),
    _rule(NotFound, 404),
)

_OAUTH_OUTCOMES: dict[str, type[GoogleError]] = {
    "admin_policy_enforced": TokenRefused,
    "access_denied": TokenRefused,
    "invalid_grant": TokenRefused,
    "invalid_token": TokenRefused,
    "invalid_client": ClientRefused,
    "unauthorized_client": ClientRefused,
    "deleted_client": ClientRefused,
    "disabled_client": ClientRefused,
    "org_internal": ClientRefused,
    "redirect_uri_mismatch": ClientRefused,
    "internal_failure": TryAgain,
    "server_error": TryAgain,
    "temporarily_unavailable": TryAgain,
    "rate_limit_exceeded": RateLimited,
    "slow_down": RateLimited,
}

# How long to wait when Google does not say. The windows of the first three are known
# only by experience; the last line is for the quotas that are counted per minute.
_DEFAULT_WAITS = (
    (r"sending|per day|daily", timedelta(hours=1)),
    (r"concurrent", timedelta(seconds=30)),
    (r"user-rate limit", timedelta(minutes=15)),
    (r"", timedelta(minutes=1)),
)


def classify(answer: Answer, call: str, now: datetime) -> GoogleError:
    """The outcome of a Gmail call that was not answered with a 2xx.

    :param answer: the answer, or the part of a batch answer.
    :param call: ``SEND`` and ``HISTORY`` have outcomes of their own.
    :param now: naive UTC.
    :return: the exception, for the caller to raise or to keep.
    """
    fault = read_fault(answer, now)
    return _error(_api_outcome(fault, call), fault, now)


def classify_oauth(answer: Answer, call: str, now: datetime) -> GoogleError:
    """The outcome of a call to the token or revocation endpoint, not answered 2xx.

    :param call: ``EXCHANGE``, ``REFRESH`` or ``REVOKE``.
    :param now: naive UTC.
    """
    fault = read_fault(answer, now)
    return _error(_oauth_outcome(fault, call), fault, now)


def network_failure(error: Exception) -> TryAgain:
    """The outcome of a request that was not answered and that changes nothing.

    Only the kind of failure is kept: its text holds the URL.
    """
    return TryAgain(type(error).__name__)


def unreadable(call: str) -> GoogleError:
    """The outcome of a 2xx answer without the content that it must have."""
    outcome = OutcomeUnknown if call == SEND else TryAgain
    return outcome("Google's answer could not be read.")


def _api_outcome(fault: Fault, call: str) -> type[GoogleError]:
    unclear = OutcomeUnknown if call == SEND else TryAgain
    if _says_nothing(fault.status):
        return unclear
    if not fault.readable:
        return _unreadable_outcome(fault.status, call) or unclear
    outcome = next((r.outcome for r in _API_RULES if r.matches(fault)), Refused)
    if outcome is NotFound and call == HISTORY:
        return HistoryExpired
    return outcome


def _says_nothing(status: int) -> bool:
    """Statuses that tell nothing about the request itself."""
    return status < 400 or status >= 500 or status in (408, 409, 425)


def _unreadable_outcome(status: int, call: str) -> type[GoogleError] | None:
    """What a status proves although the error document is not one of Google's API.

    Google's front servers refuse big uploads with a bare page (400, 413), and too
    many requests with another one. Any other page may be a proxy's.
    """
    if status == 400 and call == SEND:
        return Refused
    return {413: Refused, 429: RateLimited}.get(status)


def _oauth_outcome(fault: Fault, call: str) -> type[GoogleError]:
    if fault.status == 429:
        return RateLimited
    if _says_nothing(fault.status) or not fault.readable:
        return TryAgain
    outcome = _OAUTH_OUTCOMES.get(fault.reason, Refused)
    if outcome is TokenRefused and call == EXCHANGE:
        # No token exists yet: either this code is dead or the person may not connect.
        return CodeRefused if fault.reason == "invalid_grant" else Refused
    return outcome


def _error(outcome: type[GoogleError], fault: Fault, now: datetime) -> GoogleError:
    if issubclass(outcome, RateLimited):
        retry_at = fault.retry_at or now + _default_wait(fault.message)
        return outcome(fault.detail, fault.reason, retry_at)
    if issubclass(outcome, TryAgain):
        return outcome(fault.detail, fault.reason, fault.retry_at or _reset(fault, now))
    return outcome(fault.detail, fault.reason)


def _reset(fault: Fault, now: datetime) -> datetime | None:
    """The project's cap is counted per day; asking at once again is pointless."""
    if any(reason.startswith("dailyLimitExceeded") for reason in fault.reasons):
        return now + timedelta(hours=1)
    return None


def _default_wait(message: str) -> timedelta:
    return next(
        wait
        for pattern, wait in _DEFAULT_WAITS
        if re.search(pattern, message, re.IGNORECASE)
    )
