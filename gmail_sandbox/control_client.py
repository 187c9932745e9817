"""Steering a sandbox from tests and scripts, over HTTP.

Only ``requests`` is needed, and only the sandbox's address:
``ControlClient("http://127.0.0.1:8025")``. The methods are grouped in the
``client_*.py`` files.
"""

from __future__ import annotations

import time
from typing import Any

from .client_accounts import DEFAULT_SCOPES, AccountMethods
from .client_base import ControlError, decode
from .client_consent import redirect_values
from .client_faults import FaultMethods
from .client_mail import MailMethods

__all__ = ["DEFAULT_SCOPES", "ControlClient", "ControlError", "redirect_values"]


class ControlClient(AccountMethods, MailMethods, FaultMethods):
    """All of the control API. Messages are dicts with the keys id, thread_id,
    labels, message_id, subject, from, to, cc, bcc, internal_date, history_id,
    headers (list of [name, value]), snippet and, where asked for, raw (bytes).
    """

    # The whole sandbox

    def reset(self) -> None:
        """Forget accounts, clients, mail, settings, faults and the log."""
        self.call("reset")

    def configure(self, config: dict[str, Any]) -> None:
        """Apply a configuration as in the file: accounts, clients, gateways."""
        self.call("configure", config=config)

    def set(self, **settings: Any) -> None:
        """Change settings: clock_offset (ms), pre_ticked (scopes or None for all),
        code_lifetime (s), access_token_lifetime (s), search_lag (s), json_limit,
        base64_padding.
        """
        for name, value in settings.items():
            self.call("set_setting", name=name, value=value)

    def now_ms(self) -> int:
        """Google's clock."""
        return self.call("now_ms")

    def set_clock(self, now_ms: int) -> None:
        """Move Google's clock for mail (dates, history, sending limit)."""
        self.set(clock_offset=now_ms - int(time.time() * 1000))

    # Pub/Sub

    def subscribe(
        self, topic: str, url: str, audience: str, service_account: str
    ) -> None:
        """Push the changes of mailboxes that are watched on this topic to a URL."""
        self.call(
            "subscribe",
            topic=topic,
            url=url,
            audience=audience,
            service_account=service_account,
        )

    def watches(self, email: str) -> list[dict[str, Any]]:
        """Watches of a mailbox: project, topic, expires (ms)."""
        return self.call("watches", email=email)

    def publish(
        self,
        email: str,
        url: str,
        audience: str,
        service_account: str,
        *,
        history_id: int | str | None = None,
        email_address: str | None = None,
        with_token: bool = True,
        issuer: str = "https://accounts.google.com",
        expires_in: int = 3600,
        email_verified: bool = True,
        forged: bool = False,
    ) -> dict[str, Any]:
        """Push one notification now, genuine or forged; the answer's status, body.

        :param forged: signed with a key that is not Google's.
        """
        return self.call(
            "publish",
            email=email,
            url=url,
            audience=audience,
            service_account=service_account,
            history_id=None if history_id is None else int(history_id),
            email_address=email_address,
            with_token=with_token,
            issuer=issuer,
            expires_in=expires_in,
            email_verified=email_verified,
            forged=forged,
        )

    # Other mail servers

    def set_gateway(self, domain: str, command: str) -> None:
        """Pipe mail for a domain into a command, one run per recipient."""
        self.call("set_gateway_command", domain=domain, command=command)

    def remove_gateway(self, domain: str) -> None:
        self.call("remove_gateway", domain=domain)

    def gateway_runs(self) -> list[dict[str, Any]]:
        """Keys: id, sender, recipient, raw, tries, exit_code, stdout, stderr."""
        return [decode(item) for item in self.call("gateway_runs")]

    def wait_gateway(self, timeout: float = 30) -> bool:
        """Block until all mail was piped; False after the timeout."""
        return self.call("wait_gateway", timeout=timeout)

    def refuse(
        self,
        pattern: str,
        status: str = "5.1.1",
        diagnostic: str = "550 5.1.1 User unknown",
    ) -> None:
        """Mail to this outside address or domain bounces (status 4.x: a delay)."""
        self.call("refuse", pattern=pattern, status=status, diagnostic=diagnostic)

    def outside(self) -> list[dict[str, Any]]:
        """Mail that left to the rest of the world: id, at, sender, recipient, raw."""
        return [decode(item) for item in self.call("outside")]

    def clear_outside(self) -> None:
        self.call("clear_outside")
