"""How mail looks in the webmail: names, dates, sizes, bodies."""

from __future__ import annotations

import html
import re
import zlib
from datetime import datetime
from email.message import Message

from markupsafe import Markup, escape

from . import mime, payload

_LINK = re.compile(r"(https?://[^\s<>\"']+[^\s<>\"'.,;:!?)\]])")
_ANCHOR = Markup('<a href="{0}" rel="noopener noreferrer" target="_blank">{0}</a>')
_QUOTE = re.compile(r'<(?:div|blockquote)[^>]*class="[^"]*gmail_quote', re.I)
_CID = re.compile(r"""(["'(])cid:([^"')]+)""", re.I)
_COLOURED = re.compile(r"background|bgcolor|[^-]color\s*[:=]", re.I)
_QUOTED_LINES = re.compile(
    r"(?:^On [^\n]+(?:\n[^\n>]+)?wrote:\s*\n+)?(?:^>[^\n]*\n?){3,}\s*\Z", re.M
)
_DOCUMENT = """<!doctype html><html><head><meta charset="utf-8"><base target="_blank">
<style>
:root{{color-scheme:{scheme}}}
body{{margin:0;font:15px/1.55 system-ui,sans-serif;overflow-wrap:anywhere}}
img{{max-width:100%;height:auto}}
img[src^="http"],img[src^="//"]{{display:none}}
a{{color:#23507f}}
ul,ol{{margin:.3em 0}}
summary{{cursor:pointer;width:max-content;padding:.1em .7em;border-radius:1em;
background:rgba(128,128,128,.18);font-size:13px;margin:.5em 0}}
{dark}
</style></head><body>{body}</body></html>"""
_DARK = (
    "@media (prefers-color-scheme:dark){body{color:#e9e6df}"
    "a{color:#9cc2f0}blockquote{border-color:#555!important}}"
)


def hue(text: str) -> int:
    """A colour for a name, always the same one."""
    return zlib.crc32(text.lower().encode()) % 360


def people(value: str) -> list[tuple[str, str]]:
    """(name or address, address) of a stored address header."""
    return [(name or address, address) for name, address in mime.addresses([value])]


def first_names(value: str) -> str:
    return ", ".join(name for name, _address in people(value)) or "(nobody)"


def local(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000).astimezone()


def short_date(ms: int) -> str:
    """Time of day, day of this year, or the whole date."""
    moment, now = local(ms), datetime.now().astimezone()
    if moment.date() == now.date():
        return f"{moment:%H:%M}"
    if moment.year == now.year:
        return f"{moment.day} {moment:%b}"
    return f"{moment:%Y-%m-%d}"


def long_date(ms: int) -> str:
    moment = local(ms)
    return f"{moment:%a} {moment.day} {moment:%b %Y, %H:%M}"


def file_size(count: int) -> str:
    if count < 1000:
        return f"{count} B"
    if count < 1_000_000:
        return f"{count / 1000:.0f} kB"
    return f"{count / 1_000_000:.1f} MB"


def register(filters: dict) -> None:
    """Make the helpers filters of the templates."""
    for function in (hue, people, first_names, short_date, long_date, file_size):
        filters[function.__name__] = function
    filters["unescape"] = html.unescape


# Bodies


def html_document(message: Message, part_url: str) -> str:
    """The HTML body as a document for a frame without scripts.

    :param part_url: prefix of the addresses of single parts, for inline images.
    """
    source = mime.find_body(message, "text/html") or ""
    source = _with_inline_images(source, message, part_url)
    match = _QUOTE.search(source)
    if match:
        shown, quoted = source[: match.start()], source[match.start() :]
        source = f"{shown}<details><summary>Quoted text</summary>{quoted}</details>"
    plain = not _COLOURED.search(source)
    return _DOCUMENT.format(
        scheme="light dark" if plain else "light",
        dark=_DARK if plain else "body{background:#fff;padding:12px}",
        body=source,
    )


def _with_inline_images(source: str, message: Message, part_url: str) -> str:
    parts = {
        (part.get("Content-ID") or "").strip().strip("<>"): part_id
        for part_id, part in numbered_leaves(message)
    }

    def replaced(match: re.Match[str]) -> str:
        part_id = parts.get(match[2])
        return match[0] if part_id is None else f"{match[1]}{part_url}{part_id}"

    return _CID.sub(replaced, source)


def plain_markup(text: str) -> Markup:
    """Plain text with links, and a long quotation at its end folded away."""
    text = text.strip()
    match = _QUOTED_LINES.search(text)
    if not match or match.start() == 0:
        return _linked(text)
    return Markup("{}<details><summary>Quoted text</summary>{}</details>").format(
        _linked(text[: match.start()].rstrip()), _linked(match[0].strip())
    )


def _linked(text: str) -> Markup:
    pieces = _LINK.split(text)
    shown = [
        _ANCHOR.format(piece) if index % 2 else escape(piece)
        for index, piece in enumerate(pieces)
    ]
    return Markup("").join(shown)


def numbered_leaves(message: Message, part_id: str = "") -> list[tuple[str, Message]]:
    """Leaf parts with the ids that the API gives them."""
    if not message.is_multipart() or message.get_content_type() == "message/rfc822":
        return [(part_id, message)]
    return [
        leaf
        for index, part in enumerate(payload.children(message))
        for leaf in numbered_leaves(
            part, f"{part_id}.{index}" if part_id else str(index)
        )
    ]


def attachments(message: Message) -> list[tuple[str, str, int]]:
    """(part id, file name, size) of the parts to download."""
    return [
        (part_id, mime.part_filename(part), len(mime.part_bytes(part)))
        for part_id, part in numbered_leaves(message)
        if part.get_filename()
    ]
