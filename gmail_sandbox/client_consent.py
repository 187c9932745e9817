"""The person on Google's pages, for tests without a browser."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from urllib.parse import parse_qs, urljoin, urlsplit

import requests

from .client_base import ControlError


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
