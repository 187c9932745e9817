"""Steering a sandbox from tests and scripts, over HTTP.

Only ``requests`` is needed, and only the sandbox's address:
``ControlClient("http://127.0.0.1:8025")``.
"""

from __future__ import annotations

import base64
import html
import re
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

import requests

#: Scopes that a two-way sync asks for.
DEFAULT_SCOPES = (
    "openid",
    "email",
    "https://www.googleapis.com/auth/gmail.readonly",
    "https://www.googleapis.com/auth/gmail.send",
)


class ControlError(Exception):
    """The sandbox refused a command."""


def _encode(raw: bytes | str) -> str:
    return base64.b64encode(raw.encode() if isinstance(raw, str) else raw).decode()


def _decode(item: dict[str, Any]) -> dict[str, Any]:
    """The ``raw`` of an answer as bytes."""
    if "raw" in item:
        item["raw"] = base64.b64decode(item["raw"])
    return item


def _given(**values: Any) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}


class ControlClient:
    """All of the control API. Messages are dicts with the keys id, thread_id,
    labels, message_id, subject, from, to, cc, bcc, internal_date, history_id,
    headers (list of [name, value]), snippet and, where asked for, raw (bytes).
    """

    def __init__(self, base_url: str, timeout: float = 60) -> None:
        self.base_url = base_url.rstrip("/")
        self.timeout = timeout

    def call(self, command: str, /, **values: Any) -> Any:
        """Any command by name; the methods below name them all."""
        answer = requests.post(
            f"{self.base_url}/_control/{command}", json=values, timeout=self.timeout
        )
        body = answer.json()
        if answer.status_code != 200:
            raise ControlError(body["error"])
        return body["result"]

    def wait_ready(self, timeout: float = 20) -> None:
        """Block until the sandbox answers."""
        deadline = time.monotonic() + timeout
        while True:
            try:
                requests.get(f"{self.base_url}/_control/", timeout=2)
                return
            except requests.ConnectionError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

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

    # Mail

    def deliver(
        self,
        email: str,
        raw: bytes | str,
        *,
        labels: Iterable[str] | None = None,
        internal_date: int | None = None,
        thread_id: str | None = None,
    ) -> dict[str, Any]:
        """Put a message as it is into one mailbox (default: INBOX, UNREAD)."""
        return self.call(
            "deliver",
            email=email,
            raw=_encode(raw),
            labels=list(labels) if labels is not None else None,
            internal_date=internal_date,
            thread_id=thread_id,
        )

    def deliver_many(
        self,
        email: str,
        raws: Iterable[bytes | str],
        *,
        labels: Iterable[str] | None = None,
        internal_date: int | None = None,
    ) -> list[str]:
        """Fill a mailbox quickly; returns the ids."""
        return self.call(
            "deliver_many",
            email=email,
            raws=[_encode(raw) for raw in raws],
            labels=list(labels) if labels is not None else None,
            internal_date=internal_date,
        )

    def route(self, sender: str, recipients: Iterable[str], raw: bytes | str) -> None:
        """Hand a message to Google's mail servers for these envelope recipients."""
        self.call("route", sender=sender, recipients=list(recipients), raw=_encode(raw))

    def send(
        self,
        email: str,
        to: str = "",
        subject: str = "",
        text: str = "",
        *,
        cc: str = "",
        bcc: str = "",
        html: str | None = None,
        sender: str = "",
        reply_to: str = "",
        forward: str = "",
        headers: dict[str, str] | None = None,
        attachments: Iterable[tuple[str, str, bytes]] = (),
    ) -> dict[str, Any]:
        """Send as the account's owner in the webmail; returns the sent copy.

        :param reply_to: id of the message that is answered (its thread, References
            and quotation); the subject is not filled in.
        :param forward: id of the message that is forwarded, attachments included.
        :param attachments: (file name, content type, content)
        """
        files = [
            {"filename": name, "content_type": kind, "content": _encode(content)}
            for name, kind, content in attachments
        ]
        return self.call(
            "send",
            email=email,
            to=to,
            cc=cc,
            bcc=bcc,
            subject=subject,
            text=text,
            html=html,
            sender=sender,
            reply_to=reply_to,
            forward=forward,
            headers=headers or {},
            attachments=files,
        )

    def send_raw(
        self, email: str, raw: bytes | str, thread_id: str | None = None
    ) -> dict[str, Any]:
        """Send a raw message as the account's owner."""
        return self.call("send_raw", email=email, raw=_encode(raw), thread_id=thread_id)

    def messages(
        self,
        email: str,
        query: str = "in:anywhere",
        *,
        with_raw: bool = False,
        limit: int = 1000,
    ) -> list[dict[str, Any]]:
        """Messages of a mailbox, newest first, found with Gmail's search."""
        found = self.call(
            "messages", email=email, query=query, with_raw=with_raw, limit=limit
        )
        return [_decode(item) for item in found]

    def message(self, email: str, message_id: str) -> dict[str, Any]:
        """One message with its raw bytes."""
        return _decode(self.call("message", email=email, message_id=message_id))

    def modify(
        self,
        email: str,
        message_id: str,
        add: Iterable[str] = (),
        remove: Iterable[str] = (),
    ) -> None:
        self.call(
            "modify",
            email=email,
            message_id=message_id,
            add=list(add),
            remove=list(remove),
        )

    def spam(self, email: str, message_id: str) -> None:
        self.call("spam", email=email, message_id=message_id)

    def not_spam(self, email: str, message_id: str) -> None:
        self.call("not_spam", email=email, message_id=message_id)

    def trash(self, email: str, message_id: str) -> None:
        self.call("trash", email=email, message_id=message_id)

    def delete(self, email: str, message_id: str) -> None:
        """Delete for good."""
        self.call("delete", email=email, message_id=message_id)

    def create_label(self, email: str, name: str) -> str:
        """A user label; returns its id."""
        return self.call("create_label", email=email, name=name)

    def expire_history(self, email: str, up_to: int | str | None = None) -> str:
        """Forget history up to an id (default: all of it): older cursors get 404."""
        up_to = None if up_to is None else int(up_to)
        return self.call("expire_history", email=email, up_to=up_to)

    def set_sending_limit(self, email: str, limit: int) -> None:
        """Messages per rolling 24 hours."""
        self.call("set_sending_limit", email=email, limit=limit)

    def sent_last_day(self, email: str) -> int:
        return self.call("sent_last_day", email=email)

    # Faults

    def inject(
        self,
        kind: str = "error",
        method: str | None = None,
        *,
        account: str | None = None,
        times: int | None = 1,
        skip: int = 0,
        error: str | None = None,
        status: int | None = None,
        reason: str | None = None,
        message: str | None = None,
        retry_after: str | int | None = None,
        retry_seconds: float = 900,
        delay: float = 0,
        when: str = "before",
        message_id: str | None = None,
        in_batch: bool | None = None,
    ) -> int:
        """Make requests fail; returns the fault's id.

        :param kind: error, error_after (processed, but this error answered),
            drop_before, drop_after (connection closed without an answer, not
            processed or processed), delay, hold (until ``release``).
        :param method: API method ("messages.send", "history.list", "getProfile",
            "batch", "token", "revoke", "auth", ...); None matches any.
        :param account: only for this account.
        :param times: how often it fires; None is for ever. ``skip``: how many
            matching requests pass before.
        :param error: name in the catalogue (errors.CATALOGUE); status, reason and
            message override parts of it.
        :param retry_after: value of a Retry-After header; ``retry_seconds``: how far
            ahead the time in the error ``retryAfterMessage`` is.
        :param delay: seconds, before or after processing as ``when`` says.
        :param message_id: only requests for this message.
        :param in_batch: only parts of a batch (True) or only others (False).
        """
        return self.call(
            "inject",
            kind=kind,
            method=method,
            account=account,
            times=times,
            skip=skip,
            error=error,
            status=status,
            reason=reason,
            message=message,
            retry_after=None if retry_after is None else str(retry_after),
            retry_seconds=retry_seconds,
            delay=delay,
            when=when,
            message_id=message_id,
            in_batch=in_batch,
        )

    def not_yet_visible(self, email: str, message_id: str, times: int = 1) -> int:
        """messages.get of this message answers 404 that often."""
        return self.inject(
            "error",
            "messages.get",
            error="notFound",
            account=email,
            message_id=message_id,
            times=times,
        )

    def faults(self) -> list[dict[str, Any]]:
        """Faults in force: id, method, kind, account, times, hits."""
        return self.call("list_faults")

    def clear_faults(self, fault_id: int | None = None) -> None:
        """Remove one or all faults; held requests go on."""
        self.call("clear_faults", fault_id=fault_id)

    def release(self, fault_id: int | None = None) -> None:
        """Let held requests go on."""
        self.call("release", fault_id=fault_id)

    def wait_for_hits(self, fault_id: int, hits: int = 1, timeout: float = 10) -> bool:
        """Block until a fault has fired; False after the timeout."""
        return self.call("wait_for_hits", fault_id=fault_id, hits=hits, timeout=timeout)

    @contextmanager
    def fault(self, kind: str = "error", *args: Any, **options: Any) -> Iterator[int]:
        """A fault for the length of a ``with`` block; same parameters as inject."""
        fault_id = self.inject(kind, *args, **options)
        try:
            yield fault_id
        finally:
            self.clear_faults(fault_id)

    # The log of API requests

    def requests(
        self, method: str | None = None, account: str | None = None
    ) -> list[dict[str, Any]]:
        """Keys: method, account, format, message_id, parts, in_batch, status (0: no
        answer), fault, at."""
        return self.call("requests", method=method, account=account)

    def counts(self, account: str | None = None) -> dict[str, int]:
        """Requests per method; parts of a batch count under their own method."""
        return self.call("counts", account=account)

    def clear_requests(self) -> None:
        self.call("clear_requests")

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
        return [_decode(item) for item in self.call("gateway_runs")]

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
        return [_decode(item) for item in self.call("outside")]

    def clear_outside(self) -> None:
        self.call("clear_outside")


# The person on Google's pages


def play_consent(
    url: str,
    email: str,
    untick: set[str],
    tick: Iterable[str] | None,
    cancel: bool,
    password: str,
) -> str:
    """Walk the pages as a browser would, up to the redirect to the application."""
    session = requests.Session()
    answer = session.get(url, allow_redirects=False, timeout=60)
    for _step in range(4):
        if answer.is_redirect:
            return answer.headers["Location"]
        action, values = _form(answer.text)
        if answer.status_code != 200 or not action:
            raise ControlError(f"Google's page says: {_text(answer.text)}")
        if "password" in values:
            values["password"] = [password]
        if 'name="decision"' in answer.text:
            boxes = values.get("granted", [])
            wanted = boxes if tick is None else list(tick)
            values["granted"] = [box for box in wanted if box not in untick]
            values["decision"] = ["cancel" if cancel else "allow"]
        else:
            values["account"] = [email.lower()]
        answer = session.post(
            urljoin(answer.url, action), data=values, allow_redirects=False, timeout=60
        )
    raise ControlError("Google's pages did not lead back")


def _form(page: str) -> tuple[str, dict[str, list[str]]]:
    """Action and values of the page's form, unticked boxes left out."""
    action = re.search(r'<form[^>]*action="([^"]*)"', page)
    values: dict[str, list[str]] = {}
    for tag in re.findall(r"<input[^>]*>", page):
        attributes = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        ticked = attributes.get("type") != "checkbox" or re.search(r"\schecked", tag)
        if "name" in attributes and ticked:
            value = html.unescape(attributes.get("value", ""))
            values.setdefault(attributes["name"], []).append(value)
    return (html.unescape(action[1]) if action else ""), values


def _text(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", page)).split())[:500]


def redirect_values(url: str) -> dict[str, str]:
    """The query of a redirect: code, state, scope or error."""
    return {key: values[0] for key, values in parse_qs(urlsplit(url).query).items()}
