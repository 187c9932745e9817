"""The configuration of accounts, clients and gateways, as a file or by command."""

from __future__ import annotations

from typing import Any

from . import accounts
from .store import Store


def apply_config(store: Store, config: dict[str, Any]) -> None:
    """Create or update what a configuration names; mailboxes are kept."""
    with store.transaction():
        for client in config.get("clients", []):
            accounts.upsert_client(store, **client)
        for account in config.get("accounts", []):
            accounts.upsert_account(store, **account)
        for gateway in config.get("gateways", []):
            set_gateway(store, gateway["domain"], gateway["command"])


def set_gateway(store: Store, domain: str, command: str) -> None:
    """Pipe mail for a domain into a command (split like a shell does)."""
    store.run("INSERT OR REPLACE INTO gateways VALUES (?, ?)", domain.lower(), command)
