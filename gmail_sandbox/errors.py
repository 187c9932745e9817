"""Google's error answers, in the shape of its JSON and with its reasons.

Rows of the catalogue come from Google's "Resolve errors" guide for Gmail; wordings
that the guide does not show were observed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from typing import Any

STATUS_NAMES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ABORTED",
    413: "INVALID_ARGUMENT",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    502: "UNAVAILABLE",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}


@dataclass(eq=False)
class GoogleError(Exception):
    """An error answer of an API method.

    ``oauth`` gives the short form of the token endpoint (``error`` and
    ``error_description``), ``html`` an answer of Google's front end.
    """

    status: int
    reason: str
    message: str
    domain: str = "global"
    status_name: str = ""
    detail: str = ""
    oauth: bool = False
    html: bool = False

    def body(self) -> dict[str, Any]:
        """The JSON that goes over the wire."""
        if self.oauth:
            return {"error": self.reason, "error_description": self.message}
        entry = {
            "message": self.detail or self.message,
            "domain": self.domain,
            "reason": self.reason,
        }
        error: dict[str, Any] = {
            "code": self.status,
            "message": self.message,
            "errors": [entry],
        }
        name = self.status_name or STATUS_NAMES.get(self.status)
        if name:
            error["status"] = name
        return {"error": error}


def bad_request(message: str) -> GoogleError:
    return GoogleError(400, "badRequest", message)


def invalid_argument(message: str) -> GoogleError:
    return GoogleError(400, "invalidArgument", message)


def not_found() -> GoogleError:
    return GoogleError(404, "notFound", "Requested entity was not found.")


def unauthenticated() -> GoogleError:
    return GoogleError(
        401,
        "authError",
        "Request had invalid authentication credentials.",
        detail="Invalid Credentials",
    )


def mail_disabled() -> GoogleError:
    return GoogleError(
        400,
        "failedPrecondition",
        "Mail service not enabled",
        status_name="FAILED_PRECONDITION",
    )


def insufficient_scope() -> GoogleError:
    return GoogleError(
        403,
        "insufficientPermissions",
        "Request had insufficient authentication scopes.",
        detail="Insufficient Permission",
    )


def sending_limit() -> GoogleError:
    return GoogleError(
        429,
        "rateLimitExceeded",
        "User-rate limit exceeded (Mail sending)",
        domain="usageLimits",
    )


def _usage(status: int, reason: str, message: str) -> GoogleError:
    return GoogleError(status, reason, message, domain="usageLimits")


def _oauth(status: int, reason: str, message: str) -> GoogleError:
    return GoogleError(status, reason, message, oauth=True)


_PER_MINUTE = (
    "Quota exceeded for quota metric 'Queries' and limit 'Queries per minute per"
    " user' of service 'gmail.googleapis.com' for consumer 'project_number:1'."
)

#: Ready-made errors for faults, by name.
CATALOGUE: dict[str, GoogleError] = {
    "badRequest": bad_request("Invalid value"),
    "mailServiceNotEnabled": mail_disabled(),
    "preconditionCheckFailed": replace(
        mail_disabled(), message="Precondition check failed."
    ),
    "invalidArgument": invalid_argument("Request contains an invalid argument."),
    "authError": unauthenticated(),
    "dailyLimitExceeded": _usage(403, "dailyLimitExceeded", "Daily Limit Exceeded"),
    "rateLimitExceeded": _usage(403, "rateLimitExceeded", "Rate Limit Exceeded"),
    "userRateLimitExceeded": _usage(
        403, "userRateLimitExceeded", "User Rate Limit Exceeded"
    ),
    "quotaExceeded403": _usage(403, "rateLimitExceeded", _PER_MINUTE),
    "quotaExceeded429": _usage(429, "rateLimitExceeded", _PER_MINUTE),
    "domainPolicy": GoogleError(
        403,
        "domainPolicy",
        "The domain administrators have disabled Gmail apps.",
    ),
    "insufficientPermissions": insufficient_scope(),
    "notFound": not_found(),
    "dailySendingLimit": sending_limit(),
    "userRateLimit429": _usage(429, "rateLimitExceeded", "User-rate limit exceeded"),
    # The message is completed with a time when the fault fires.
    "retryAfterMessage": _usage(
        429, "rateLimitExceeded", "User-rate limit exceeded.  Retry after {time}"
    ),
    "tooManyConcurrent": _usage(
        429, "rateLimitExceeded", "Too many concurrent requests for user"
    ),
    "resourceExhausted": GoogleError(
        429, "rateLimitExceeded", "Resource has been exhausted (e.g. check quota)."
    ),
    "payloadTooLarge": invalid_argument(
        "Request payload size exceeds the limit: 1048576 bytes."
    ),
    "backendError500": GoogleError(500, "backendError", "Backend Error"),
    "backendError502": GoogleError(502, "backendError", "Bad Gateway"),
    "backendError503": GoogleError(503, "backendError", "Backend Error"),
    "backendError504": GoogleError(504, "backendError", "Gateway Timeout"),
    "html502": GoogleError(502, "", "Server Error", html=True),
    # For the token endpoint
    "invalid_grant": _oauth(400, "invalid_grant", "Token has been expired or revoked."),
    "invalid_rapt": _oauth(400, "invalid_grant", "reauth related error (invalid_rapt)"),
    "invalid_client": _oauth(401, "invalid_client", "Unauthorized"),
    "deleted_client": _oauth(401, "deleted_client", "The OAuth client was deleted."),
    "unauthorized_client": _oauth(401, "unauthorized_client", "Unauthorized"),
    "admin_policy_enforced": _oauth(
        400, "admin_policy_enforced", "Access is blocked by the administrator."
    ),
    "org_internal": _oauth(403, "org_internal", "Only for the client's organization."),
    "server_error": _oauth(500, "server_error", "Internal error"),
    "temporarily_unavailable": _oauth(503, "temporarily_unavailable", "Try again."),
}


def with_retry_time(error: GoogleError, seconds: float) -> GoogleError:
    """Fill the time into a message that promises one (to the millisecond, UTC)."""
    if "{time}" not in error.message:
        return error
    moment = datetime.now(timezone.utc) + timedelta(seconds=seconds)
    text = moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03}Z"
    return replace(error, message=error.message.format(time=text))
