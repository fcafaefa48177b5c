"""Where a passage comes from, what its licence is, and which marks of an encyclopedia page are not its text. Pure."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from urllib.parse import SplitResult, parse_qs, quote, unquote, urlsplit

# Wikipedia's terms of use changed on this day; what was written before stays under 3.0.
CC_BY_SA_4_SINCE = date(2023, 6, 7)

_MAX_URL = 2_048
_MAX_TITLE_BYTES = 255  # MediaWiki's own limit

_WIKIPEDIA = re.compile(r"(?P<language>[a-z]{2,12}(?:-[a-z]{2,12}){0,2})(?:\.m)?\.wikipedia\.org")
_PERMALINK = re.compile(r"special:(?:permalink|permanentlink)/(?P<revision>\d+)", re.IGNORECASE)
_NOT_IN_TITLES = re.compile("[\x00-\x1f\x7f#<>\\[\\]{|}\ud800-\udfff\ufffd]")


class BadPageUrl(ValueError):
    """An address is no wiki page's. The message says why, in words for the person who typed it."""


@dataclass(frozen=True)
class Page:
    """A wiki page as its address names it. `wiki` is the host; no revision means the page as it is today."""

    wiki: str
    title: str
    revision: int | None = None
    scheme: str = "https"

    @property
    def url(self) -> str:
        """The address to keep: the permalink where the revision is known, else the article's.

        A wiki goes by the revision alone, whatever title is written beside it: so one revision has one address.
        """
        if self.revision is not None:
            return f"{self.scheme}://{self.wiki}/w/index.php?oldid={self.revision}"
        title = quote(self.title.replace(" ", "_"), safe="/:(),!*'@;~-._")
        return f"{self.scheme}://{self.wiki}/wiki/{title}"


@dataclass(frozen=True)
class Marker:
    """A citation marker and its place, in code points."""

    start: int
    end: int
    text: str


def parse_page_url(url: str, *, other_wikis: Collection[str] = ()) -> Page:
    """Read a Wikipedia page's address: an article's, a permalink's, on the mobile or the desktop host.

    `other_wikis` are further hosts to accept, with the port where they have one. The title is empty where a
    permalink gives the revision alone. Raises BadPageUrl.
    """
    parts = _split(url.strip())
    wiki = _wiki(parts, other_wikis)
    query = parse_qs(parts.query, max_num_fields=50) if parts.query.count("&") < 50 else {}
    title = _title(parts.path, query)
    revision = _revision(query)
    permalink = _PERMALINK.fullmatch(title.replace(" ", "_"))
    if permalink:
        title, revision = "", _number(permalink["revision"])
    if not title and revision is None:
        raise BadPageUrl(
            "The address names no page: it should look like https://en.wikipedia.org/wiki/Title."
        )
    _check_title(title)
    return Page(wiki, title, revision, scheme=parts.scheme if wiki in other_wikis else "https")


def passage_licence(revision_at: date | datetime) -> str:
    """Return the SPDX id of the licence that a Wikipedia revision's text is under, from the day it was saved (UTC)."""
    if isinstance(revision_at, datetime):
        revision_at = revision_at.astimezone(UTC).date() if revision_at.tzinfo else revision_at.date()
    return "CC-BY-SA-4.0" if revision_at >= CC_BY_SA_4_SINCE else "CC-BY-SA-3.0"


def _split(url: str) -> SplitResult:
    if len(url) > _MAX_URL:
        raise BadPageUrl(f"The address is longer than {_MAX_URL:,} characters.")
    if re.search(r"[\x00-\x20\x7f\\\ud800-\udfff]", url):
        raise BadPageUrl("The address must not contain spaces, control characters or backslashes.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise BadPageUrl("The address cannot be read: copy it again from the page.") from error
    if parts.scheme not in {"http", "https"} or port == 0:
        raise BadPageUrl("The address must begin with https:// or http://.")
    if "@" in parts.netloc:
        raise BadPageUrl("The address must not contain a user name or a password.")
    return parts


def _wiki(parts: SplitResult, other_wikis: Collection[str]) -> str:
    host = parts.netloc.lower()
    if host in other_wikis:
        return host
    known = _WIKIPEDIA.fullmatch((parts.hostname or "").removesuffix("."))
    usual_port = parts.port in {None, 443 if parts.scheme == "https" else 80}
    if not known or not usual_port or known["language"] == "www":
        raise BadPageUrl(
            "The address is not a Wikipedia page's: it should look like https://en.wikipedia.org/wiki/Title."
        )
    return f"{known['language']}.wikipedia.org"


def _title(path: str, query: dict[str, list[str]]) -> str:
    """Take the title from the query, where index.php has it, or from the path /wiki/Title."""
    named = query.get("title", [""])[0]
    if not named and path.startswith("/wiki/"):
        named = unquote(path.removeprefix("/wiki/"))
    return " ".join(named.replace("_", " ").split())


def _revision(query: dict[str, list[str]]) -> int | None:
    values = query.get("oldid", [])
    return _number(values[0]) if values else None


def _number(digits: str) -> int:
    if not re.fullmatch(r"[0-9]{1,18}", digits) or int(digits) == 0:
        raise BadPageUrl("The address's revision (oldid) must be a number.")
    return int(digits)


def _check_title(title: str) -> None:
    if _NOT_IN_TITLES.search(title) or len(title.encode()) > _MAX_TITLE_BYTES:
        raise BadPageUrl("The address's title is none that a wiki page can have.")
    if title.lower().startswith("special:"):
        raise BadPageUrl("The address is a special page's: take the article's own address.")


# What stands between brackets in a page's text. No brackets inside, so that a hostile text costs linear time.
_BRACKETS = re.compile(r"\[([^\[\]\n]{1,48})\]")

_FOOTNOTE = re.compile(r"[1-9]\d{0,2}|(?:note|nb|n|fn|footnote)s?\.? (?:\d{1,3}|[a-z])", re.IGNORECASE)

# Only directly behind a word or a stop: after a space, `[a]` and `[Act 2]` are somebody's own brackets.
_ATTACHED_FOOTNOTE = re.compile(r"[A-Za-z]|[A-Za-z][A-Za-z.-]{0,15} \d{1,3}")

# Wikipedia's inline clean-up tags: the ones left in dolly-15k, and their nearest kin.
_CLEAN_UP = re.compile(
    r"(?:[a-z-]+ ){0,3}(?:citations?|sources?|page|pages|clarification|explanation|example|quotation|verification"
    r"|attribution|year|date|update|definition|disambiguation|context|pronunciation)(?: is| are)? needed"
    r"|citation not found|needs update|failed verification|not verified in body|not in citation given|dead link"
    r"|permanent dead link|original research\??|weasel words|peacock prose|edit|circular reference"
    r"|(?:unreliable|self-published|user-generated|third-party)(?: [a-z]+)? source\??"
    r"|(?:dubious|disputed|neutrality is disputed|vague)(?: [–—-] discuss)?"
    r"|(?:when|who|whom|where|which|why|how|how often|by whom|by who|according to whom|says who|timeframe|relevant)\?",
    re.IGNORECASE,
)


def find_citation_markers(text: str) -> Iterator[Marker]:
    """Yield the footnote and clean-up marks of an encyclopedia page: [42], [a], [note 1], [citation needed], …

    Pronunciations, [...], [sic], [He] and other brackets that carry meaning are none. Nor is an `[s]` behind a letter
    (a plural) or a letter with a word behind it (`[I]t`): writers' brackets.
    """
    for match in _BRACKETS.finditer(text):
        if _is_marker(text, match):
            yield Marker(match.start(), match.end(), match.group())


def strip_citation_markers(text: str) -> str:
    """Return the text without its citation markers and without the space that one leaves before a stop or a space."""
    kept: list[str] = []
    position = 0
    for start, end in _joined(find_citation_markers(text)):
        before, after = text[position:start], text[end : end + 1]
        superfluous = before.endswith(" ") and after in set(" .,;:!?)\n") | {""}
        kept.append(before[:-1] if superfluous else before)
        position = end + 1 if start == 0 and after == " " else end
    return "".join(kept) + text[position:]


def _joined(markers: Iterator[Marker]) -> Iterator[tuple[int, int]]:
    """Take markers that touch, such as [1][2], as one."""
    start = end = -1
    for marker in markers:
        if marker.start != end:
            if end > 0:
                yield start, end
            start = marker.start
        end = marker.end
    if end > 0:
        yield start, end


def _is_marker(text: str, match: re.Match[str]) -> bool:
    inside = match.group(1)
    if _FOOTNOTE.fullmatch(inside) or _CLEAN_UP.fullmatch(inside):
        return True
    before, after = text[match.start() - 1 : match.start()], text[match.end() : match.end() + 1]
    if not before or before.isspace() or before in "([{\"'“‘" or after.isalpha():
        return False
    if inside == "s" and before.isalpha():
        return False
    return _ATTACHED_FOOTNOTE.fullmatch(inside) is not None
