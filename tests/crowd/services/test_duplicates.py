import json
from io import StringIO
from itertools import islice
from pathlib import Path

import pytest
from django.core.management import call_command
from hypothesis import given
from hypothesis import strategies as st

from crowd.domain import similarity
from crowd.domain.workflow import State
from crowd.models import Band, LookAlike, Signature, Submission, Version
from crowd.services import duplicates, signatures
from tests.support.factories import make_passage, make_submission
from tests.support.index import bands_under, spread_bands
from tests.support.kettle import INSTRUCTION, NEARLY, TEXT, answer_of, found_for, known

REAL = Path(__file__).resolve().parents[4] / "shared" / "data" / "dolly" / "databricks-dolly-15k.jsonl"


@pytest.mark.django_db
class TestIndexing:
    def test_holds_every_band_of_a_version(self, alice):
        version = known(alice)
        assert spread_bands() == bands_under(signatures.current_scheme(), [version])

    def test_twice_is_once(self, alice):
        version = known(alice)
        duplicates.index([version])
        assert (len(spread_bands()), Signature.objects.count()) == (Band.objects.count(), 1)

    def test_a_signed_version_is_found_before_anything_is_spread(self, alice):
        version = make_submission(alice, instruction=INSTRUCTION, response=TEXT).current_version
        assert found_for() == []
        signatures.sign([version])
        assert (Band.objects.count(), found_for()) == (0, answer_of(version))

    def test_one_row_can_go_with_the_version_it_is_of(self, alice):
        version = make_submission(alice, instruction=INSTRUCTION, response=TEXT).current_version
        signatures.signature_of(version).save(force_insert=True)
        duplicates.index([version])
        assert (found_for(), spread_bands()) == (
            answer_of(version),
            bands_under(signatures.current_scheme(), [version]),
        )

    def test_spreads_what_waits_batch_by_batch(self, alice, monkeypatch):
        monkeypatch.setattr(signatures, "BATCH", 2)
        versions = [make_submission(alice).current_version for _ in range(5)]
        signatures.sign(versions)
        assert signatures.spread() == 5
        assert spread_bands() == bands_under(signatures.current_scheme(), versions)


@pytest.mark.django_db
class TestFinding:
    def test_says_what_and_where(self, alice):
        assert found_for() == []
        version = known(alice)
        assert found_for() == answer_of(version)

    @pytest.mark.parametrize("state", [State.REJECTED, State.WITHDRAWN])
    def test_forgets_what_is_gone(self, alice, state):
        version = known(alice)
        Submission.objects.update(state=state)
        assert found_for() == []
        Submission.objects.update(state=State.APPROVED)
        assert found_for() == answer_of(version)

    def test_a_replaced_version_is_no_answer_unless_it_is_the_approved_one(self, alice):
        old = known(alice)
        new = known(alice, instruction="How is rye bread leavened?", response="With a sour dough of its own.")
        Submission.objects.filter(pk=old.submission_id).update(current_version=new)
        assert found_for() == []
        Submission.objects.filter(pk=old.submission_id).update(approved_version=old)
        assert found_for() == answer_of(old)

    def test_a_submission_is_no_look_alike_of_its_own_versions(self, alice):
        version = known(alice)
        assert duplicates.look_alikes_of(version) == []

    def test_a_shared_passage_is_a_finding_of_its_own(self, alice, bob):
        passage = make_passage()
        first = known(alice, passage=passage, category="closed_qa")
        second = known(
            bob,
            passage=passage,
            category="closed_qa",
            instruction="How high is a hill?",
            response="Not very.",
        )
        ((other, match),) = duplicates.look_alikes_of(second)
        assert (other, match.kind, match.on, match.why) == (first, "similar", "passage", "the same passage")

    def test_what_is_near_comes_before_what_has_the_same_passage(self, alice, bob):
        passage = make_passage()
        for _ in range(duplicates.MOST_KEPT):
            known(alice, passage=passage, category="closed_qa", instruction=None, response=None)
        near = known(alice, passage=passage, category="closed_qa")
        mine = known(bob, passage=passage, category="closed_qa", response=NEARLY)
        duplicates.keep_look_alikes(mine, duplicates.look_alikes_of(mine))
        kept = LookAlike.objects.filter(version=mine, other=near).values_list("kind", "on")
        assert sorted(kept) == [("near", "instruction"), ("near", "text")]

    def test_finds_nothing_for_a_text_without_words(self, alice):
        known(alice)
        assert found_for("", "") == []


class TestHashes:
    @given(st.text(max_size=60), st.text(max_size=60))
    def test_are_kept_as_they_are_computed(self, instruction, response):
        version = Version(pk=1, instruction=instruction, response=response)
        row = signatures.signature_of(version)
        hashes, versions = signatures.unpacked([(1, row.hashes)])
        assert set(hashes.tolist()) == set(map(int, similarity.bands(signatures.record_of(version))))
        assert versions.tolist() == [1] * len(hashes)


@pytest.mark.skipif(not REAL.exists(), reason="the real databricks-dolly-15k is not here")
@pytest.mark.django_db
class TestOneAnswer:
    """What the site finds is what `find_duplicates` finds in the same texts."""

    @pytest.fixture
    def rows(self):
        """Real records, and some of them again with a word or the case changed."""
        with REAL.open(encoding="utf-8") as lines:
            head = [json.loads(line) for line in islice(lines, 400)]
        edited = [
            {
                **row,
                "instruction": row["instruction"].upper(),
                "response": row["response"].replace(" the ", " this ", 1),
            }
            for row in head[::9]
        ]
        return head + edited

    @pytest.fixture
    def file(self, tmp_path, rows):
        file = tmp_path / "rows.jsonl"
        file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        return file

    @pytest.fixture
    def line_of(self, file, rows, monkeypatch):
        """The imported versions' lines. All that is found is kept, and exact copies are refused as ever."""
        monkeypatch.setattr(duplicates, "MOST_KEPT", 1_000)
        wanted = {
            "format": "dolly",
            "source": "dolly",
            "licence": "CC-BY-SA-3.0",
            "origin": "human",
            "approve": True,
        }
        call_command("import_dataset", str(file), **wanted, stdout=StringIO(), stderr=StringIO())
        lines = {}
        for line, row in enumerate(rows, start=1):
            lines.setdefault((row["instruction"], row["context"], row["response"]), line)
        return {
            version.pk: lines[version.instruction, version.context, version.response]
            for version in Version.objects.select_related("passage")
        }

    @pytest.fixture
    def by_batch(self, file, line_of):
        out = StringIO()
        call_command("find_duplicates", str(file), similar=True, stdout=out, stderr=StringIO())
        pairs = {tuple(json.loads(line).values()) for line in out.getvalue().splitlines()}
        return {pair for pair in pairs if {pair[2], pair[3]} <= set(line_of.values())}

    def test_a_look_at_each_text_finds_the_same(self, by_batch, line_of):
        online = {
            (match.kind, match.on, *sorted([line_of[version.pk], line_of[other.pk]]), match.score, match.why)
            for version in Version.objects.all()
            for other, match in duplicates.look_alikes_of(version)
        }
        assert len(by_batch) > 40
        assert with_the_earliest_equal(online) == by_batch

    def test_an_import_keeps_the_same(self, by_batch, line_of):
        kept = {
            (row.kind, row.on, line_of[row.other_id], line_of[row.version_id], row.score, row.why)
            for row in LookAlike.objects.all()
        }
        assert with_the_earliest_equal(kept) == by_batch


def with_the_earliest_equal(pairs):
    """Of what is equal in one respect, the pairs with the earliest alone, as a file's duplicates are told."""
    earliest = {}
    for _kind, on, a, b, score, _why in pairs:
        if score == 1:
            earliest[on, b] = min(a, earliest.get((on, b), a))
    return {pair for pair in pairs if pair[4] < 1 or earliest[pair[1], pair[3]] == pair[2]}
