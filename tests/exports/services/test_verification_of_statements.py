"""Folders whose bytes agree with their manifest, and which lie all the same."""

import json
import re

import pytest
import yaml

from exports.domain.card import front_matter
from exports.domain.manifest import load
from tests.support.damage import problems_of, rewrite, write_manifest
from tests.support.factories import PASSAGE_URL

pytestmark = pytest.mark.django_db


def growing(lines):
    """YAML of which every line takes the one before in twice."""
    return "0: &0 {a: 1}\n" + "".join(
        f"{n}: &{n} {{<<: [*{n - 1}, *{n - 1}]}}\n" for n in range(1, lines + 1)
    )


class TestDeceit:
    def test_about_a_record_is_found(self, downloaded):
        rewrite(downloaded, "data/train.jsonl", lambda content: content.replace(b"somebody", b"nobody", 1))
        assert any("is not the data line's" in problem for problem in problems_of(downloaded))

    def test_by_dropping_a_line_is_found(self, downloaded):
        rewrite(
            downloaded, "data/train.jsonl", lambda content: b"".join(content.splitlines(keepends=True)[:-1])
        )
        assert "data/train.jsonl ends before line 4: data and provenance are not 1:1" in problems_of(
            downloaded
        )

    def test_about_the_order_is_found(self, downloaded):
        for path in ("data/train.jsonl", "provenance.jsonl"):
            rewrite(downloaded, path, lambda content: b"".join(content.splitlines(keepends=True)[::-1]))
        assert any("not in the order" in problem for problem in problems_of(downloaded))

    def test_about_an_origin_is_found(self, downloaded):
        rewrite(downloaded, "provenance.jsonl", lambda content: content.replace(b'"human"', b'"model"', 1))
        assert any("the origin model may not stand" in problem for problem in problems_of(downloaded))

    def test_about_a_licence_is_found(self, downloaded):
        rewrite(
            downloaded, "provenance.jsonl", lambda content: content.replace(b"CC-BY-SA-3.0", b"CC-BY-NC-4.0")
        )
        assert "not every record permits the licence CC-BY-SA-4.0" in problems_of(downloaded)

    def test_by_leaving_a_credit_out_is_found(self, downloaded):
        rewrite(downloaded, "ATTRIBUTION.md", lambda content: b"\n".join(content.split(b"\n")[:2]))
        problems = problems_of(downloaded)
        assert [problem.split(" credit ")[0] for problem in problems] == ["ATTRIBUTION.md does not"] * 2

    def test_by_another_licence_file_is_found(self, downloaded):
        rewrite(downloaded, "LICENSE", lambda content: b"All rights reserved.\n")
        assert problems_of(downloaded) == ["LICENSE does not name CC-BY-SA-4.0"]

    def test_about_a_grant_is_found(self, downloaded):
        granted = b'"grant":{"licence":"CC-BY-SA-4.0"'
        denied = b'"grant":{"licence":"CC-BY-NC-4.0"'
        rewrite(downloaded, "provenance.jsonl", lambda content: content.replace(granted, denied, 1))
        assert any("may not stand in a commercial release" in problem for problem in problems_of(downloaded))

    @pytest.mark.parametrize("field", [b"licence", b"url"])
    def test_by_values_of_another_type_is_found(self, downloaded, field):
        rewrite(
            downloaded,
            "provenance.jsonl",
            lambda content: re.sub(b'("passage":{[^}]*"%s":)"[^"]*"' % field, b'\\1["x"]', content),
        )
        assert any(
            f"the provenance has a passage without its {field.decode()}" in problem
            for problem in problems_of(downloaded)
        )

    def test_by_leaving_a_passages_source_out_is_found(self, downloaded):
        rewrite(
            downloaded,
            "provenance.jsonl",
            lambda content: re.sub(b'"passage":{[^}]*}', b'"passage":null', content),
        )
        assert any("whether there is a passage" in problem for problem in problems_of(downloaded))

    def test_by_a_card_too_deep_to_read_is_found(self, downloaded):
        rewrite(downloaded, "README.md", lambda content: b"---\n" + b"[" * 20_000 + b"\n---\n")
        assert problems_of(downloaded) == ["README.md: the YAML at its top cannot be read"]

    def test_by_a_card_that_grows_without_end_is_found(self, downloaded):
        rewrite(downloaded, "README.md", lambda content: f"---\n{growing(60)}---\n".encode())
        assert problems_of(downloaded) == ["README.md: the YAML at its top cannot be read"]

    def test_by_a_card_that_grows_would_not_end_without_the_guard(self):
        loader = yaml.SafeLoader(growing(10))
        whole = loader.get_single_node()
        loader.construct_document(whole)
        assert len(whole.value[-1][1].value) == 2**10

    def test_by_another_card_is_found(self, downloaded):
        rewrite(
            downloaded,
            "README.md",
            lambda content: content.replace(b"profile: commercial", b"profile: research"),
        )
        assert problems_of(downloaded) == ["README.md and manifest.json do not tell the same of the release"]

    def test_by_deciding_on_ones_own_text_is_found(self, downloaded):
        lines = [json.loads(line) for line in (downloaded / "provenance.jsonl").read_bytes().splitlines()]
        own = next(line for line in lines if line["author"])
        reviewer = own["reviews"][0]["reviewer"].encode()
        rewrite(
            downloaded, "provenance.jsonl", lambda content: content.replace(reviewer, own["author"].encode())
        )
        assert any("decided on their own" in problem for problem in problems_of(downloaded))


class TestStatements:
    """Figures that were changed where they are stated, with every hash made to agree."""

    @pytest.mark.parametrize(
        "figure",
        ["records", "with_context", "pages", "authors", "reviewers", "reviewed", "categories", "origins",
         "licences", "passage_licences", "sources", "findings", "characters"],
    )  # fmt: skip
    def test_of_the_manifest_and_the_card_are_counted_again(self, downloaded, figure):
        manifest = load((downloaded / "manifest.json").read_bytes())
        counts = {**manifest.counts, figure: _larger(manifest.counts[figure])}
        about = {**manifest.about, "counts": counts}
        write_manifest(downloaded, counts=counts)
        rewrite(downloaded, "README.md", lambda card: front_matter(about).encode().join(_around(card)))
        assert [problem.split("; ")[0].split(" states ")[0] for problem in problems_of(downloaded)] == [
            "manifest.json"
        ]

    @pytest.mark.parametrize(
        ("said", "instead", "found"),
        [
            ("| `open_qa` | 2 |", "| `open_qa` | 3 |", "README.md shows another table Category than the records give"),
            ("| dolly | 1 |", "| dolly | 9 |", "README.md shows another table Source than the records give"),
            ("4 instruction/response", "5 instruction/response",
             "README.md speaks of another number of pairs than manifest.json"),
            ("- n<1K", "- n<9K", "README.md names another size than that of its records"),
        ],
    )  # fmt: skip
    def test_of_the_card_are_counted_again(self, downloaded, said, instead, found):
        rewrite(downloaded, "README.md", lambda card: card.replace(said.encode(), instead.encode(), 1))
        assert problems_of(downloaded) == [found]

    @pytest.mark.parametrize(
        ("said", "instead", "found"),
        [
            ('"version": "1.0.0"', '"version": "1.0.1"', "croissant.json has another version than manifest.json"),
            ("/by-sa/4.0/", "/by/4.0/", "croissant.json has another license than manifest.json"),
            ('"description": "4 ', '"description": "5 ',
             "croissant.json speaks of another number of pairs than manifest.json"),
            ('"contentUrl": "data/train.jsonl"', '"contentUrl": "data/dev.jsonl"',
             "croissant.json describes data/dev.jsonl otherwise than manifest.json"),
        ],
    )  # fmt: skip
    def test_of_the_croissant_file_are_held_against_the_manifest(self, downloaded, said, instead, found):
        rewrite(downloaded, "croissant.json", lambda text: text.replace(said.encode(), instead.encode(), 1))
        assert problems_of(downloaded) == [found]

    @pytest.mark.parametrize(
        ("change", "found"),
        [
            (lambda text: text + b"- **another**: somebody, MIT, unpinned\n",
             "ATTRIBUTION.md credits another, which no record uses"),
            (lambda text: text + b"- **dolly**: dolly, [CC-BY-SA-3.0](https://creativecommons.org/licenses/by-sa/3.0/),"
             b" unpinned\n", "ATTRIBUTION.md credits dolly 2 times"),
        ],
    )  # fmt: skip
    def test_of_the_attribution_are_complete_and_no_more(self, downloaded, change, found):
        rewrite(downloaded, "ATTRIBUTION.md", change)
        assert problems_of(downloaded) == [found]

    def test_of_a_pages_revision_are_held_against_the_provenance(self, downloaded):
        rewrite(downloaded, "ATTRIBUTION.md", lambda text: re.sub(rb"revision \d+", b"revision 1", text))
        assert [problem.partition(" with ")[0] for problem in problems_of(downloaded)] == [
            f"ATTRIBUTION.md credits {PASSAGE_URL}"
        ]

    def test_of_a_passage_are_held_against_the_context(self, downloaded):
        rewrite(
            downloaded,
            "provenance.jsonl",
            lambda content: re.sub(rb'("passage":{[^}]*"sha256":")[0-9a-f]{4}', b"\\1beef", content),
        )
        assert next(problem.partition(": ")[2] for problem in problems_of(downloaded)) == (
            "the context is not the passage that the provenance names: its sha256 is another"
        )


def _larger(figure):
    if isinstance(figure, dict):
        return {**figure, "more": 1}
    return figure + 1


def _around(card):
    """What stands before and after the front matter."""
    opening, _block, words = card.split(b"---\n", 2)
    return [opening + b"---\n", b"---\n" + words]
