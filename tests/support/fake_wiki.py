"""A wiki that speaks as much of MediaWiki's action API as Flock asks, on a free port of this machine."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

from tests.support.stand_in import Answering, served

LAG = {"error": {"code": "maxlag", "info": "Waiting for a database server: 6.2 seconds lagged."}}
# Status, headers, body.
Answer = tuple[int, dict[str, str], object]
HIDDEN = {"error": {"code": "permissiondenied", "info": "You don't have permission to view deleted text."}}


@dataclass
class FakeWiki:
    """Revisions in memory, as HTML. While `says` is set, it is every answer: status, headers, body.

    `pages` says which revision of a page is its newest, and `redirects` which title leads to another.
    """

    url: str = ""
    revisions: dict[int, str] = field(default_factory=dict)
    pages: dict[str, int] = field(default_factory=dict)
    redirects: dict[str, str] = field(default_factory=dict)
    saved_at: str = "2024-05-01T06:00:00Z"
    says: Answer | None = None
    is_slow: bool = False
    queries: list[dict[str, str]] = field(default_factory=list)
    agents: set[str] = field(default_factory=set)
    stopping: threading.Event = field(default_factory=threading.Event)

    @property
    def host(self) -> str:
        return urlsplit(self.url).netloc

    def permalink(self, revision: int, title: str = "Common_swift") -> str:
        return f"{self.url}/w/index.php?title={title}&oldid={revision}"


@contextmanager
def serving() -> Iterator[FakeWiki]:
    wiki = FakeWiki()
    with served(_handler(wiki)) as address:
        wiki.url = address
        yield wiki
        wiki.stopping.set()


def _handler(wiki: FakeWiki) -> type[Answering]:
    class Handler(Answering):
        def do_GET(self) -> None:
            address = urlsplit(self.path)
            query = dict(parse_qsl(address.query))
            wiki.queries.append(query)
            wiki.agents.add(self.headers.get("User-Agent", ""))
            if wiki.is_slow:
                wiki.stopping.wait(30)
                return
            self.send(*(wiki.says or _answer(wiki, address.path, query)))

    return Handler


def _answer(wiki: FakeWiki, path: str, query: dict[str, str]) -> Answer:
    if path != "/w/api.php":
        return 404, {}, "No such file."
    if (query["format"], query["formatversion"]) != ("json", "2") or query["action"] not in _ANSWERS:
        return 200, {}, {"error": {"code": "badvalue", "info": "This wiki speaks no more than a test needs."}}
    return _ANSWERS[query["action"]](wiki, query)


def _date(wiki: FakeWiki, query: dict[str, str]) -> Answer:
    revision = int(query["revids"])
    page = {"pageid": 7, "title": "Common swift", "revisions": [{"timestamp": wiki.saved_at}]}
    known = revision in wiki.revisions and (query["prop"], query["rvprop"]) == ("revisions", "timestamp")
    return 200, {}, {"query": {"pages": [page]} if known else {"badrevids": {str(revision): {}}}}


def _query(wiki: FakeWiki, query: dict[str, str]) -> Answer:
    return _search(wiki, query) if query.get("list") == "search" else _date(wiki, query)


def _search(wiki: FakeWiki, query: dict[str, str]) -> Answer:
    words = query["srsearch"].lower()
    found = [
        {
            "ns": 0,
            "title": title,
            "pageid": 7,
            "snippet": f'<span class="searchmatch">{title}</span> &amp; kin',
        }
        for title, revision in wiki.pages.items()
        if words in f"{title} {wiki.revisions[revision]}".lower()
    ]
    return 200, {}, {"batchcomplete": True, "query": {"search": found[: int(query["srlimit"])]}}


def _page(wiki: FakeWiki, query: dict[str, str]) -> Answer:
    if "page" in query:
        title = wiki.redirects.get(query["page"], query["page"])
        revision = wiki.pages.get(title, 0)
        problem = "missingtitle", "The page you specified doesn't exist."
    else:
        title, revision = "Common swift", int(query["oldid"])
        problem = "nosuchrevid", f"There is no revision with ID {revision}."
    if revision not in wiki.revisions:
        return 200, {}, {"error": dict(zip(("code", "info"), problem, strict=True))}
    page = {"title": title, "pageid": 7, "text": wiki.revisions[revision]}
    return 200, {}, {"parse": page | ({"revid": revision} if "revid" in query["prop"] else {})}


_ANSWERS = {"parse": _page, "query": _query}
