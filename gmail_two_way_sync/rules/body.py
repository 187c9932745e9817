"""The body that Odoo's composer stored, made to look hand-written (B2)."""

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from urllib.parse import (
    SplitResult,
    parse_qs,
    parse_qsl,
    unquote_to_bytes,
    urlencode,
    urljoin,
    urlsplit,
    urlunsplit,
)

from lxml.html import HtmlElement

from . import html_tree
from .plain_text import text_version

__all__ = ["Body", "ImageRef", "hand_written", "text_version", "with_signature"]

_KEPT_ATTRIBUTES = frozenset(
    "align alt bgcolor border cellpadding cellspacing cite color colspan dir face"
    " height href lang reversed rowspan size src start style target title type"
    " valign value width".split()
)
_KEPT_CLASSES = re.compile(r"gmail_\w+")
_DROPPED_TAGS = frozenset(
    "applet audio base button canvas embed frame frameset head iframe input link meta"
    " noscript object option script select style svg template textarea title"
    " video".split()
)
_UNWRAPPED_TAGS = frozenset("body fieldset form html label t".split())
_MENTION_CLASSES = frozenset(
    {
        "o_mail_redirect",
        "o_channel_redirect",
        "o_hashtag_redirect",
        "o-discuss-mention",
    }
)
_EDITED_CLASS = "o-mail-Message-edited"
_EMPTY_INLINE = ("span", "i", "b", "em", "strong", "font", "a")
_BACK_OFFICE = frozenset({"web", "odoo", "mail", "scoped_app"})
_PERSONAL_PARAMETERS = frozenset({"pid", "hash", "auth_login", "auth_signup_token"})
_LINK_SCHEMES = frozenset({"http", "https", "mailto", "tel", "sms", "ftp"})
_PIXEL_STYLE = re.compile(
    r"(?:^|;)\s*(?:max-)?(?:width|height)\s*:\s*[01](?:px)?\s*(?:[;!]|$)"
)
_DATA_IMAGE = re.compile(r"data:(image/[\w.+-]+)((?:;[\w=-]+)*),(.*)", re.I | re.S)
_ATTACHMENT_PATH = re.compile(
    r"/web/(?:image|content)/(?:ir\.attachment/)?(\d+)(?:-[^/]*)?(?:/.*)?"
)


@dataclass(frozen=True)
class ImageRef:
    """An image that the HTML shows as ``cid:`` + ``cid``.

    Either ``attachment_id`` says which attachment it is, or ``data`` holds its bytes
    and ``mimetype`` their type.
    """

    cid: str
    attachment_id: int | None
    data: bytes | None
    mimetype: str | None


@dataclass(frozen=True)
class Body:
    """HTML in one ``div``, and its inline images in the order of their appearance."""

    html: str
    images: tuple[ImageRef, ...]


def hand_written(html: str, base_url: str) -> Body:
    """Return the HTML of a message as somebody could have written it in Gmail.

    Of Odoo nothing is left: no class, attribute, mention, tracking pixel or link into
    the back office (``base_url`` is the database's own address). Images that are
    attachments or ``data:`` become inline images. Never raises.
    """
    root = html_tree.parse(html)
    site = _Site(base_url)
    _drop_foreign(root)
    for link in list(root.iter("a")):
        _clean_link(link, site)
    images = _Images(site)
    for image in list(root.iter("img")):
        images.take(image)
    for element in root.iter():
        _clean_attributes(element)
    for element in reversed(list(root.iter(*_EMPTY_INLINE))):
        if not len(element) and not element.text:
            element.drop_tag()
    html_tree.trim_end(root)
    return Body(html_tree.serialize(root), tuple(images.found.values()))


def with_signature(html: str, signature_html: str) -> str:
    """Return the body with "-- " and the signature below it.

    An empty signature, or one that already ends the body, adds nothing. To be called
    before ``hand_written``, which takes care of the signature's images too.
    """
    signature = html_tree.parse(signature_html)
    ending = text_version(signature_html)
    root = html_tree.parse(html)
    html_tree.trim_end(root)
    is_there = ending and f"\n{text_version(html)}".endswith(f"\n{ending}")
    if not html_tree.is_empty(signature) and not is_there:
        separator = "" if ending.startswith("--") else "-- <br>"
        block = html_tree.parse(f"<br>{separator}")
        block.append(signature)
        root.append(block)
    return html_tree.serialize(root)


class _Site:
    """The database's own address: which links lead to it, and where in it."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url.rstrip("/") + "/"
        self.host = _split(base_url).netloc.lower()

    def absolute(self, url: str) -> str:
        """Return ``url`` as an absolute one, '' if it is malformed."""
        try:
            return urljoin(self.base_url, _without_blanks(url))
        except ValueError:
            return ""

    def owns(self, absolute_url: str) -> bool:
        return _split(absolute_url).netloc.lower() == self.host

    def is_back_office(self, absolute_url: str) -> bool:
        first = _split(absolute_url).path.strip("/").partition("/")[0]
        return self.owns(absolute_url) and first in _BACK_OFFICE

    def attachment_id(self, absolute_url: str) -> int | None:
        """Return the id of the attachment that an own URL shows."""
        if not self.owns(absolute_url):
            return None
        parts = _split(absolute_url)
        match = _ATTACHMENT_PATH.fullmatch(parts.path)
        if match:
            return int(match[1])
        query = parse_qs(parts.query)
        model, ident = query.get("model", ["ir.attachment"]), query.get("id", [""])
        is_file = parts.path in ("/web/image", "/web/content")
        if is_file and model == ["ir.attachment"] and ident[0].isdecimal():
            return int(ident[0])
        return None


class _Images:
    """The inline images of a body, each once."""

    def __init__(self, site: _Site) -> None:
        self.site = site
        self.found: dict[object, ImageRef] = {}

    def take(self, image: HtmlElement) -> None:
        """Make an image inline, leave it remote, or drop it."""
        source = image.get("src", "").strip()
        if source[:5].lower() == "data:":
            url, reference = "", self._from_data(source)
        else:
            url = self.site.absolute(source) if source else ""
            reference = self._from_attachment(url)
        if reference:
            image.set("src", f"cid:{reference.cid}")
        elif _split(url).scheme in ("http", "https") and not _is_pixel(image, url):
            image.set("src", url)
        else:
            image.drop_tree()

    def _from_attachment(self, url: str) -> ImageRef | None:
        attachment_id = self.site.attachment_id(url)
        if not attachment_id:
            return None
        image = ImageRef(f"image{attachment_id}@attachment", attachment_id, None, None)
        return self.found.setdefault(attachment_id, image)

    def _from_data(self, source: str) -> ImageRef | None:
        mimetype, data = _data_image(source)
        if not data:
            return None
        digest = hashlib.sha256(data).hexdigest()[:20]
        image = ImageRef(f"image{digest}@inline", None, data, mimetype)
        return self.found.setdefault(digest, image)


def _drop_foreign(root: HtmlElement) -> None:
    """Remove what no mail program writes: scripts, forms, Odoo's markers, mentions."""
    for element in list(root.iterdescendants()):
        classes = set(element.get("class", "").split())
        if element.tag in _DROPPED_TAGS or _EDITED_CLASS in classes:
            element.drop_tree()
        elif element.tag in _UNWRAPPED_TAGS or classes & _MENTION_CLASSES:
            element.drop_tag()


def _clean_link(link: HtmlElement, site: _Site) -> None:
    """Make a link absolute, or mere text if it leads nowhere for a reader outside."""
    href = link.get("href", "").strip()
    url = site.absolute(href)
    nowhere = not href or href.startswith("#") or site.is_back_office(url)
    if nowhere or _split(url).scheme not in _LINK_SCHEMES:
        link.drop_tag()
    else:
        link.set("href", _impersonal(url) if site.owns(url) else url)


def _impersonal(url: str) -> str:
    """Return an own URL without the parameters that identify one recipient."""
    parts = _split(url)
    query = parse_qsl(parts.query, keep_blank_values=True)
    kept = [pair for pair in query if pair[0] not in _PERSONAL_PARAMETERS]
    return url if kept == query else urlunsplit(parts._replace(query=urlencode(kept)))


def _clean_attributes(element: HtmlElement) -> None:
    for name in list(element.attrib):
        if name not in _KEPT_ATTRIBUTES and name != "class":
            del element.attrib[name]
    classes = filter(_KEPT_CLASSES.fullmatch, element.get("class", "").split())
    _set_or_drop(element, "class", " ".join(classes))
    _set_or_drop(element, "style", _style_without_images(element.get("style", "")))


def _style_without_images(style: str) -> str:
    """Return a style without its declarations that load something."""
    if "url(" not in style.lower():
        return style.strip()
    declarations = [part for part in style.split(";") if ":" in part]
    return ";".join(part for part in declarations if "url(" not in part.lower())


def _set_or_drop(element: HtmlElement, name: str, value: str) -> None:
    if value:
        element.set(name, value)
    else:
        element.attrib.pop(name, None)


def _is_pixel(image: HtmlElement, url: str) -> bool:
    sizes = {image.get("width", "").strip("px "), image.get("height", "").strip("px ")}
    return (
        bool(sizes & {"0", "1"})
        or bool(_PIXEL_STYLE.search(image.get("style", "")))
        or "/mail/track/" in url
    )


def _data_image(url: str) -> tuple[str, bytes]:
    """Return type and bytes of a ``data:`` image, ('', b'') if it is none."""
    match = _DATA_IMAGE.fullmatch(url)
    if not match:
        return "", b""
    mimetype, parameters, content = match.groups()
    data = unquote_to_bytes(_without_blanks(content))
    if "base64" not in parameters.lower():
        return mimetype.lower(), data
    try:
        return mimetype.lower(), base64.b64decode(data + b"=" * (-len(data) % 4))
    except binascii.Error:
        return "", b""


def _without_blanks(text: str) -> str:
    return re.sub(r"[\t\r\n]", "", text.strip())


def _split(url: str) -> SplitResult:
    """Return ``url`` in its parts; a malformed one has none."""
    try:
        return urlsplit(url)
    except ValueError:
        return urlsplit("")
