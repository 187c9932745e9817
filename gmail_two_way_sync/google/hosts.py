"""Where Google is: its own hosts, or a stand-in that keeps their paths."""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Hosts:
    """Absolute URLs of the Google endpoints in use, without trailing slash."""

    auth: str = "https://accounts.google.com/o/oauth2/v2/auth"
    token: str = "https://oauth2.googleapis.com/token"
    revoke: str = "https://oauth2.googleapis.com/revoke"
    certs: str = "https://www.googleapis.com/oauth2/v3/certs"
    api: str = "https://gmail.googleapis.com/gmail/v1"
    upload: str = "https://gmail.googleapis.com/upload/gmail/v1"
    batch: str = "https://gmail.googleapis.com/batch"

    @classmethod
    def from_base_url(cls, base_url: str | None) -> Hosts:
        """Google's hosts, or all of them at ``base_url`` with Google's paths.

        :param base_url: for instance ``http://127.0.0.1:8025``; a trailing slash and
            surrounding blanks do not matter; empty or None means Google itself.
        """
        google = cls()
        base = (base_url or "").strip().rstrip("/")
        if not base:
            return google
        return replace(
            google,
            **{name: base + urlsplit(url).path for name, url in vars(google).items()},
        )
