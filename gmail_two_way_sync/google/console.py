"""What Google's console accepts and gives out, as far as it can be told beforehand."""

from __future__ import annotations

import re
from ipaddress import ip_address
from urllib.parse import urlsplit

_CLIENT_ID = re.compile(r"\d+-[a-z0-9_-]+\.apps\.googleusercontent\.com")
_TOPIC = re.compile(r"projects/[a-z0-9.:-]+/topics/[A-Za-z][\w.~+%-]+")


def is_client_id(text: str) -> bool:
    """Whether it looks like the ID of an OAuth client."""
    return bool(_CLIENT_ID.fullmatch(text))


def is_topic(text: str) -> bool:
    """Whether it looks like the full name of a Pub/Sub topic."""
    return bool(_TOPIC.fullmatch(text))


def is_redirect_uri(url: str) -> bool:
    """Whether Google takes it: https with a host's name, or this very machine."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return parts.scheme == "https" and "." in host
