"""The control client's methods about accounts, clients and consent."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode, urlsplit

from .client_base import Connection
from .client_consent import play_consent

#: Scopes that a two-way sync asks for.
DEFAULT_SCOPES = (
    "openid",
    "email",
    "https://www.googleapis.com/auth/gmail.readonly",
    "https://www.googleapis.com/auth/gmail.send",
)


def _given(**values: Any) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}


class AccountMethods(Connection):
    """Who there is, and what they allow to whom."""

    # Accounts and clients

    def create_account(
        self,
        email: str,
        name: str | None = None,
        *,
        kind: str | None = None,
        password: str | None = None,
        send_as: Iterable[dict[str, Any]] | None = None,
        sending_limit: int | None = None,
        history_id: int | None = None,
    ) -> dict[str, Any]:
        """Create or change an account; kind is ``workspace`` or ``consumer``."""
        options = _given(
            kind=kind,
            password=password,
            send_as=list(send_as) if send_as is not None else None,
            sending_limit=sending_limit,
            history_id=history_id,
        )
        return self.call("create_account", email=email, name=name, **options)

    def accounts(self) -> list[dict[str, Any]]:
        """Keys: email, name, kind, sub, history_id, history_start, mail_enabled,
        sending_limit, send_as."""
        return self.call("list_accounts")

    def account(self, email: str) -> dict[str, Any]:
        return next(a for a in self.accounts() if a["email"] == email.lower())

    def delete_account(self, email: str) -> None:
        self.call("delete_account", email=email)

    def rename_account(self, email: str, new_email: str) -> None:
        """Change an account's address; its ``sub`` stays."""
        self.call("rename_account", email=email, new_email=new_email)

    def set_mail_enabled(self, email: str, enabled: bool) -> None:
        """Without mail service the API answers 400 failedPrecondition."""
        self.call("set_mail_enabled", email=email, enabled=enabled)

    def create_client(
        self,
        client_id: str = "1234-sandbox.apps.googleusercontent.com",
        client_secret: str = "sandbox-secret",
        redirect_uris: Iterable[str] = ("http://localhost/callback",),
        project: str | None = None,
    ) -> dict[str, Any]:
        """Create or replace an OAuth client; clients of one project share grants."""
        return self.call(
            "create_client",
            client_id=client_id,
            client_secret=client_secret,
            redirect_uris=list(redirect_uris),
            project=project,
        )

    def clients(self) -> list[dict[str, Any]]:
        return self.call("list_clients")

    def delete_client(self, client_id: str) -> None:
        self.call("delete_client", client_id=client_id)

    # Consent and tokens

    def authorize(
        self,
        url: str,
        email: str,
        *,
        untick: Iterable[str] = (),
        tick: Iterable[str] | None = None,
        cancel: bool = False,
        password: str = "",
    ) -> str:
        """Play the person on Google's pages; returns where Google redirects to.

        :param untick: scopes that the person unticks.
        :param tick: exactly these scopes instead of what the page pre-ticks.
        """
        return play_consent(
            self._local(url), email, set(untick), tick, cancel, password
        )

    def _local(self, url: str) -> str:
        parts = urlsplit(url)
        return f"{self.base_url}{parts.path}?{parts.query}"

    def connect(
        self,
        email: str,
        scopes: Iterable[str] = DEFAULT_SCOPES,
        client_id: str = "1234-sandbox.apps.googleusercontent.com",
    ) -> dict[str, str]:
        """access_token and refresh_token for an account, without the pages."""
        return self.call(
            "issue_tokens", email=email, client_id=client_id, scopes=list(scopes)
        )

    def authorization_url(self, client_id: str, redirect_uri: str, **more: str) -> str:
        """An authorization request for offline access to mail."""
        values = {
            "client_id": client_id,
            "redirect_uri": redirect_uri,
            "response_type": "code",
            "scope": " ".join(DEFAULT_SCOPES),
            "access_type": "offline",
            "prompt": "consent select_account",
            **more,
        }
        return f"{self.base_url}/o/oauth2/v2/auth?{urlencode(values)}"

    def revoke_grant(self, email: str, project: str | None = None) -> None:
        """The user removes the application's access: all its tokens die."""
        self.call("revoke_grant", email=email, project=project)

    def change_password(self, email: str) -> None:
        """Tokens that include Gmail scopes die."""
        self.call("change_password", email=email)

    def expire_access_tokens(self, email: str | None = None) -> None:
        self.call("expire_access_tokens", email=email)

    def token_counts(self, email: str) -> dict[str, int]:
        """Numbers of stored ``access`` and ``refresh`` tokens."""
        return self.call("token_counts", email=email)
