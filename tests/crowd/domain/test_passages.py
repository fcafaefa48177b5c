"""Page addresses, licences by date, and citation markers."""

import contextlib
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crowd.domain.passages import (
    BadPageUrl,
    Page,
    find_citation_markers,
    parse_page_url,
    passage_licence,
    strip_citation_markers,
)

ADA = Page("en.wikipedia.org", "Ada Lovelace")


class TestParsePageUrl:
    @pytest.mark.parametrize(
        ("url", "page"),
        [
            ("https://en.wikipedia.org/wiki/Ada_Lovelace", ADA),
            (" http://EN.m.wikipedia.org/wiki/Ada_Lovelace?wprov=x#Early_life\n", ADA),
            ("https://en.wikipedia.org:443/wiki/Ada%20Lovelace", ADA),
            (
                "https://en.wikipedia.org/w/index.php?title=Ada_Lovelace&oldid=12",
                Page(ADA.wiki, ADA.title, 12),
            ),
            ("https://en.wikipedia.org/wiki/Ada_Lovelace?oldid=12", Page(ADA.wiki, ADA.title, 12)),
            ("https://en.wikipedia.org/w/index.php?oldid=12", Page(ADA.wiki, "", 12)),
            ("https://en.wikipedia.org/wiki/Special:PermanentLink/12", Page(ADA.wiki, "", 12)),
            ("https://zh-yue.wikipedia.org/wiki/%E6%97%A5", Page("zh-yue.wikipedia.org", "日")),
            ("https://en.wikipedia.org/wiki/AC/DC", Page(ADA.wiki, "AC/DC")),
            ("https://en.wikipedia.org/wiki/C%2B%2B", Page(ADA.wiki, "C++")),
        ],
    )
    def test_article_permalink_and_mobile_addresses(self, url, page):
        assert parse_page_url(url) == page

    def test_the_sites_own_wiki_keeps_host_port_and_scheme(self):
        page = parse_page_url("http://127.0.0.1:8123/wiki/Ada", other_wikis={"127.0.0.1:8123"})
        assert page == Page("127.0.0.1:8123", "Ada", scheme="http")
        assert page.url == "http://127.0.0.1:8123/wiki/Ada"

    @pytest.mark.parametrize(
        ("url", "reason"),
        [
            ("", "must begin with https"),
            ("javascript:alert(1)", "must begin with https"),
            ("ftp://en.wikipedia.org/wiki/A", "must begin with https"),
            ("//en.wikipedia.org/wiki/A", "must begin with https"),
            ("https://a:b@en.wikipedia.org/wiki/A", "user name or a password"),
            ("https://evil.org/wiki/A", "not a Wikipedia page's"),
            ("https://en.wikipedia.org.evil.org/wiki/A", "not a Wikipedia page's"),
            ("https://evilwikipedia.org/wiki/A", "not a Wikipedia page's"),
            ("https://en.wikipedia.org:8443/wiki/A", "not a Wikipedia page's"),
            ("https://www.wikipedia.org/wiki/A", "not a Wikipedia page's"),
            ("https://[::1/wiki/A", "cannot be read"),
            ("https://en.wikipedia.org:x/wiki/A", "cannot be read"),
            ("https://en.wikipedia.org\\@evil.org/wiki/A", "backslashes"),
            ("https://en.wikipedia.org/wiki/A b", "spaces"),
            ("https://en.wikipedia.org/wiki/" + "a" * 3000, "longer than 2,048"),
            ("https://en.wikipedia.org/", "names no page"),
            ("https://en.wikipedia.org/wiki/", "names no page"),
            ("https://en.wikipedia.org/wiki/A%00B", "none that a wiki page can have"),
            ("https://en.wikipedia.org/wiki/A%3Cscript%3E", "none that a wiki page can have"),
            ("https://en.wikipedia.org/wiki/Special:Random", "special page's"),
            ("https://en.wikipedia.org/wiki/A?oldid=-5", "must be a number"),
            ("https://en.wikipedia.org/wiki/A?oldid=" + "9" * 40, "must be a number"),
        ],
    )
    def test_anything_else_is_refused_with_a_reason(self, url, reason):
        with pytest.raises(BadPageUrl, match=reason):
            parse_page_url(url)

    @given(st.text())
    def test_no_text_breaks_it(self, text):
        with contextlib.suppress(BadPageUrl):
            assert parse_page_url("https://en.wikipedia.org" + text).wiki == ADA.wiki


class TestPageUrl:
    @pytest.mark.parametrize(
        "page", [ADA, Page(ADA.wiki, "C++ & more?"), Page(ADA.wiki, "", 12), Page(ADA.wiki, "日")]
    )
    def test_leads_back_to_the_same_page(self, page):
        assert parse_page_url(page.url) == page

    def test_a_revision_has_one_address_whatever_it_is_called(self):
        address = "https://en.wikipedia.org/w/index.php?oldid=12"
        assert {Page(ADA.wiki, title, 12).url for title in ("Ada Lovelace", "Something else", "")} == {
            address
        }


class TestPassageLicence:
    @pytest.mark.parametrize(
        ("saved", "licence"),
        [
            (date(2023, 6, 6), "CC-BY-SA-3.0"),
            (date(2023, 6, 7), "CC-BY-SA-4.0"),
            (datetime(2023, 6, 6, 23, 59, 59, tzinfo=UTC), "CC-BY-SA-3.0"),
            (datetime(2023, 6, 7, 1, tzinfo=timezone(timedelta(hours=2))), "CC-BY-SA-3.0"),
            (datetime(2023, 6, 7, tzinfo=UTC), "CC-BY-SA-4.0"),
        ],
    )
    def test_changes_with_the_day_in_utc(self, saved, licence):
        assert passage_licence(saved) == licence


MARKERS = [
    "[1]", "[42]", "[999]", "[a]", "[B]", "[note 1]", "[Note 14]", "[nb 2]", "[n. 8]", "[note a]", "[web 3]", "[p 2]",
    "[citation needed]", "[Citation needed]", "[better source needed]", "[when?]", "[according to whom?]",
    "[dubious – discuss]", "[failed verification]", "[permanent dead link]", "[user-generated source?]", "[edit]",
]  # fmt: skip
MEANINGFUL = [
    "[lûːka mǒːdritɕ]", "[...]", "[…]", "[sic]", "[He]", "[his name]", "[1990]", "[0]", "[17.33 million]", "[your name]",
    "[that refuted]", "[August 1996]", "[ˈɡaβo]", "[.NET]", "[]", "[1st Place- 25 pts]", "[no more needed]",
]  # fmt: skip


class TestFindCitationMarkers:
    @pytest.mark.parametrize("marker", MARKERS)
    def test_markers_are_found_where_they_stand(self, marker):
        found = [(m.start, m.end, m.text) for m in find_citation_markers(f"It is so.{marker} Yes.")]
        assert found == [(9, 9 + len(marker), marker)]

    @pytest.mark.parametrize("brackets", MEANINGFUL)
    def test_meaningful_brackets_are_none(self, brackets):
        assert list(find_citation_markers(f"It is {brackets} so.{brackets}")) == []

    @pytest.mark.parametrize(
        "text", ["He had [a] dog", "“[I]t is", "the dog[s] bark", '"[A] good man"', "a[b]c"]
    )
    def test_writers_own_brackets_are_none(self, text):
        assert list(find_citation_markers(text)) == []

    def test_hostile_brackets_are_looked_at_once(self):
        assert list(find_citation_markers("[" * 40_000 + "a [1" * 10_000)) == []


class TestStripCitationMarkers:
    @pytest.mark.parametrize(
        ("text", "stripped"),
        [
            (
                "Modrić[1] (pronounced [lûːka mǒːdritɕ]) is[a][12] 5.[citation needed]",
                "Modrić (pronounced [lûːka mǒːdritɕ]) is 5.",
            ),
            ("a city [42] is", "a city is"),
            ("word [1][2] next", "word next"),
            ("ends [3].", "ends."),
            ("ends [3]", "ends"),
            ("[1] Starts", "Starts"),
            ("one.[1]\n\nTwo", "one.\n\nTwo"),
            ("nothing  here ", "nothing  here "),
            ("[1][2]", ""),
        ],
    )
    def test_marker_goes_with_the_space_it_leaves(self, text, stripped):
        assert strip_citation_markers(text) == stripped

    @given(st.text(st.sampled_from("a [1]2.\n"), max_size=40))
    def test_letters_and_lines_survive(self, text):
        stripped = strip_citation_markers(text)
        assert [c for c in stripped if c in "a\n."] == [c for c in _without_markers(text) if c in "a\n."]


def _without_markers(text):
    for marker in reversed(list(find_citation_markers(text))):
        text = text[: marker.start] + text[marker.end :]
    return text
