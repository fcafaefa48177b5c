import hashlib
from dataclasses import replace

import pytest

from exports.domain import derived as deriveds
from exports.domain.formats import FORMATS
from exports.domain.manifest import CROISSANT, File, load
from exports.services.derived_verification import DerivedVerification

pytestmark = pytest.mark.django_db


def problems_of(folder):
    return list(DerivedVerification(folder).problems())


def rewrite(folder, path, change):
    """Change a file and make derived.json agree, as somebody would who wants to deceive."""
    content = change((folder / path).read_bytes())
    (folder / path).write_bytes(content)
    made = deriveds.load((folder / deriveds.NAME).read_bytes())
    files = tuple(
        replace(file, sha256=hashlib.sha256(content).hexdigest(), bytes=len(content))
        if file.path == path
        else file
        for file in made.files
    )
    (folder / deriveds.NAME).write_bytes(replace(made, files=files).dump())


class TestVerifying:
    def test_finds_nothing_in_what_was_exported(self, derived):
        assert problems_of(derived) == []

    def test_finds_a_changed_a_missing_and_an_added_file(self, derived):
        (derived / "LICENSE").write_text("mine")
        next((derived / "parquet").rglob("*.parquet")).unlink()
        (derived / "more.jsonl").touch()
        assert len(problems_of(derived)) == 3

    def test_finds_another_record_whose_hash_was_made_to_agree(self, derived):
        part = next((derived / "data").rglob("*.jsonl")).relative_to(derived).as_posix()
        rewrite(derived, part, lambda content: content.replace(b"It ", b"Its ").replace(b"nest", b"bed"))
        assert "the parts together are not the release's data/train.jsonl" in problems_of(derived)

    @pytest.mark.parametrize("name", FORMATS)
    def test_finds_a_format_that_holds_something_else(self, derived, name):
        path, other = (
            file.relative_to(derived).as_posix() for file in sorted((derived / name).rglob("*.*"))[:2]
        )
        rewrite(derived, path, lambda _content: (derived / other).read_bytes())
        assert [problem.split()[0] for problem in problems_of(derived)] == [path, CROISSANT]

    def test_finds_another_manifest(self, derived):
        rewrite(derived, "release/manifest.json", lambda content: content.replace(b"alice", b"bob") + b" ")
        assert problems_of(derived)[0] == "release/manifest.json is not the one that derived.json names"

    def test_finds_a_card_that_tells_something_else(self, derived):
        rewrite(derived, "README.md", lambda content: content.replace(b"messages/", b"elsewhere/"))
        assert [problem.split(" than")[0] for problem in problems_of(derived)] == [
            "README.md tells something else under configs"
        ]

    @pytest.mark.parametrize(
        ("old", "new", "words"),
        [(b"data/", b"date/", "describes something else"), (b"{", b"[", "is not written the way")],
    )
    def test_finds_a_croissant_that_tells_something_else(self, derived, old, new, words):
        rewrite(derived, CROISSANT, lambda content: content.replace(old, new))
        (problem,) = problems_of(derived)
        assert words in problem

    @pytest.mark.parametrize("path", ["evil.py", "data/evil.jsonl", "LICENSES/MIT.txt", "figures/evil.svg"])
    def test_finds_a_file_that_no_export_writes(self, derived, path):
        (derived / path).parent.mkdir(exist_ok=True)
        (derived / path).write_bytes(b"print('hello')")
        made = deriveds.load((derived / deriveds.NAME).read_bytes())
        files = tuple(sorted((*made.files, File(path, "0" * 64, 0)), key=lambda file: file.path))
        (derived / deriveds.NAME).write_bytes(replace(made, files=files).dump())
        rewrite(derived, path, lambda content: content)
        assert problems_of(derived) == [
            f"{path} does not belong to a derived folder, and derived.json lists it"
        ]

    @pytest.mark.parametrize("path", ["LICENSE", "LICENSES/CC-BY-SA-4.0.txt", "ATTRIBUTION.md"])
    def test_finds_other_rights_than_the_releases(self, derived, path):
        rewrite(derived, path, lambda content: content + b"Public domain.\n")
        assert problems_of(derived) == [f"{path} is not the release's"]

    def test_finds_a_credit_that_no_record_demands_in_spite_of_every_hash(self, derived):
        rewrite(derived, "ATTRIBUTION.md", lambda content: content + b"- Somebody else, CC0\n")
        file = hashlib.sha256((derived / "ATTRIBUTION.md").read_bytes()).hexdigest()
        path = derived / "release/manifest.json"
        release = load(path.read_bytes())
        files = tuple(
            File(one.path, file, (derived / one.path).stat().st_size) if one.path == "ATTRIBUTION.md" else one
            for one in release.files
        )
        rewrite(derived, "release/manifest.json", lambda _content: replace(release, files=files).dump())
        made = deriveds.load((derived / deriveds.NAME).read_bytes())
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
        described = replace(made, manifest_sha256=sha256)
        (derived / deriveds.NAME).write_bytes(described.dump())
        old = made.manifest_sha256.encode()
        rewrite(derived, "README.md", lambda content: content.replace(old, sha256.encode()))
        (problem,) = problems_of(derived)
        assert problem.startswith("ATTRIBUTION.md is not what these records and figures give, from line ")

    def test_finds_words_that_were_added_to_the_card(self, derived):
        rewrite(derived, "README.md", lambda content: content + b"This dataset is public domain.\n")
        (problem,) = problems_of(derived)
        assert problem.startswith("README.md is not what these records and figures give, from line ")
        assert problem.endswith(" on: 'This dataset is public domain.'")

    def test_says_first_that_nobody_has_signed_it(self, derived):
        found = DerivedVerification(derived)
        assert list(found.problems()) == []
        assert found.report()[0] == (
            f"{derived} holds what derived.json says, derived from release 1.0.0. No signature is over it, so it proves only "
            "that it agrees with itself."
        )

    @pytest.mark.parametrize(
        "content", [b"", b"{}", b"[]", b"null", b'{"files": 1}', b'{"files": [{}]}', b"[" * 100_000]
    )
    def test_of_no_description_says_so(self, derived, content):
        (derived / "derived.json").write_bytes(content)
        assert [problem.split(":")[0] for problem in problems_of(derived)] == ["derived.json"]
