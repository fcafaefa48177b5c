"""What a wiki's page says: its HTML as plain text and as paragraphs, and whether a passage stands in it. Pure."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from itertools import pairwise

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
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
)


# Marks beside the text, not of it: footnotes, clean-up tags ("citation needed") in any language.
_MARKS = frozenset({"reference", "Inline-Template"})
# The link behind a pronunciation that can be heard.
_LISTEN = "ext-phonos-attribution"
_LISTEN_SIGN = "\u24d8"

_FORMULA = "mwe-math-element"
# Stands for what no plain text can say.
_NO_TEXT = "\ufffc"
_RAISED = str.maketrans(
    "0123456789+-\u2212=()n",
    "\u2070¹²³\u2074\u2075\u2076\u2077\u2078\u2079\u207a\u207b\u207b\u207c\u207d\u207e\u207f",
)


class Apart(ValueError):
    """Paragraphs do not follow one another."""


@dataclass(frozen=True)
class Paragraph:
    """A paragraph of a page without its citation markers, under the heading that stands above it.

    It follows the one before where nothing but white space stands between the two.
    """

    section: str
    text: str
    follows: bool


def plain_text(html: str) -> str:
    """Return what a reader of the page sees. A footnote reads [1], whatever its number and script; so does a clean-up tag."""
    page = _Page()
    page.feed(html)
    page.close()
    return "".join(page.seen)


def paragraphs(html: str) -> list[Paragraph]:
    """Return a page's running text. What stands in tables, lists and boxes is left out.

    So is a paragraph with a formula: without it, it would say something else. Exponents are raised digits: 10²⁴.
    """
    page = _Paragraphs()
    page.feed(html)
    page.close()
    return page.found


def passage_of(found: Sequence[Paragraph], chosen: Collection[int]) -> str:
    """Return a passage of some paragraphs, chosen by their places. Raises Apart where something stands between them."""
    places = sorted(set(chosen))
    if any(place != before + 1 or not found[place].follows for before, place in pairwise(places)):
        raise Apart
    return "\n\n".join(found[place].text for place in places)


def stands_in(passage: str, page: str) -> bool:
    """Say whether the passage's words stand in the page's text, one after the other.

    White space, citation markers and invisible characters on either side make no difference, nor does the Unicode form:
    who copies 10²⁴ by hand gets 1024.
    """
    words = _words(passage)
    return bool(words) and words in _words(page)


def _words(value: str) -> str:
    seen = text.visible(text.normalize_newlines(value)).replace(_LISTEN_SIGN, "")
    return _folded(strip_citation_markers(_folded(text.normalize("NFKC", seen)))).replace("\u2212", "-")


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
        mark = tag == "sup" and bool(_classes(attrs) & _MARKS)
        if mark:
            self.seen.append("[1]")
        if tag not in _VOID and (mark or tag in _UNSEEN or _is_hidden(attrs)):
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


class _Paragraphs(_Page):
    """Collects paragraphs, and the headings above them."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[Paragraph] = []
        self._section = ""
        self._tables = 0
        # How many exponents are open, and where in `seen` the outermost begins if no other stands in it.
        self._exponents = 0
        self._raised = -1
        # The paragraph or heading that is open, and where it and what stands behind the last paragraph begin in `seen`.
        self._open = ""
        self._begin = 0
        self._end_of_last = -1

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        super().handle_starttag(tag, attrs)
        if self._unseen:
            return
        self._tables += tag == "table"
        if tag == "sup":
            self._raised = -1 if self._exponents else len(self.seen)
            self._exponents += 1
        if tag == "math" or _FORMULA in _classes(attrs):
            self.seen.append(_NO_TEXT)
        if not self._tables and (tag == "p" or tag in _HEADINGS):
            self._take()
            self._open, self._begin = tag, len(self.seen)

    def handle_endtag(self, tag: str) -> None:
        was_unseen = self._unseen
        super().handle_endtag(tag)
        if was_unseen:
            return
        if tag == "sup":
            self._raise()
        if tag == self._open:
            self._take()
        self._tables = max(0, self._tables - (tag == "table"))

    def _raise(self) -> None:
        """Make a number that stands raised one of raised digits. Other texts (19th) can be read without that."""
        self._exponents = max(0, self._exponents - 1)
        if self._exponents or self._raised < 0:
            return
        raised = "".join(self.seen[self._raised :]).translate(_RAISED)
        if not any(character.isascii() for character in raised):
            self.seen[self._raised :] = [raised]
        self._raised = -1

    def _take(self) -> None:
        said = _folded("".join(self.seen[self._begin :]))
        if self._open == "p":
            self._keep(strip_citation_markers(said).strip())
        elif self._open:
            self._section = strip_citation_markers(said)
        self._open = ""

    def _keep(self, paragraph: str) -> None:
        if not paragraph or _NO_TEXT in paragraph:
            return
        between = "".join(self.seen[self._end_of_last : self._begin]) if self._end_of_last >= 0 else "."
        self.found.append(Paragraph(self._section, paragraph, follows=not between.strip()))
        self._end_of_last = len(self.seen)


def _classes(attrs: list[tuple[str, str | None]]) -> set[str]:
    return set((dict(attrs).get("class") or "").split())


def _is_hidden(attrs: list[tuple[str, str | None]]) -> bool:
    style = (dict(attrs).get("style") or "").replace(" ", "").lower()
    return "display:none" in style or _LISTEN in _classes(attrs)
