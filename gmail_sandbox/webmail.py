"""The webmail, for people who play a customer."""

from __future__ import annotations

import zlib

from flask import Flask


def hue(text: str) -> int:
    """A colour for a name, always the same one."""
    return zlib.crc32(text.encode()) % 360


def register(app: Flask) -> None:
    app.jinja_env.filters["hue"] = hue
