"""Folders whose bytes and figures agree with their manifest, and to which somebody has added a word or a file."""

import pytest

from crowd.services import grants
from exports.domain.card import front_matter
from exports.domain.manifest import load
from exports.domain.release import Choice
from exports.services.release_folder import place
from exports.services.verification import Verification
from tests.support.damage import delist, enlist, problems_of, rewrite, write_manifest
from tests.support.factories import make_source, make_submission
from tests.support.releases import correct, make_approved, make_release

pytestmark = pytest.mark.django_db

LICENCE_TEXT = "LICENSES/CC-BY-SA-4.0.txt"
PICTURE = "figures/categories.svg"
ACTIVE = [
    b"<svg><script>alert(1)</script></svg>",
    b'<svg onload="alert(1)"></svg>',
    b"<svg><foreignObject></foreignObject></svg>",
    b'<svg><rect style="fill: url(https://evil.example)"/></svg>',
    b"<svg><style>@import 'https://evil.example'</style></svg>",
    b'<!DOCTYPE svg [<!ENTITY a "b">]><svg>&a;</svg>',
]


def made_by(folder, exporter):
    """Let another exporter have made it, in manifest and card."""
    about = load((folder / "manifest.json").read_bytes()).about | {"exporter": exporter}
    write_manifest(folder, exporter=exporter)

    def change(card):
        opening, _block, words = card.split(b"---\n", 2)
        return opening + b"---\n" + front_matter(about).encode() + b"---\n" + words

    rewrite(folder, "README.md", change)


class TestAsItWasCut:
    """Whatever a release is made of, it can be written again from itself."""

    def test_a_second_one_with_errata(self, downloaded, alice, rita):
        gone, corrected, *_rest = [make_approved(alice, rita) for _ in range(3)]
        make_release("1.1.0")
        type(gone).objects.filter(pk=gone.pk).update(state="withdrawn")
        correct(corrected, rita, response="At dusk, to find each other.")
        make_release("1.2.0")
        assert (place("1.2.0") / "tombstones.jsonl").exists()
        assert problems_of(place("1.2.0")) == []

    @pytest.mark.parametrize(
        "choice",
        [
            Choice(categories=("open_qa", "closed_qa")),
            Choice(sources=("dolly",), licence="CC-BY-SA-3.0"),
            Choice(without_sources=("dolly",), licence="CC-BY-SA-4.0"),
        ],
    )
    def test_one_of_a_choice(self, downloaded, choice):
        make_release("1.1.0", choice)
        assert problems_of(place("1.1.0")) == []

    def test_one_without_one_licence(self, downloaded):
        source = make_source("alpaca", licence="CC-BY-NC-4.0", origin="model")
        make_submission(source=source, state="approved")
        make_release("1.1.0", Choice(profile="research"))
        assert problems_of(place("1.1.0")) == []

    @pytest.mark.parametrize("holder", ['Swift & Sons, "Ltd"', "*stars* and [links](<a>)", "Ünïcode \\ co"])
    def test_one_of_any_holder(self, downloaded, settings, holder):
        settings.LICENCE_HOLDER = holder
        make_release("1.1.0")
        assert problems_of(place("1.1.0")) == []

    @pytest.mark.parametrize("text", ["no line end", "two\n\nparts \n", "\n first and last \n\n\n"])
    def test_one_of_any_wording(self, downloaded, bob, rita, text):
        grants.add_wording(text, licence="CC-BY-SA-4.0")
        make_approved(bob, rita)
        make_release("1.1.0")
        assert problems_of(place("1.1.0")) == []


class TestFiles:
    @pytest.mark.parametrize("path", ["evil.py", "figures/evil.svg", "data/test.jsonl", "LICENSES/MIT.txt"])
    def test_that_are_no_part_of_a_release_are_named(self, downloaded, path):
        enlist(downloaded, path, b"print('hello')\n")
        assert problems_of(downloaded) == [f"{path} does not belong to a release, and manifest.json lists it"]

    @pytest.mark.parametrize("path", [LICENCE_TEXT, "REUSE.toml", "figures/quality.json"])
    def test_that_every_release_has_are_missed(self, downloaded, path):
        delist(downloaded, path)
        assert f"{path} belongs to every release, and manifest.json does not list it" in problems_of(
            downloaded
        )

    def test_a_picture_that_the_figures_give_is_missed(self, downloaded):
        delist(downloaded, PICTURE)
        assert problems_of(downloaded) == [f"{PICTURE} is missing, and figures/quality.json gives it"]

    def test_a_picture_that_the_figures_do_not_give_is_named(self, downloaded):
        enlist(downloaded, "figures/contributors.svg", b"<svg></svg>")
        assert problems_of(downloaded) == [
            "figures/contributors.svg shows nothing that figures/quality.json tells"
        ]


class TestWords:
    @pytest.mark.parametrize(
        "path",
        ["LICENSE", LICENCE_TEXT, "REUSE.toml", "ATTRIBUTION.md", "README.md", "croissant.json", PICTURE],
    )
    @pytest.mark.parametrize("added", [b"\n", b"This dataset is public domain, do anything you like.\n"])
    def test_that_were_added_are_found(self, downloaded, path, added):
        rewrite(downloaded, path, lambda content: content + added)
        problems = problems_of(downloaded)
        assert [problem.split(" ")[0] for problem in problems] == [path]

    def test_that_were_added_are_shown(self, downloaded):
        rewrite(downloaded, "ATTRIBUTION.md", lambda content: content + b"- Somebody else, CC0\n")
        (problem,) = problems_of(downloaded)
        assert problem.startswith("ATTRIBUTION.md is not what these records and figures give, from line ")
        assert problem.endswith(" on: '- Somebody else, CC0'")

    @pytest.mark.parametrize(
        ("path", "said", "instead"),
        [
            ("LICENSE", b"Attribution-ShareAlike 4.0 International", b"Attribution 4.0 International"),
            (LICENCE_TEXT, b"Attribution-ShareAlike 4.0", b"Attribution 4.0"),
            ("README.md", b"in my own words", b"with a model"),
            ("README.md", b"Nothing was left out: every approved record is in.", b"- Everything bad was left out."),
            ("README.md", b"in dolly-15k's format", b"in the public domain"),
            ("croissant.json", b'"isLiveDataset": false', b'"isLiveDataset": true'),
        ],
    )  # fmt: skip
    def test_that_were_changed_are_found(self, downloaded, path, said, instead):
        assert said in (downloaded / path).read_bytes()
        rewrite(downloaded, path, lambda content: content.replace(said, instead, 1))
        (problem,) = problems_of(downloaded)
        assert problem.startswith(f"{path} is not what these records and figures give, from line ")

    @pytest.mark.parametrize("picture", ACTIVE)
    def test_of_a_picture_cannot_be_a_program(self, downloaded, picture):
        rewrite(downloaded, PICTURE, lambda _content: picture)
        (problem,) = problems_of(downloaded)
        assert problem.startswith(f"{PICTURE} is not what these records and figures give, from line 1 on: ")

    def test_where_figures_belong_are_found(self, downloaded):
        write_manifest(
            downloaded,
            counts={**load((downloaded / "manifest.json").read_bytes()).counts, "changes": "public domain"},
        )
        assert "manifest.json states changes, and they are no figures" in problems_of(downloaded)


class TestAnotherExporter:
    """Its words are unknown here: that is said, and what could harm is still refused."""

    def test_is_said_to_have_words_that_nobody_can_write_again(self, downloaded, settings):
        made_by(downloaded, "flock 0.0.9")
        rewrite(downloaded, "README.md", lambda content: content + b"More.\n")
        found = Verification(downloaded)
        assert list(found.problems()) == []
        assert (
            "Not proved: the words of README.md and croissant.json, and the pictures: flock 0.0.9 wrote them, and flock "
            f"{settings.VERSION} cannot write them again."
        ) in found.report()

    @pytest.mark.parametrize("path", ["LICENSE", LICENCE_TEXT, "REUSE.toml", "ATTRIBUTION.md"])
    def test_writes_the_same_about_rights(self, downloaded, path):
        made_by(downloaded, "flock 0.0.9")
        rewrite(downloaded, path, lambda content: content + b"More.\n")
        assert [problem.split(" ")[0] for problem in problems_of(downloaded)] == [path]

    @pytest.mark.parametrize("picture", ACTIVE)
    def test_draws_no_program(self, downloaded, picture):
        made_by(downloaded, "flock 0.0.9")
        rewrite(downloaded, PICTURE, lambda _content: picture)
        assert problems_of(downloaded) == [
            f"{PICTURE} holds what could load or run something, and no picture of a release does"
        ]
