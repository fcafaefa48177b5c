"""ATTRIBUTION.md: one line per page and revision used, one per imported dataset. Pure."""

import re
from collections.abc import Iterable

from crowd.domain.licences import URLS
from exports.domain.record import Passage, Record, Source

_CREDITED = re.compile(r"^- (?:\[.*\]\(<([^<>\n]*)>\)|\*\*(.*?)\*\*): (.*)$", re.MULTILINE)
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>()#+!|~])")


class Attribution:
    """Collects whom a release has to credit."""

    def __init__(self) -> None:
        self._pages: dict[str, Passage] = {}
        self._sources: dict[str, Source] = {}

    def add(self, record: Record) -> None:
        if record.source is not None:
            self._sources[record.source.name] = record.source
        elif record.passage is not None:
            self._pages.setdefault(record.passage.url, record.passage)

    @property
    def pages(self) -> int:
        return len(self._pages)

    def credits(self) -> dict[str, str]:
        """Whom the file has to name, the address of a page or a dataset, and what stands behind the name."""
        pages = {_address(page): _page_facts(page) for page in self._pages.values()}
        return pages | {
            " ".join(source.name.split()): _source_facts(source) for source in self._sources.values()
        }

    def render(self, *, holder: str) -> str:
        """The file's text. Its order is that of names, so that it tells nothing else."""
        blocks = [
            "# Attribution",
            f"Instructions and responses that were written for this dataset: {escape(holder)}.",
        ]
        if self._pages:
            blocks += [
                "## Wikipedia pages",
                _EDITORS,
                _lines(_page_line(page) for page in self._pages.values()),
            ]
        if self._sources:
            blocks += ["## Datasets", _lines(_source_line(source) for source in self._sources.values())]
        return "\n\n".join(blocks) + "\n"


_EDITORS = (
    "Passages are excerpts of the page revisions below, by the editors whom each page's history names; "
    "citation markers may have been left out."
)


def escape(text: str) -> str:
    """Text that Markdown shows as it is, on one line."""
    return _MARKDOWN.sub(r"\\\1", " ".join(text.split()))


def credited(text: str) -> list[tuple[str, str]]:
    """What `credits` gives, read from an ATTRIBUTION.md: a pair for each line."""
    return [(address or _unescape(name), facts) for address, name, facts in _CREDITED.findall(text)]


def _lines(lines: Iterable[str]) -> str:
    return "\n".join(sorted(lines))


def _page_line(page: Passage) -> str:
    return f"- [{escape(page.title or page.wiki)}](<{_address(page)}>): {_page_facts(page)}"


def _address(page: Passage) -> str:
    return page.url.replace("<", "%3C").replace(">", "%3E")


def _page_facts(page: Passage) -> str:
    return f"{page.wiki}, revision {page.revision_id}, {_licence(page.licence)}"


def _source_line(source: Source) -> str:
    return f"- **{escape(source.name)}**: {_source_facts(source)}"


def _source_facts(source: Source) -> str:
    return f"{escape(source.credit)}, {_licence(source.licence)}, unpinned"


def _licence(licence: str) -> str:
    return f"[{licence}]({URLS[licence]})" if licence in URLS else escape(licence)


def _unescape(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)
