"""What the addon asks of one Gmail mailbox.

Nothing here changes anything in the mailbox except ``send`` (spec C19). Methods and
fields: developers.google.com/workspace/gmail/api/reference/rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, wait
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

from . import batch, payloads, upload
from .errors import (
    HISTORY,
    SEND,
    GoogleError,
    NotFound,
    TryAgain,
    WatchTaken,
    classify,
    unreadable,
)
from .hosts import Hosts
from .oauth import OAuthClient, Tokens
from .payloads import (
    HistoryPage,
    MessageHeaders,
    MessagePage,
    Profile,
    RawMessage,
    SendAs,
    SentMessage,
    Watch,
)
from .search import after
from .transport import Transport
from .wire import Answer, utcnow

Payload = TypeVar("Payload")

# Google's advice; bigger batches run into the limit on concurrent requests.
HEADERS_PER_REQUEST = 50
RAW_PER_REQUEST = 20
# Most often the one that is looked for is among the newest few.
SENT_PER_PAGE = 50
# The most that messages.list and history.list give at once.
PAGE_SIZE = 500

HEADER_NAMES = (
    "From",
    "Sender",
    "Reply-To",
    "To",
    "Cc",
    "Bcc",
    "Subject",
    "Date",
    "Message-ID",
    "In-Reply-To",
    "References",
    "Auto-Submitted",
    "Precedence",
    "List-Id",
    "List-Unsubscribe",
    "Content-Type",
    "X-Failed-Recipients",
    "Return-Path",
    "Delivered-To",
    "X-Odoo-Objects",
    "X-Gmail-Two-Way-Sync-Key",
)


class GmailClient:
    """One mailbox. Not to be shared between threads; close it after use.

    Every method raises only kinds of ``GoogleError``; besides those that it names:
    RateLimited, TokenRefused, ClientRefused, ScopeMissing, Refused and TryAgain.
    """

    def __init__(
        self, *, hosts: Hosts, client_id: str, client_secret: str, tokens: Tokens
    ) -> None:
        oauth = OAuthClient(hosts, client_id, client_secret)
        self._hosts = hosts
        self._given_tokens = tokens
        self._transport = Transport(oauth, tokens)
        self._ahead: tuple[int, Future[list[HistoryPage]]] | None = None

    def __enter__(self) -> GmailClient:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections. Tokens can still be read."""
        self._transport.close()

    @property
    def tokens(self) -> Tokens:
        """The tokens in use, which may be newer than those given: store them."""
        return self._transport.tokens

    @property
    def tokens_changed(self) -> bool:
        """Whether ``tokens`` are other ones than those given."""
        return self.tokens != self._given_tokens

    def profile(self) -> Profile:
        """The mailbox's address and its present history id."""
        return self._get("profile", payloads.profile)

    def send_as(self) -> list[SendAs]:
        """The addresses the mailbox may send from, verified or not yet."""
        return self._get("settings/sendAs", payloads.send_as)

    def ask_ahead(self, start: int, pool: Executor) -> None:
        """Begin ``history(start)`` in a thread of ``pool``, so that waits overlap.

        Read it with ``history`` before anything else is asked of this client.
        """
        self._ahead = start, pool.submit(lambda: list(self._pages(start)))

    def history(self, start: int) -> Iterator[HistoryPage]:
        """What happened after history id ``start``, page by page as they are consumed.

        Hints, to be checked by fetching: records may repeat, and a message may be gone
        or not yet visible. All labels are looked at, since mail that a filter archives
        never gets INBOX; label changes tell mail that leaves spam and scheduled mail
        that is sent at last.

        :raises HistoryExpired: Google forgot ``start``; usually after a week or more.
        """
        ahead, self._ahead = self._ahead, None
        if ahead:
            wait([ahead[1]])  # a client is one thread's at a time
        if ahead and ahead[0] == start:
            yield from ahead[1].result()
        else:
            yield from self._pages(start)

    def _pages(self, start: int) -> Iterator[HistoryPage]:
        params: dict[str, Any] = {
            "startHistoryId": str(start),
            "historyTypes": ["messageAdded", "labelAdded", "labelRemoved"],
            "maxResults": PAGE_SIZE,
        }
        while True:
            answer = self._transport.get(HISTORY, self._url("history"), params)
            yield _parsed(HISTORY, answer, payloads.history_page)
            token = answer.json().get("nextPageToken")
            if not token:
                return
            params = {**params, "pageToken": token}

    def list_messages(
        self,
        query: str = "",
        label_ids: Sequence[str] = (),
        page_token: str | None = None,
        limit: int = PAGE_SIZE,
        *,
        everywhere: bool = False,
    ) -> MessagePage:
        """Ids of messages, newest first.

        :param query: as in Gmail's search box; times as epoch seconds, since dates
            mean midnight in California.
        :param label_ids: only messages that have all of them.
        :param limit: at most this many, and never more than ``PAGE_SIZE``.
        :param everywhere: also in spam and trash.
        """
        params = {
            "q": query or None,
            "labelIds": list(label_ids),
            "includeSpamTrash": "true" if everywhere else None,
            "pageToken": page_token,
            "maxResults": min(limit, PAGE_SIZE),
        }
        return self._get("messages", payloads.message_page, params)

    def find(self, query: str) -> list[str]:
        """Ids of the newest messages that a search finds, with spam and trash.

        At most ``PAGE_SIZE``.
        """
        params = {"q": query, "includeSpamTrash": "true", "maxResults": PAGE_SIZE}
        page = self._get("messages", payloads.message_page, params)
        return [message_id for message_id, _thread in page.ids]

    def thread(self, thread_id: str) -> list[str]:
        """Ids of the messages of a thread.

        :raises NotFound: the mailbox has no such thread.
        """
        resource = f"threads/{quote(thread_id, '')}"
        return self._get(resource, payloads.thread, {"format": "minimal"})

    def headers(
        self, ids: Sequence[str], names: Sequence[str] = HEADER_NAMES
    ) -> dict[str, MessageHeaders | GoogleError]:
        """The named headers of messages, and nothing else of them (spec C20).

        :return: for each id its headers, or why just this one could not be had, for
            instance NotFound or RateLimited.
        :raises GoogleError: a whole request failed. What earlier requests of the same
            call brought is lost: to keep it, ask for ``HEADERS_PER_REQUEST`` at a time.
        """
        query = [("format", "metadata"), *(("metadataHeaders", n) for n in names)]
        return self._fetch(ids, HEADERS_PER_REQUEST, query, payloads.message_headers)

    def raw(self, ids: Sequence[str]) -> dict[str, RawMessage | GoogleError]:
        """Whole messages, with all attachments in memory: bound ``ids`` by size.

        :return: for each id the message, or why just this one could not be had.
        :raises GoogleError: as for ``headers``, with ``RAW_PER_REQUEST``.
        """
        query = [("format", "raw")]
        return self._fetch(ids, RAW_PER_REQUEST, query, payloads.raw_message)

    def send(self, mime: bytes, thread_id: str | None) -> SentMessage:
        """Send a message with one POST that nothing repeats (spec B8).

        Recipients are those in To, Cc and Bcc. Gmail replaces the Message-ID.

        :param mime: at most 36,700,160 bytes.
        :param thread_id: thread of this mailbox to continue, None for a new one.
        :raises OutcomeUnknown: Gmail may have sent it; see ``find_sent``. Any other
            error means that it did not.
        :raises NotFound: Gmail does not know the thread (any more).
        :raises SendingLimitReached: the mailbox has sent too much today.
        """
        pieces, content_type = upload.related(thread_id, mime)
        url = f"{self._hosts.upload}/users/me/messages/send?uploadType=multipart"
        answer = self._transport.send(url, pieces, content_type)
        return _parsed(SEND, answer, payloads.sent_message)

    def find_sent(self, header: str, key: str, since: datetime) -> SentMessage | None:
        """The message whose header has this value, if it was sent after ``since``.

        By label, which knows a message at once; Gmail's search may take minutes. With
        the trash, where a person may have put it meanwhile.

        :param since: naive UTC, by Google's clock.
        :return: None only when all of them could be looked at and none has it.
        :raises GoogleError: one of them could not be looked at.
        """
        token = None
        while True:
            page = self._sent_page(SENT_PER_PAGE, page_token=token)
            seen = self.headers([message_id for message_id, _ in page.ids], (header,))
            for message in seen.values():
                if isinstance(message, MessageHeaders) and _carries(
                    message, header, key
                ):
                    return SentMessage(message.id, message.thread_id)
            token = page.next_page_token
            if _raise_unseen_or_oldest(seen.values()) < since or not token:
                return None

    def sent_since(self, since: datetime) -> list[str]:
        """Ids of the messages sent after ``since`` (naive UTC), the newest first.

        By Gmail's search, which may not know the newest ones yet.
        """
        ids: list[str] = []
        token = None
        while True:
            page = self._sent_page(PAGE_SIZE, page_token=token, query=after(since))
            ids += [message_id for message_id, _ in page.ids]
            token = page.next_page_token
            if not token:
                return ids

    def _sent_page(
        self, size: int, *, page_token: str | None, query: str = ""
    ) -> MessagePage:
        params = {
            "q": query or None,
            "labelIds": ["SENT"],
            "includeSpamTrash": "true",
            "pageToken": page_token,
            "maxResults": size,
        }
        return self._get("messages", payloads.message_page, params)

    def watch(self, topic: str) -> Watch:
        """Have Google push this mailbox's changes, for about a week (spec F2).

        There is one watch per mailbox and Cloud project; one on another topic is
        replaced.

        :param topic: ``projects/<project>/topics/<topic>``.
        """
        try:
            return self._watch(topic)
        except WatchTaken:
            self.stop()
            return self._watch(topic)

    def stop(self) -> None:
        """End push notifications of this mailbox."""
        self._transport.post("stop", self._url("stop"))

    def _watch(self, topic: str) -> Watch:
        url = self._url("watch")
        answer = self._transport.post("watch", url, json={"topicName": topic})
        return _parsed("watch", answer, payloads.watch)

    def _url(self, resource: str) -> str:
        return f"{self._hosts.api}/users/me/{resource}"

    def _get(
        self, resource: str, read: Callable[[Any], Payload], params: Any = None
    ) -> Payload:
        answer = self._transport.get(resource, self._url(resource), params)
        return _parsed(resource, answer, read)

    def _fetch(
        self,
        ids: Sequence[str],
        per_request: int,
        query: Sequence[tuple[str, str]],
        read: Callable[[Any], Payload],
    ) -> dict[str, Payload | GoogleError]:
        unique = list(dict.fromkeys(ids))
        found: dict[str, Payload | GoogleError] = {}
        for start in range(0, len(unique), per_request):
            chunk = unique[start : start + per_request]
            answers = self._answers(chunk, urlencode(query))
            found.update({i: _payload(answers.get(i), read) for i in chunk})
        return found

    def _answers(self, ids: Sequence[str], query: str) -> dict[str, Answer]:
        answers = self._batch(ids, query)
        refused = [i for i, answer in answers.items() if answer.status == 401]
        if refused:
            # google-auth sees only the 200 around the parts.
            self._transport.refresh()
            answers.update(self._batch(refused, query))
        return answers

    def _batch(self, ids: Sequence[str], query: str) -> dict[str, Answer]:
        paths = [f"/gmail/v1/users/me/messages/{quote(i, '')}?{query}" for i in ids]
        body, content_type = batch.encode(paths)
        answer = self._transport.post(
            "batch",
            self._hosts.batch,
            data=body,
            headers={"Content-Type": content_type},
        )
        parts = batch.decode(answer).items()
        return {ids[number]: part for number, part in parts if number < len(ids)}


def _parsed(call: str, answer: Answer, read: Callable[[Any], Payload]) -> Payload:
    try:
        return read(answer.json())
    except (KeyError, TypeError, ValueError, AttributeError):
        raise unreadable(call) from None


def _payload(
    answer: Answer | None, read: Callable[[Any], Payload]
) -> Payload | GoogleError:
    """What a part of a batch brought, errors included."""
    if answer is None:
        return TryAgain("Google left this message out of its answer.")
    if not answer.ok:
        return classify(answer, "message", utcnow())
    try:
        return _parsed("message", answer, read)
    except GoogleError as error:
        return error


def _carries(message: MessageHeaders, header: str, key: str) -> bool:
    return any(
        name.lower() == header.lower() and value.strip() == key
        for name, value in message.headers
    )


def _raise_unseen_or_oldest(
    messages: Iterable[MessageHeaders | GoogleError],
) -> datetime:
    """The oldest date, unless a message was listed but could not be looked at.

    Gmail may list a message a few seconds before it can be got: a listed message that
    is not found may be just the one that is looked for.
    """
    oldest = datetime.max
    for message in messages:
        if isinstance(message, NotFound):
            raise TryAgain(message.detail, message.reason)
        if isinstance(message, GoogleError):
            raise message
        oldest = min(oldest, message.internal_date)
    return oldest
