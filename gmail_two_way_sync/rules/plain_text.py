"""HTML as the plain text that a mail program would have written beside it."""

import re
from collections.abc import Callable
from os.path import commonprefix

from lxml import etree

from . import html_tree

_BLANKS = re.compile(r"[ \t\r\n\f]+")
_SKIPPED = frozenset({"script", "style", "head", "title", "img"})
_PARAGRAPHS = frozenset(
    {"p", "h1", "h2", "h3", "h4", "h5", "h6", "table", "pre", "blockquote", "ul", "ol"}
)
_LINES = frozenset(
    {"div", "li", "tr", "dt", "dd", "section", "article", "header", "footer", "center"}
)


def text_version(html: str) -> str:
    """Return HTML as plain text with \\n line ends; never raises.

    Links become "text (url)", list items get a dash or their number, quotes "> ", cells
    of a table row are separated by blanks, and images are dropped.
    """
    writer = _Writer()
    skipped = 0
    for event, element in etree.iterwalk(html_tree.parse(html), ("start", "end")):
        start = event == "start"
        if element.tag in _SKIPPED:
            skipped += 1 if start else -1
        elif not skipped:
            (writer.open if start else writer.close)(element)
        if not skipped:
            writer.text((element.text if start else element.tail) or "")
    return writer.result()


class _Writer:
    """Collects lines; blocks begin and end them, inline text is gathered between."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.words = ""
        self.prefixes: list[str] = []
        self.numbers: list[int] = []
        self.marker = ""
        self.prefix = ""
        self.gap = False
        self.preformatted = 0

    def result(self) -> str:
        self._end_line()
        text = "\n".join(self.lines)
        return re.sub(r"^((?:> )*--)$", r"\1 ", text, flags=re.M)

    def text(self, text: str) -> None:
        if self.preformatted:
            *lines, last = text.split("\n")
            for line in lines:
                self.words += line
                self._add_line()
            self.words += last
            return
        text = _BLANKS.sub(" ", text)
        blank_before = not self.words or self.words.endswith(" ")
        self.words += text.lstrip(" ") if blank_before else text

    def open(self, element: etree._Element) -> None:
        if element.tag in _PARAGRAPHS:
            self._end_paragraph()
        elif element.tag in _LINES:
            self._end_line()
        opening = self._handler("open", element)
        opening(element)

    def close(self, element: etree._Element) -> None:
        if element.tag in _PARAGRAPHS or element.tag in _LINES:
            self._end_line()
        closing = self._handler("close", element)
        closing(element)
        if element.tag in _PARAGRAPHS:
            self._end_paragraph()

    def _handler(
        self, moment: str, element: etree._Element
    ) -> Callable[[etree._Element], None]:
        return getattr(self, f"_{moment}_{element.tag}", lambda element: None)

    def _open_br(self, _element: etree._Element) -> None:
        self._add_line()

    def _open_hr(self, _element: etree._Element) -> None:
        self._end_line()
        self.words = "-" * 20
        self._end_line()

    def _open_pre(self, _element: etree._Element) -> None:
        self.preformatted += 1

    def _close_pre(self, _element: etree._Element) -> None:
        self.preformatted -= 1

    def _open_blockquote(self, _element: etree._Element) -> None:
        self.prefixes.append("> ")

    def _close_blockquote(self, _element: etree._Element) -> None:
        self.prefixes.pop()

    def _open_ul(self, _element: etree._Element) -> None:
        self.numbers.append(-1)

    def _open_ol(self, _element: etree._Element) -> None:
        self.numbers.append(0)

    def _close_ul(self, _element: etree._Element) -> None:
        self.numbers.pop()

    _close_ol = _close_ul

    def _open_li(self, _element: etree._Element) -> None:
        numbered = bool(self.numbers) and self.numbers[-1] >= 0
        if numbered:
            self.numbers[-1] += 1
        self.marker = f"{self.numbers[-1]}. " if numbered else "- "
        self.prefixes.append(" " * len(self.marker))

    def _close_li(self, _element: etree._Element) -> None:
        self.prefixes.pop()
        self.marker = ""

    def _close_td(self, _element: etree._Element) -> None:
        self.text("  ")

    _close_th = _close_td

    def _close_a(self, element: etree._Element) -> None:
        url = (element.get("href") or "").removeprefix("mailto:")
        label = _BLANKS.sub(" ", "".join(element.itertext())).strip()
        if not url or url.startswith("#") or _bare(url) == _bare(label):
            return
        self.text(f" ({url})" if label else url)

    def _end_line(self) -> None:
        if self.words.strip():
            self._add_line()
        self.words = ""

    def _end_paragraph(self) -> None:
        """End the line, with a blank one to follow; lists are kept dense."""
        self._end_line()
        self.gap = self.gap or not self.numbers

    def _add_line(self) -> None:
        """Add what was gathered as a line; an empty one becomes a gap."""
        if not self.words.strip():
            self.gap = True
            self.words = ""
            return
        prefix = "".join(self.prefixes)
        if self.gap and self.lines:
            self.lines.append(commonprefix([prefix, self.prefix]).rstrip())
        self.gap = False
        self.prefix = prefix
        if self.marker:
            prefix = prefix.removesuffix(" " * len(self.marker)) + self.marker
            self.marker = ""
        self.lines.append((prefix + self.words).rstrip())
        self.words = ""


def _bare(url: str) -> str:
    return re.sub(r"^https?://", "", url.strip().rstrip("/"), flags=re.I).lower()
