"""The sqlite file behind everything, its settings and the sandbox's clock."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SCHEMA = Path(__file__).with_name("schema.sql")

#: What the control API may set, with what holds until it does.
DEFAULT_SETTINGS: dict[str, Any] = {
    # Milliseconds that Google's clock is ahead of this machine's, for mail only.
    "clock_offset": 0,
    # Scopes ticked when the consent page opens; None: all that were asked for.
    "pre_ticked": None,
    "code_lifetime": 600,
    "access_token_lifetime": 3599,
    # Seconds until a new message is found by `q` (observed: up to minutes).
    "search_lag": 0,
    # Biggest JSON body of messages.send (observed: 413 above about 6.5 MiB).
    "json_limit": 6_815_744,
    # Whether base64url in answers is padded (clients have to cope with both).
    "base64_padding": True,
}


def ignore_change(account_id: int, history_id: int) -> None:
    """What listens to changes when nobody does."""


class Store:
    """One sqlite connection shared by all threads, behind one lock.

    :param path: the file, created when missing; None keeps all in memory.
    """

    def __init__(self, path: str | None = None) -> None:
        self._lock = threading.RLock()
        self._depth = 0
        self._after_commit: list[Callable[[], None]] = []
        #: Called with an account's id and its new history id after a change.
        self.on_change: Callable[[int, int], None] = ignore_change
        #: Called when mail for a gateway domain was stored.
        self.on_gateway_mail: Callable[[], None] = lambda: None
        self._db = sqlite3.connect(
            path or ":memory:", isolation_level=None, check_same_thread=False
        )
        self._db.row_factory = sqlite3.Row
        # WAL with NORMAL: a killed process loses nothing that was committed.
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.execute("PRAGMA foreign_keys = ON")
        self._db.executescript(SCHEMA.read_text(encoding="utf-8"))

    def close(self) -> None:
        with self._lock:
            self._db.close()

    def create_function(self, name: str, arity: int, function: Callable) -> None:
        """Make a Python function callable from SQL."""
        self._db.create_function(name, arity, function, deterministic=True)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything inside is stored together or not at all; may be nested."""
        callbacks: list[Callable[[], None]] = []
        with self._lock:
            if self._depth == 0:
                self._db.execute("BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield
            except BaseException:
                self._leave("ROLLBACK")
                self._after_commit.clear()
                raise
            if self._leave("COMMIT"):
                callbacks, self._after_commit = self._after_commit, []
        for callback in callbacks:
            callback()

    def _leave(self, statement: str) -> bool:
        self._depth -= 1
        if self._depth == 0:
            self._db.execute(statement)
        return self._depth == 0

    def after_commit(self, callback: Callable[[], None]) -> None:
        """Run something (wake a worker) once the open transaction is stored."""
        self._after_commit.append(callback)

    def run(self, sql: str, *values: Any) -> int:
        """Execute a statement; returns the id of an inserted row."""
        with self._lock:
            return self._db.execute(sql, values).lastrowid or 0

    def changed(self, sql: str, *values: Any) -> int:
        """Execute a statement; returns how many rows it touched."""
        with self._lock:
            return self._db.execute(sql, values).rowcount

    def all(self, sql: str, *values: Any) -> list[sqlite3.Row]:
        with self._lock:
            return self._db.execute(sql, values).fetchall()

    def one(self, sql: str, *values: Any) -> sqlite3.Row | None:
        with self._lock:
            return self._db.execute(sql, values).fetchone()

    def value(self, sql: str, *values: Any) -> Any:
        """First column of the first row, None without a row."""
        row = self.one(sql, *values)
        return row[0] if row else None

    # Settings and clock

    def get(self, name: str) -> Any:
        stored = self.value("SELECT value FROM settings WHERE name = ?", name)
        return DEFAULT_SETTINGS.get(name) if stored is None else json.loads(stored)

    def set(self, name: str, value: Any) -> None:
        self.run(
            "INSERT OR REPLACE INTO settings VALUES (?, ?)", name, json.dumps(value)
        )

    def now_ms(self) -> int:
        """Google's time for mail; tokens live by the machine's own clock."""
        return int(time.time() * 1000) + int(self.get("clock_offset"))

    def wipe(self) -> None:
        """Forget all but the signing key (clients may have cached its public half)."""
        tables = self.all(
            "SELECT name FROM sqlite_master WHERE type = 'table'"
            " AND name NOT LIKE 'sqlite_%'"
        )
        with self.transaction():
            self.run("PRAGMA defer_foreign_keys = ON")
            for table in tables:
                kept = " WHERE name != 'signing_key'" if table[0] == "settings" else ""
                self.run(f"DELETE FROM {table[0]}{kept}")
