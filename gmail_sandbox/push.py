"""Pub/Sub: a mailbox's changes announced to a URL, as push subscriptions do."""

from __future__ import annotations

import base64
import json
import logging
import queue
import secrets
import threading
import time
from datetime import datetime, timezone
from typing import Any

import requests

from . import tokens
from .accounts import account_by_id
from .store import Store, ignore_change

TIMEOUT = 10
# Google, "Push notifications": excess events of a user are dropped silently.
EVENTS_PER_SECOND = 1

_logger = logging.getLogger(__name__)


def notification(email: str, history_id: int, topic: str = "") -> dict[str, Any]:
    """The body that Pub/Sub posts."""
    data = json.dumps({"emailAddress": email, "historyId": history_id})
    name = topic.rpartition("/")[2] or "gmail"
    moment = datetime.now(timezone.utc).isoformat(timespec="milliseconds")
    return {
        "message": {
            "data": base64.urlsafe_b64encode(data.encode()).decode(),
            "messageId": str(secrets.randbelow(10**16)),
            "publishTime": moment.replace("+00:00", "Z"),
        },
        "subscription": f"projects/sandbox/subscriptions/{name}",
    }


def push_token(
    store: Store,
    audience: str,
    service_account: str,
    *,
    issuer: str = tokens.ISSUER,
    expires_in: int = 3600,
    email_verified: bool = True,
    forged: bool = False,
) -> str:
    """The OIDC token of an authenticated push; ``forged`` signs with a wrong key."""
    now = int(time.time())
    claims = {
        "iss": issuer,
        "aud": audience,
        "azp": "1" + "0" * 20,
        "sub": "1" + "0" * 20,
        "email": service_account,
        "email_verified": email_verified,
        "iat": min(now, now + expires_in - 1),
        "exp": now + expires_in,
    }
    return tokens.sign(store, claims, tokens.new_key() if forged else None)


def post(url: str, body: dict[str, Any], token: str | None) -> tuple[int, str]:
    """Deliver a push; returns the status and the beginning of the answer."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    answer = requests.post(url, json=body, headers=headers, timeout=TIMEOUT)
    return answer.status_code, answer.text[:2000]


class Publisher:
    """Announces changes of watched mailboxes in the background."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._queue: queue.Queue[tuple[int, int] | None] = queue.Queue()
        self._last: dict[int, float] = {}
        self._thread = threading.Thread(target=self._work, daemon=True)

    def start(self) -> None:
        self.store.on_change = self._changed
        self._thread.start()

    def stop(self) -> None:
        self.store.on_change = ignore_change
        self._queue.put(None)
        self._thread.join(timeout=2)

    def forget(self) -> None:
        """After a reset: accounts are others, with the same numbers."""
        self._last.clear()

    def _changed(self, account_id: int, history_id: int) -> None:
        self._queue.put((account_id, history_id))

    def _work(self) -> None:
        while (change := self._queue.get()) is not None:
            try:
                self._publish(*change)
            except Exception as error:
                _logger.warning("A push failed: %s", type(error).__name__)

    def _publish(self, account_id: int, history_id: int) -> None:
        subscribers = self._subscribers(account_id, history_id)
        account = account_by_id(self.store, account_id)
        if not subscribers or account is None or self._too_soon(account_id):
            return
        for row in subscribers:
            token = push_token(self.store, row["audience"], row["service_account"])
            body = notification(account.email, history_id, row["topic"])
            post(row["url"], body, token)

    def _subscribers(self, account_id: int, history_id: int) -> list:
        rows = self.store.all(
            "SELECT w.label_ids, w.exclude, s.* FROM watches w"
            " JOIN subscriptions s ON s.topic = w.topic"
            " WHERE w.account_id = ? AND w.expires > ?",
            account_id,
            int(time.time() * 1000),
        )
        return [row for row in rows if self._concerns(account_id, history_id, row)]

    def _concerns(self, account_id: int, history_id: int, watch) -> bool:
        """Whether the watch's label filter lets the change through."""
        wanted = set(json.loads(watch["label_ids"]))
        records = self.store.all(
            "SELECT message_labels, changed_labels FROM history"
            " WHERE account_id = ? AND id = ?",
            account_id,
            history_id,
        )
        if not wanted or not records:
            return True
        labels = {name for row in records for text in row for name in json.loads(text)}
        return wanted.isdisjoint(labels) == bool(watch["exclude"])

    def _too_soon(self, account_id: int) -> bool:
        now = time.monotonic()
        if now - self._last.get(account_id, -10) < 1 / EVENTS_PER_SECOND:
            return True
        self._last[account_id] = now
        return False
