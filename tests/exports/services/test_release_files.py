"""What others must be able to read: the hub's card parser, Croissant's, and `datasets`."""

import json
import tomllib

import mlcroissant
import pytest
from huggingface_hub import DatasetCard

from crowd.domain.licences import GRANT_LICENCE
from crowd.models import Finding, GrantWording
from exports.domain.release import Choice
from exports.services.release_folder import place
from tests.support.damage import problems_of, rewrite
from tests.support.factories import make_source, make_submission
from tests.support.releases import make_approved, make_contributions, make_release, provenance

pytestmark = pytest.mark.django_db

CANARIES = ("alice", "rita", "flock.example", "call me", "secret remark")


@pytest.fixture
def folder(alice, rita):
    for submission in make_contributions(alice, rita):
        Finding.objects.create(
            version=submission.current_version,
            rule="length.short",
            severity="info",
            field="response",
            message="secret remark",
        )
    make_submission(source=make_source(), state="approved")
    make_release()
    return place("1.0.0")


class TestTheCard:
    def test_is_the_hubs(self, folder):
        card = DatasetCard.load(folder / "README.md")
        assert card.data.license == "cc-by-sa-4.0"
        assert card.data.size_categories == ["n<1K"]
        assert card.data.configs == [
            {"config_name": "default", "data_files": [{"split": "train", "path": "data/train.jsonl"}]}
        ]

    def test_shows_the_true_figures(self, folder):
        card = (folder / "README.md").read_text()
        assert "4 instruction/response pairs" in card
        assert "| `open_qa` | 2 | 50.0 % |" in card
        assert "| `length.short` | 3 |" in card
        assert GrantWording.objects.current().text.splitlines()[0] in card

    def test_says_what_changed_since_the_parent(self, folder, alice, rita):
        make_approved(alice, rita)
        make_release("1.1.0")
        assert "1 added, 0 changed, 0 no longer in it." in (place("1.1.0") / "README.md").read_text()

    def test_is_not_escaped_as_a_page_is(self, folder):
        assert "&" not in (folder / "README.md").read_text()


# mlcroissant 1.1.1 calls what rdflib 7 has deprecated (last needed 2026-11).
@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")
class TestCroissant:
    def test_is_valid(self, folder, caplog):
        issues = mlcroissant.Dataset(jsonld=folder / "croissant.json").metadata.issues
        assert (list(issues.errors), list(issues.warnings), caplog.messages) == ([], [], [])

    def test_conforms_to_1_1_and_its_vocabulary_of_responsible_ai(self, folder):
        assert mlcroissant.Dataset(jsonld=folder / "croissant.json").metadata.ctx.is_v1_1()
        assert json.loads((folder / "croissant.json").read_text())["conformsTo"] == [
            "http://mlcommons.org/croissant/1.1",
            "http://mlcommons.org/croissant/RAI/1.0",
        ]

    @pytest.mark.parametrize(
        ("records", "path"), [("train", "data/train.jsonl"), ("provenance", "provenance.jsonl")]
    )
    def test_gives_the_records(self, folder, records, path):
        rows = list(mlcroissant.Dataset(jsonld=folder / "croissant.json").records(records))
        lines = [json.loads(line) for line in (folder / path).read_bytes().splitlines()]
        names = [key.partition("/")[2] for key in rows[0]]
        assert [{key.partition("/")[2]: _text(value) for key, value in row.items()} for row in rows] == [
            {name: line[name] for name in names} for line in lines
        ]

    def test_tells_the_true_figures(self, folder):
        metadata = mlcroissant.Dataset(jsonld=folder / "croissant.json").metadata
        assert metadata.data_collection == (
            "Pairs that people wrote for this dataset: 3, by 1. "
            "Pairs taken over from other datasets, which ATTRIBUTION.md names: 1."
        )
        assert metadata.data_collection_type == ["Manual Human Curator", "Secondary Data Analysis"]
        assert metadata.data_annotation_protocol[0] == (
            "Reviewers: 1. Pairs they decided on, never on their own: 3."
        )
        assert metadata.machine_annotation_tools == ["Pairs on which the check length.short remarked: 3."]

    def test_names_the_data_with_its_hash(self, folder):
        croissant = json.loads((folder / "croissant.json").read_text())
        manifest = json.loads((folder / "manifest.json").read_text())
        hashes = {file["path"]: file["sha256"] for file in manifest["files"]}
        named = {file["contentUrl"]: file["sha256"] for file in croissant["distribution"]}
        assert named == {path: hashes[path] for path in ("data/train.jsonl", "provenance.jsonl")}


def _text(value):
    """A value as mlcroissant gives it: texts are bytes."""
    return value.decode() if isinstance(value, bytes) else value


class TestTheLicence:
    def test_is_there_in_full(self, folder):
        licence = (folder / "LICENSE").read_text()
        assert licence.startswith(f"SPDX-License-Identifier: {GRANT_LICENCE}\n")
        assert "Section 8 -- Interpretation." in licence

    def test_of_3_0_is_there_in_full_too(self):
        make_submission(source=make_source(licence="CC-BY-SA-3.0"), state="approved")
        make_release(choice=Choice(licence="CC-BY-SA-3.0"))
        licence = (place("1.0.0") / "LICENSE").read_text()
        assert licence.startswith("SPDX-License-Identifier: CC-BY-SA-3.0\n")
        assert "8. Miscellaneous" in licence


class TestReuse:
    """`reuse lint` of the REUSE tool (GPL-3.0, so not among the requirements) finds a release compliant."""

    def test_names_one_licence_for_every_file(self, folder):
        assert tomllib.loads((folder / "REUSE.toml").read_text()) == {
            "version": 1,
            "annotations": [
                {
                    "path": "**",
                    "precedence": "override",
                    "SPDX-FileCopyrightText": "the contributors of this Flock site, and whom ATTRIBUTION.md names",
                    "SPDX-License-Identifier": GRANT_LICENCE,
                }
            ],
        }

    def test_has_the_licences_own_text(self, folder):
        legal_code = (folder / f"LICENSES/{GRANT_LICENCE}.txt").read_text()
        assert (folder / "LICENSE").read_text().endswith(legal_code)
        assert legal_code.startswith("Attribution-ShareAlike 4.0 International\n")

    def test_of_mixed_licences_points_at_the_provenance(self, alice, rita):
        make_submission(source=make_source(licence="CC-BY-NC-4.0"), state="approved")
        make_release(choice=Choice(profile="research"))
        folder = place("1.0.0")
        assert 'SPDX-License-Identifier = "LicenseRef-per-record"' in (folder / "REUSE.toml").read_text()
        assert "provenance.jsonl names" in (folder / "LICENSES/LicenseRef-per-record.txt").read_text()

    @pytest.mark.parametrize(
        "forged", [b"", b"version = 1", b"= ", b'[[annotations]]\npath = "**"', b"annotations = [1]"]
    )
    def test_forged_is_found(self, folder, forged):
        rewrite(folder, "REUSE.toml", lambda _content: forged)
        assert [problem.partition(",")[0] for problem in problems_of(folder)] == [
            "REUSE.toml is not what these records and figures give"
        ]


class TestPrivacy:
    @pytest.mark.parametrize("canary", CANARIES)
    def test_nothing_tells_who(self, folder, canary):
        everything = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
        assert canary.encode() not in everything.lower()
        assert b"length.short" in everything

    def test_a_person_has_another_name_in_another_release(self, folder):
        make_release("1.1.0")
        authors = [{told["author"] for told in provenance(version)} for version in ("1.0.0", "1.1.0")]
        assert authors[0] & authors[1] == {None}
        assert [len(names) for names in authors] == [2, 2]
