"""What a wiki's page says: its HTML as plain text, and whether a passage stands in it. Pure."""

from html.parser import HTMLParser

from crowd.domain import text
from crowd.domain.passages import strip_citation_markers

# The rule of a finding: the wiki was asked, and these words are not in the revision that the passage names.
UNVERIFIED = "passage.unverified"

# On the page they begin a line or a cell; every other element stands inside one.
_BLOCKS = frozenset(
    {"h1", "h2", "h3", "h4", "h5", "h6", "p", "div", "section", "blockquote", "pre", "center", "br", "hr"}
)
_BLOCKS |= {"ul", "ol", "li", "dl", "dt", "dd", "table", "caption", "tr", "td", "th", "figure", "figcaption"}
# Their content is never seen: templates put styles in the middle of a sentence, formulas carry their TeX along.
_UNSEEN = frozenset({"annotation", "script", "style", "template"})
_VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
)


def plain_text(html: str) -> str:
    """Return what a reader of the page sees. A footnote reads [1], whatever its number and script."""
    page = _Page()
    page.feed(html)
    page.close()
    return "".join(page.seen)


def stands_in(passage: str, page: str) -> bool:
    """Say whether the passage's words stand in the page's text, one after the other.

    White space, citation markers and invisible characters on either side make no difference, nor does the Unicode form.
    """
    words = _words(passage)
    return bool(words) and words in _words(page)


def _words(value: str) -> str:
    return _folded(strip_citation_markers(_folded(text.visible(text.canonical(value)))))


def _folded(value: str) -> str:
    return " ".join(value.split())


class _Page(HTMLParser):
    """Collects what is seen. An unseen element ends with the end tag of its own name that belongs to it."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.seen: list[str] = []
        self._unseen = ""
        self._depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._unseen:
            self._depth += tag == self._unseen
            return
        if tag in _BLOCKS:
            self.seen.append("\n")
        footnote = tag == "sup" and _is_footnote(attrs)
        if footnote:
            self.seen.append("[1]")
        if tag not in _VOID and (footnote or tag in _UNSEEN or _is_hidden(attrs)):
            self._unseen, self._depth = tag, 1

    def handle_endtag(self, tag: str) -> None:
        if not self._unseen:
            self.seen.append("\n" if tag in _BLOCKS else "")
            return
        self._depth -= tag == self._unseen
        if self._depth == 0:
            self._unseen = ""

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.seen.append(data)


def _is_footnote(attrs: list[tuple[str, str | None]]) -> bool:
    return "reference" in (dict(attrs).get("class") or "").split()


def _is_hidden(attrs: list[tuple[str, str | None]]) -> bool:
    return "display:none" in (dict(attrs).get("style") or "").replace(" ", "").lower()
