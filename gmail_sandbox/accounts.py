"""Accounts, their send-as addresses, OAuth clients, and whose an address is."""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from .store import Store

CONSUMER_DOMAINS = ("gmail.com", "googlemail.com")
SENDING_LIMITS = {"consumer": 500, "workspace": 2000}

# A new mailbox starts a few changes before eleven digits: ids that are compared
# as text, or kept in 32 bits, then fail soon and not one day in production.
FIRST_HISTORY_ID = 9_999_999_700


@dataclass(frozen=True)
class Account:
    """A Google account with a mailbox."""

    id: int
    email: str
    name: str
    kind: str
    sub: str
    password: str | None
    mail_enabled: bool
    sending_limit: int
    history_id: int
    history_start: int

    @property
    def domain(self) -> str:
        return self.email.rpartition("@")[2]


def _account(row: sqlite3.Row | None) -> Account | None:
    if row is None:
        return None
    values = {key: row[key] for key in row.keys() if key != "canonical"}
    values["mail_enabled"] = bool(values["mail_enabled"])
    return Account(**values)


def canonical(address: str) -> str:
    """The form in which equivalent addresses are equal.

    Consumer Gmail ignores dots and has two domains; ``+tag`` reaches the base
    address everywhere (Google help, "Dots don't matter in Gmail addresses").
    """
    local, _, domain = address.strip().lower().rpartition("@")
    local = local.partition("+")[0]
    if domain in CONSUMER_DOMAINS:
        return f"{local.replace('.', '')}@gmail.com"
    return f"{local}@{domain}"


def upsert_account(
    store: Store,
    email: str,
    name: str | None = None,
    *,
    kind: str | None = None,
    password: str | None = None,
    send_as: Iterable[dict[str, Any]] | None = None,
    sending_limit: int | None = None,
    history_id: int | None = None,
) -> Account:
    """Create an account or change what is given of an existing one."""
    email = email.strip().lower()
    consumer = email.rpartition("@")[2] in CONSUMER_DOMAINS
    kind = kind or ("consumer" if consumer else "workspace")
    with store.transaction():
        if store.one("SELECT 1 FROM accounts WHERE email = ?", email) is None:
            _insert_account(store, email, kind, history_id or FIRST_HISTORY_ID)
        changes = {"kind": kind, "name": name, "password": password}
        changes["sending_limit"] = sending_limit  # type: ignore[assignment]
        for column, value in changes.items():
            if value is not None:
                store.run(
                    f"UPDATE accounts SET {column} = ? WHERE email = ?", value, email
                )
        account = get_account(store, email)
        if send_as is not None:
            _replace_send_as(store, account, send_as)
        return account


def _insert_account(store: Store, email: str, kind: str, history_id: int) -> None:
    start = history_id + secrets.randbelow(200)
    store.run(
        "INSERT INTO accounts (email, canonical, name, kind, sub, history_id,"
        " history_start, sending_limit) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        email,
        canonical(email),
        email.partition("@")[0].replace(".", " ").title(),
        kind,
        # 21 digits, as Google's
        "1" + "".join(secrets.choice("0123456789") for _ in range(20)),
        start,
        start,
        SENDING_LIMITS[kind],
    )


def _replace_send_as(
    store: Store, account: Account, addresses: Iterable[dict[str, Any]]
) -> None:
    store.run("DELETE FROM send_as WHERE account_id = ?", account.id)
    for entry in addresses:
        store.run(
            "INSERT INTO send_as VALUES (?, ?, ?, ?)",
            account.id,
            entry["email"].strip().lower(),
            entry.get("name", account.name),
            int(entry.get("verified", True)),
        )


def find_account(store: Store, email: str) -> Account | None:
    row = store.one("SELECT * FROM accounts WHERE email = ?", email.strip().lower())
    return _account(row)


def get_account(store: Store, email: str) -> Account:
    account = find_account(store, email)
    if account is None:
        raise ValueError(f"There is no account {email}")
    return account


def account_by_id(store: Store, account_id: int) -> Account | None:
    return _account(store.one("SELECT * FROM accounts WHERE id = ?", account_id))


def all_accounts(store: Store) -> list[Account]:
    rows = store.all("SELECT * FROM accounts ORDER BY id")
    return [account for row in rows if (account := _account(row))]


def delete_account(store: Store, email: str) -> None:
    store.run("DELETE FROM accounts WHERE email = ?", email.strip().lower())


def send_as_of(store: Store, account: Account) -> list[dict[str, Any]]:
    """Own addresses: the account's first, then the aliases."""
    rows = store.all(
        "SELECT email, name, verified FROM send_as WHERE account_id = ? ORDER BY rowid",
        account.id,
    )
    primary = {"email": account.email, "name": account.name, "verified": 1}
    return [primary, *map(dict, rows)]


def may_send_as(store: Store, account: Account, address: str) -> bool:
    """Whether Gmail leaves this From alone."""
    address = address.strip().lower()
    return any(
        entry["verified"] and entry["email"] == address
        for entry in send_as_of(store, account)
    )


def mailbox_for(store: Store, address: str) -> Account | None:
    """The account that gets mail to an address, by its own or an alias address."""
    own = store.one(
        "SELECT * FROM accounts WHERE canonical = ? AND mail_enabled",
        canonical(address),
    )
    alias = store.one(
        "SELECT a.* FROM accounts a JOIN send_as s ON s.account_id = a.id"
        " WHERE s.verified AND s.email IN (?, ?) AND a.mail_enabled",
        address.strip().lower(),
        canonical(address),
    )
    return _account(own or alias)


def is_sandbox_domain(store: Store, domain: str) -> bool:
    """Whether Google is this domain's mail server."""
    domain = domain.lower()
    domains = CONSUMER_DOMAINS if domain in CONSUMER_DOMAINS else (domain,)
    return any(account.domain in domains for account in all_accounts(store))


# OAuth clients


@dataclass(frozen=True)
class Client:
    """An OAuth client ("web application") of a Cloud project."""

    client_id: str
    client_secret: str
    project: str
    redirect_uris: list[str]


def upsert_client(
    store: Store,
    client_id: str,
    client_secret: str,
    redirect_uris: Iterable[str],
    project: str | None = None,
) -> Client:
    """Create or replace a client; its project is the number that its id starts with."""
    client = Client(
        client_id,
        client_secret,
        project or client_id.partition("-")[0],
        list(redirect_uris),
    )
    store.run(
        "INSERT OR REPLACE INTO clients VALUES (?, ?, ?, ?)",
        client.client_id,
        client.client_secret,
        client.project,
        json.dumps(client.redirect_uris),
    )
    return client


def find_client(store: Store, client_id: str) -> Client | None:
    row = store.one("SELECT * FROM clients WHERE client_id = ?", client_id)
    if row is None:
        return None
    values = {**dict(row), "redirect_uris": json.loads(row["redirect_uris"])}
    return Client(**values)


def all_clients(store: Store) -> list[Client]:
    rows = store.all("SELECT client_id FROM clients ORDER BY rowid")
    return [client for row in rows if (client := find_client(store, row[0]))]
