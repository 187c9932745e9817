"""How a mailbox's requests travel: with its token, and each POST only once."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from typing import Any

import urllib3
from google.auth.credentials import Credentials
from google.auth.transport.requests import AuthorizedSession

from . import wire
from .errors import SEND, OutcomeUnknown, TokenRefused, classify, network_failure
from .oauth import OAuthClient, Tokens
from .wire import NETWORK_ERRORS, Answer, exchange, prompt, utcnow

# Gmail checks and stores a message of up to 35 MB before it answers.
SEND_READ_TIMEOUT = 120.0
# Slower uploads are given up: what is under way must have an end.
SLOWEST_UPLOAD = 20_000  # bytes per second
# Beside that, for one more upload after a 401, with a new token.
UPLOAD_GRACE = 30.0
_CHUNK = 64 * 1024


def longest_send(size: int) -> float:
    """After how many seconds a send of ``size`` bytes has certainly ended."""
    # Connecting, uploading, one chunk that waits when that time is over, the answer.
    return wire.CONNECT_TIMEOUT + _upload_time(size) + 2 * SEND_READ_TIMEOUT


def _upload_time(size: int) -> float:
    return UPLOAD_GRACE + size / SLOWEST_UPLOAD


class Transport:
    """Requests of one mailbox. Not to be shared between threads.

    The access token is refreshed shortly before it expires, and once when Google
    answers 401, which means that the request was not carried out.
    """

    def __init__(self, oauth: OAuthClient, tokens: Tokens) -> None:
        self._credentials = _MailboxCredentials(oauth, tokens)
        self._session = self._new_session()

    @property
    def tokens(self) -> Tokens:
        return self._credentials.tokens

    def close(self) -> None:
        self._session.close()

    def refresh(self) -> None:
        """Get a new access token now. Raises what ``OAuthClient.refresh`` raises."""
        self._credentials.refresh()

    def get(self, call: str, url: str, params: Any = None) -> Answer:
        """GET, repeated once if the server had closed the connection meanwhile."""
        try:
            answer = self._request(call, "GET", url, params=params)
        except NETWORK_ERRORS as error:
            if not _was_dropped(error):
                raise network_failure(error) from None
            answer = self._once(call, "GET", url, params=params)
        return _checked(answer, call)

    def post(self, call: str, url: str, **options: Any) -> Answer:
        """POST of something that is no message. Never repeated."""
        return _checked(self._once(call, "POST", url, **options), call)

    def send(self, url: str, pieces: Sequence[bytes], content_type: str) -> Answer:
        """POST a message, at most once (spec B8).

        :param pieces: the body, in pieces so that it need not be copied together.
        :raises OutcomeUnknown: Google may have the message.
        :raises GoogleError: any other kind: Google does not have the message.
        """
        # Before the POST: a failure from here on must not look like one of the send.
        self._credentials.refresh_if_due()
        body = _Body(pieces)
        try:
            answer = self._post_message(url, body, content_type)
        except NETWORK_ERRORS as error:
            if body.handed_over:
                raise OutcomeUnknown(type(error).__name__) from None
            raise network_failure(error) from None
        return _checked(answer, SEND)

    def _post_message(self, url: str, body: _Body, content_type: str) -> Answer:
        # A connection of its own: one that was kept open may have been closed by the
        # server, which shows only when it is too late to know what became of the POST.
        with self._new_session() as session:
            return exchange(
                session,
                SEND,
                "POST",
                url,
                data=body,
                headers={"Content-Type": content_type, "Connection": "close"},
                timeout=SEND_READ_TIMEOUT,
            )

    def _new_session(self) -> AuthorizedSession:
        return prompt(AuthorizedSession(self._credentials, max_refresh_attempts=1))

    def _request(self, call: str, method: str, url: str, **options: Any) -> Answer:
        return exchange(self._session, call, method, url, **options)

    def _once(self, call: str, method: str, url: str, **options: Any) -> Answer:
        try:
            return self._request(call, method, url, **options)
        except NETWORK_ERRORS as error:
            # Without the cause: its texts hold the URL, and that addresses.
            raise network_failure(error) from None


class _MailboxCredentials(Credentials):
    """A mailbox's tokens as google-auth wants them.

    Refreshing is done by ``OAuthClient`` because google-auth's own sleeps between
    attempts and takes a proxy's error page for a refusal of the token.
    """

    def __init__(self, oauth: OAuthClient, tokens: Tokens) -> None:
        super().__init__()
        self._oauth = oauth
        self._adopt(tokens)

    def _adopt(self, tokens: Tokens) -> None:
        self.tokens = tokens
        self.token = tokens.access_token or None
        self.expiry = tokens.expires_at

    def refresh(self, request: Any = None) -> None:
        """Called by google-auth; ``request`` is its transport, of no use here."""
        if not self.tokens.refresh_token:
            raise TokenRefused("There is no refresh token.")
        self._adopt(self._oauth.refresh(self.tokens.refresh_token))

    def refresh_if_due(self) -> None:
        if not self.valid:
            self.refresh()


class _Body:
    """A request body that knows whether any of it was handed to the connection.

    As long as nothing of it was, Google cannot have got the message. Iterating starts
    anew each time, so that the request can be made again after a 401, but all of it has
    one end. In chunks, since a socket's timeout holds for each chunk and not for a long
    message as a whole.
    """

    def __init__(self, pieces: Sequence[bytes]) -> None:
        self._pieces = pieces
        self.handed_over = False
        self._deadline = math.inf

    def __len__(self) -> int:
        return sum(len(piece) for piece in self._pieces)

    def __iter__(self) -> Iterator[bytes]:
        self.handed_over = True
        latest = time.monotonic() + _upload_time(len(self))
        self._deadline = min(self._deadline, latest)
        for piece in self._pieces:
            for start in range(0, len(piece), _CHUNK):
                if time.monotonic() > self._deadline:
                    raise TimeoutError("The upload is too slow.")
                yield piece[start : start + _CHUNK]


def _was_dropped(error: Exception) -> bool:
    """Whether a connection that stood was closed: not a refused one, not a timeout."""
    return isinstance(next(iter(error.args), None), urllib3.exceptions.ProtocolError)


def _checked(answer: Answer, call: str) -> Answer:
    if not answer.ok:
        raise classify(answer, call, utcnow())
    return answer
