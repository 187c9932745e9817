"""HTML of received messages, made such that Odoo's cleaning is quick and complete.

Nothing is made safe here: that is the business of Odoo's own sanitizer. But that one
takes minutes for some hostile pages of a few kilobytes, and loses deeply nested text.
"""

import re
from collections.abc import Mapping
from urllib.parse import unquote

from lxml.html import HtmlElement

from . import html_tree

MAX_DEPTH = 150
_PARSER_DEPTH = 2000  # libxml2 drops what is nested deeper than 2048 levels

_META_CHARSET = re.compile(
    rb"""<meta[^>]{0,200}charset\s*=\s*["']?\s*([\w.:-]+)""", re.I
)
_ENDLESS_WORD = re.compile(r"[\w-]{200}")


def declared_charset(data: bytes) -> str:
    """Return the charset that a page itself names at its beginning, or ''."""
    found = _META_CHARSET.search(data[:4096])
    return found[1].decode("ascii", "replace") if found else ""


def is_empty(html: str) -> bool:
    """Tell whether a page shows nothing."""
    return html_tree.is_empty(_parse(html))


def readable(html: str, content_ids: Mapping[str, str]) -> tuple[str, bool]:
    """Return a well-formed page whose images are found by their content ids.

    :param content_ids: by the Content-Location of parts, for images named by it
    :return: the page, '' if it shows nothing, and whether it is the whole page
    """
    root = _parse(html)
    for element in root.iter("img"):
        source = element.get("src", "").strip()
        if source[:4].lower() == "cid:":
            element.set("src", f"cid:{unquote(source[4:])}")
        elif source in content_ids:
            element.set("src", f"cid:{content_ids[source]}")
    for element in root.iter():
        if _ENDLESS_WORD.search(element.get("style", "")):
            del element.attrib["style"]
    depth = _flatten(root)
    page = "" if html_tree.is_empty(root) else html_tree.serialize(root)
    return page, depth < _PARSER_DEPTH


def _parse(html: str) -> HtmlElement:
    root = html_tree.parse(html)
    for element in list(root.iterdescendants("script", "style", "title")):
        element.drop_tree()
    return root


def _flatten(root: HtmlElement) -> int:
    """Dissolve elements that are nested deeper than Odoo's parser follows.

    :return: the number of levels before
    """
    too_deep, depth = [], {root: 0}
    for node in root.iterdescendants():
        depth[node] = depth[node.getparent()] + 1
        if depth[node] > MAX_DEPTH:
            too_deep.append(node)
    for node in reversed(too_deep):
        node.drop_tag()
    return max(depth.values())
