"""The control API: POST /_control/<command> with JSON, from this machine only.

The commands' parameters are documented in control_client.py.
"""

from __future__ import annotations

import base64
import ipaddress
from collections.abc import Callable
from typing import Any

from flask import Flask, request
from werkzeug.wrappers import Response

from . import accounts, control_mail, push, tokens
from .accounts import Account
from .api import json_response
from .config import apply_config, set_gateway
from .context import sandbox
from .errors import CATALOGUE, GoogleError
from .faults import KINDS, Fault, make_error
from .store import DEFAULT_SETTINGS

Command = Callable[..., Any]
COMMANDS: dict[str, Command] = dict(control_mail.COMMANDS)


def register(app: Flask) -> None:
    app.add_url_rule("/_control/", "control", overview)
    app.add_url_rule("/_control/<name>", "control command", run, methods=["POST"])


def command(function: Command) -> Command:
    COMMANDS[function.__name__] = function
    return function


def _refusal() -> Response | None:
    address = ipaddress.ip_address(request.remote_addr or "0.0.0.0")
    # The name too: another site may point its own name at this machine.
    name = request.host.rpartition(":")[0] or request.host
    known = name.startswith("127.") or name in ("localhost", "[::1]")
    if not (address.is_loopback and known):
        return json_response({"error": "Only from this machine"}, 403)
    return None


def overview() -> Response:
    """What there is to command; also tells that the sandbox is up."""
    names = {
        "commands": sorted(COMMANDS),
        "fault_kinds": KINDS,
        "errors": list(CATALOGUE),
        "settings": list(DEFAULT_SETTINGS),
    }
    return _refusal() or json_response(names)


def run(name: str) -> Response:
    refusal = _refusal()
    if refusal:
        return refusal
    # Only JSON: another site's form cannot send that from a browser.
    values = request.get_json(silent=True)
    if name not in COMMANDS or not isinstance(values, dict):
        return json_response({"error": f"Unknown command or no JSON: {name}"}, 404)
    try:
        return json_response({"result": COMMANDS[name](**values)})
    except (ValueError, TypeError, KeyError) as error:
        return json_response({"error": str(error)}, 400)
    except GoogleError as error:
        return json_response({"error": error.message, **error.body()}, error.status)


def _account(email: str) -> Account:
    return accounts.get_account(sandbox().store, email)


# The whole sandbox


@command
def reset() -> None:
    state = sandbox()
    state.faults.clear()
    state.store.wipe()
    state.log.clear()
    state.uploads.clear()
    state.publisher.forget()


@command
def configure(config: dict[str, Any]) -> None:
    apply_config(sandbox().store, config)


@command
def set_setting(name: str, value: Any) -> None:
    if name not in DEFAULT_SETTINGS:
        raise ValueError(f"Unknown setting; known: {', '.join(DEFAULT_SETTINGS)}")
    sandbox().store.set(name, value)


@command
def now_ms() -> int:
    return sandbox().store.now_ms()


# Accounts and clients


@command
def create_account(email: str, name: str | None = None, **options: Any) -> dict:
    account = accounts.upsert_account(sandbox().store, email, name, **options)
    return _described(account)


@command
def list_accounts() -> list[dict]:
    return [_described(account) for account in accounts.all_accounts(sandbox().store)]


def _described(account: Account) -> dict[str, Any]:
    return {
        "email": account.email,
        "name": account.name,
        "kind": account.kind,
        "sub": account.sub,
        "history_id": str(account.history_id),
        "history_start": str(account.history_start),
        "mail_enabled": account.mail_enabled,
        "sending_limit": account.sending_limit,
        "send_as": accounts.send_as_of(sandbox().store, account),
    }


@command
def delete_account(email: str) -> None:
    accounts.delete_account(sandbox().store, email)


@command
def rename_account(email: str, new_email: str) -> None:
    """The address changes, ``sub`` stays."""
    account = _account(email)
    sandbox().store.run(
        "UPDATE accounts SET email = ?, canonical = ? WHERE id = ?",
        new_email.lower(),
        accounts.canonical(new_email),
        account.id,
    )


@command
def set_mail_enabled(email: str, enabled: bool) -> None:
    sandbox().store.run(
        "UPDATE accounts SET mail_enabled = ? WHERE id = ?",
        int(enabled),
        _account(email).id,
    )


@command
def create_client(
    client_id: str,
    client_secret: str,
    redirect_uris: list[str],
    project: str | None = None,
) -> dict:
    client = accounts.upsert_client(
        sandbox().store, client_id, client_secret, redirect_uris, project
    )
    return vars(client)


@command
def list_clients() -> list[dict]:
    known = accounts.all_clients(sandbox().store)
    return [
        {key: value for key, value in vars(client).items() if key != "client_secret"}
        for client in known
    ]


@command
def delete_client(client_id: str) -> None:
    sandbox().store.run("DELETE FROM clients WHERE client_id = ?", client_id)


# Tokens


@command
def revoke_grant(email: str, project: str | None = None) -> None:
    tokens.end_grant(sandbox().store, _account(email).id, project)


@command
def change_password(email: str) -> None:
    tokens.password_changed(sandbox().store, _account(email).id)


@command
def expire_access_tokens(email: str | None = None) -> None:
    store = sandbox().store
    account_id = _account(email).id if email else None
    store.run(
        "DELETE FROM tokens WHERE kind = 'access' AND (? IS NULL OR account_id = ?)",
        account_id,
        account_id,
    )


@command
def issue_tokens(email: str, client_id: str, scopes: list[str]) -> dict[str, str]:
    """Tokens without the pages, for tests that are about something else."""
    store, account = sandbox().store, _account(email)
    client = accounts.find_client(store, client_id)
    if client is None:
        raise ValueError(f"There is no client {client_id}")
    scope = " ".join(tokens.normalize_scopes(" ".join(scopes)))
    with store.transaction():
        tokens.remember_grant(store, account.id, client.project, scope.split())
        return {
            f"{kind}_token": tokens.issue(store, kind, account.id, client_id, scope)
            for kind in ("access", "refresh")
        }


@command
def token_counts(email: str) -> dict[str, int]:
    rows = sandbox().store.all(
        "SELECT kind, count(*) FROM tokens WHERE account_id = ? GROUP BY kind",
        _account(email).id,
    )
    return {"access": 0, "refresh": 0} | {row[0]: row[1] for row in rows}


# Faults and the log


@command
def inject(
    kind: str,
    method: str | None = None,
    *,
    error: str | None = None,
    status: int | None = None,
    reason: str | None = None,
    message: str | None = None,
    **options: Any,
) -> int:
    made = None
    if kind in ("error", "error_after"):
        made = make_error(error, status, reason, message)
    if options.get("account"):
        options["account"] = _account(options["account"]).email
    return sandbox().faults.inject(Fault(0, method, kind, error=made, **options))


@command
def list_faults() -> list[dict]:
    return sandbox().faults.describe()


@command
def clear_faults(fault_id: int | None = None) -> None:
    sandbox().faults.clear(fault_id)


@command
def release(fault_id: int | None = None) -> None:
    sandbox().faults.release(fault_id)


@command
def wait_for_hits(fault_id: int, hits: int, timeout: float) -> bool:
    return sandbox().faults.wait_for_hits(fault_id, hits, timeout)


@command
def requests(method: str | None = None, account: str | None = None) -> list[dict]:
    return sandbox().log.entries(method, account and account.lower())


@command
def counts(account: str | None = None) -> dict[str, int]:
    return sandbox().log.counts(account and account.lower())


@command
def clear_requests() -> None:
    sandbox().log.clear()


# Push


@command
def subscribe(topic: str, url: str, audience: str, service_account: str) -> None:
    sandbox().store.run(
        "INSERT OR REPLACE INTO subscriptions VALUES (?, ?, ?, ?)",
        topic,
        url,
        audience,
        service_account,
    )


@command
def watches(email: str) -> list[dict]:
    rows = sandbox().store.all(
        "SELECT project, topic, expires FROM watches WHERE account_id = ?",
        _account(email).id,
    )
    return [dict(row) for row in rows]


@command
def publish(
    email: str,
    url: str,
    audience: str,
    service_account: str,
    *,
    history_id: int | None = None,
    email_address: str | None = None,
    with_token: bool = True,
    **forgery: Any,
) -> dict[str, Any]:
    store, account = sandbox().store, _account(email)
    body = push.notification(
        email_address or account.email, history_id or account.history_id
    )
    token = push.push_token(store, audience, service_account, **forgery)
    status, text = push.post(url, body, token if with_token else None)
    return {"status": status, "body": text}


# Gateway and outside


@command
def set_gateway_command(domain: str, command: str) -> None:
    set_gateway(sandbox().store, domain, command)


@command
def remove_gateway(domain: str) -> None:
    sandbox().store.run("DELETE FROM gateways WHERE domain = ?", domain.lower())


@command
def gateway_runs() -> list[dict]:
    rows = sandbox().store.all("SELECT * FROM gateway_runs ORDER BY id")
    return [{**dict(row), "raw": encoded(row["raw"])} for row in rows]


@command
def wait_gateway(timeout: float) -> bool:
    return sandbox().gateway.wait_idle(timeout)


@command
def refuse(pattern: str, status: str, diagnostic: str) -> None:
    sandbox().store.run(
        "INSERT OR REPLACE INTO refusals VALUES (?, ?, ?)",
        pattern.lower(),
        status,
        diagnostic,
    )


@command
def outside() -> list[dict]:
    rows = sandbox().store.all("SELECT * FROM outside ORDER BY id")
    return [{**dict(row), "raw": encoded(row["raw"])} for row in rows]


@command
def clear_outside() -> None:
    sandbox().store.run("DELETE FROM outside")


def encoded(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
