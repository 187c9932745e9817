"""HTML fragments as trees, forgiving with whatever the HTML is."""

import re

from lxml import etree
from lxml import html as lxml_html

# Characters that XML trees refuse, and the editor's invisible helpers.
_UNWANTED_CHARACTERS = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff\ufeff\u200b]"
)
_DOCUMENT_ENDS = re.compile(r"</(?:body|html)\s*>", re.I)
_CONTENT_TAGS = ("img", "hr", "table")


def parse(html: str) -> lxml_html.HtmlElement:
    """Return a ``div`` with the content of an HTML fragment; never raises.

    A fragment that is one plain ``div`` gives that one.
    """
    parser = lxml_html.HTMLParser(
        huge_tree=True, remove_comments=True, remove_pis=True, encoding="utf-8"
    )
    text = _DOCUMENT_ENDS.sub("", _UNWANTED_CHARACTERS.sub("", html or ""))
    document = lxml_html.document_fromstring(
        f"<html><body><div></div>{text}</body></html>".encode(), parser=parser
    )
    root = document.find("body")
    root.remove(root[0]) if root[0].tail is None else root[0].drop_tag()
    root.tag = "div"
    root.attrib.clear()
    return root[0] if _is_wrapper(root) else root


def serialize(root: lxml_html.HtmlElement) -> str:
    """Return a tree as HTML, characters unescaped as far as possible."""
    return etree.tostring(root, encoding="unicode", method="html", with_tail=False)


def is_empty(element: lxml_html.HtmlElement) -> bool:
    """Tell whether an element shows nothing: no text, image, line or table."""
    return not "".join(element.itertext()).strip() and (
        element.tag not in _CONTENT_TAGS
        and next(element.iter(*_CONTENT_TAGS), None) is None
    )


def trim_end(root: lxml_html.HtmlElement) -> None:
    """Remove empty elements and blanks from the end of a tree."""
    node = root
    while len(node):
        last = node[-1]
        if (last.tail or "").strip():
            return
        last.tail = None
        if is_empty(last):
            node.remove(last)
        elif last.tag in ("div", "p"):
            node = last
        else:
            return


def _is_wrapper(root: lxml_html.HtmlElement) -> bool:
    """Tell whether a tree only wraps one ``div`` without attributes."""
    texts = [root.text, *(child.tail for child in root)]
    return (
        [child.tag for child in root] == ["div"]
        and not root[0].attrib
        and not any((text or "").strip() for text in texts)
    )
