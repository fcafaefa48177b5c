import json
from io import BytesIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crowd.domain import formats
from crowd.domain.imports import Remark
from crowd.domain.workflow import State
from crowd.models import Event, LookAlike, Passage, PointEntry, Source, Submission, Version
from crowd.services import duplicates, imports
from crowd.services.errors import Conflict
from tests.support.factories import NOW, make_source, make_submission

LATER = NOW.replace(year=2027)


@pytest.fixture
def dolly(db):
    return make_source("dolly")


def row(instruction="Why do swifts scream?", response="To find each other.", context="", category="open_qa"):
    return {"instruction": instruction, "context": context, "response": response, "category": category}


def lines_of(*rows, as_format="dolly"):
    data = b"\n".join(line if isinstance(line, bytes) else json.dumps(line).encode() for line in rows)
    return formats.read(BytesIO(data), as_format, mapping={})


def run(source, *rows, approve=True, now=NOW, as_format="dolly", dry_run=False, tell=lambda _remark: None):
    lines = lines_of(*rows, as_format=as_format)
    return imports.run(lines, source=source, approve=approve, now=now, tell=tell, dry_run=dry_run)


@pytest.mark.postgres
def test_postgresql_plans_with_the_size_that_the_tables_have_become(dolly):
    run(dolly, *(row(f"Why do swifts scream in the {number}th hour?") for number in range(20)))
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE oid = 'crowd_version'::regclass")
        assert cursor.fetchone() == (20,)


class TestImport:
    def test_stores_rows_with_their_source_licence_origin_and_event(self, dolly):
        report = run(dolly, row())
        submission, version, event = Submission.objects.get(), Version.objects.get(), Event.objects.get()
        assert (report.added, report.refused, report.copies) == (1, 0, 0)
        assert (submission.source, submission.author, submission.contest) == (dolly, None, None)
        assert (submission.state, submission.approved_version, submission.current_version) == (
            "approved",
            version,
            version,
        )
        assert (version.licence, version.origin, version.grant) == ("CC-BY-SA-3.0", "human", None)
        assert (event.action, event.actor, event.actor_kind) == ("import_approved", None, "import")

    def test_without_approval_the_rows_wait_for_review(self, dolly):
        run(dolly, row(), approve=False)
        assert (Submission.objects.get().state, Submission.objects.get().approved_version) == (
            State.IN_REVIEW,
            None,
        )

    def test_earns_nobody_points(self, dolly):
        run(dolly, row())
        assert PointEntry.objects.count() == 0

    def test_a_context_becomes_an_unpinned_passage(self, dolly):
        run(
            dolly,
            row(context="Swifts fly.", category="closed_qa"),
            row("And?", context="Swifts fly.", category="closed_qa"),
        )
        passage = Passage.objects.get()
        assert (passage.text, passage.wiki, passage.licence) == (
            "Swifts fly.",
            "import:dolly",
            "CC-BY-SA-3.0",
        )
        assert not passage.is_pinned

    def test_a_text_is_stored_as_it_stands_in_the_file(self, dolly):
        run(dolly, row(instruction=" e\u0301[42]\r\n"))
        assert Version.objects.get().instruction == " e\u0301[42]\n"

    def test_keeps_the_findings_for_the_reviewers(self, dolly):
        report = run(dolly, row(response="To find each other.[3]"))
        assert [finding.rule for finding in Version.objects.get().findings.all()] == ["citation.marker"]
        assert report.findings == {"citation.marker": 1}

    def test_names_look_alikes_within_the_file_and_before_it(self, dolly, alice):
        sent = make_submission(alice, instruction="Why do swifts scream?", response="Nobody knows for sure.")
        duplicates.index([sent.current_version])
        run(dolly, row("Why do swifts scream"), row("Why do swifts scream?!", response="They are calling."))
        found = LookAlike.objects.filter(on="instruction").order_by("version_id", "other_id")
        ids = list(Version.objects.order_by("pk").values_list("pk", flat=True))
        assert [(each.version_id, each.other_id) for each in found] == [
            (ids[1], ids[0]),
            (ids[2], ids[0]),
            (ids[2], ids[1]),
        ]


class TestAgain:
    def test_a_second_time_adds_nothing(self, dolly):
        run(dolly, row(), row("Another one?"))
        report = run(dolly, row(), row("Another one?"), now=LATER)
        assert (report.added, report.already_here, report.copies, Submission.objects.count()) == (0, 2, 0, 2)

    def test_an_id_follows_from_source_and_canonical_texts(self, dolly):
        run(dolly, row())
        before = Submission.objects.get().public_id
        Event.objects.all().delete()
        Submission.objects.update(current_version=None, approved_version=None)
        Version.objects.all().delete()
        Submission.objects.all().delete()
        run(dolly, row(instruction=" Why do swifts scream?\r\n"), now=LATER)
        assert Submission.objects.get().public_id == before

    def test_what_a_half_done_import_left_out_goes_in(self, dolly):
        run(dolly, row())
        report = run(dolly, row(), row("Another one?"), now=LATER)
        assert (report.added, report.already_here) == (1, 1)


class TestCopies:
    def test_within_the_file_are_named_by_their_line(self, dolly):
        remarks = []
        report = run(dolly, row(), row("Another one?"), row(category="brainstorming"), tell=remarks.append)
        assert (report.added, report.copies, report.refused) == (2, 1, 0)
        assert remarks == [Remark(3, "copy", "an exact copy of an earlier row, left out")]

    def test_of_what_somebody_sent_are_left_out_and_say_of_which(self, dolly, alice):
        sent = make_submission(alice, instruction="Why do swifts scream?", response="To find each other.")
        remarks = []
        assert run(dolly, row(), tell=remarks.append).copies == 1
        assert remarks == [Remark(1, "copy", f"an exact copy of the record {sent.public_id}, left out")]

    def test_of_a_models_text_stay_the_models_whatever_the_next_file_claims(self, db):
        run(make_source("alpaca", licence="CC-BY-NC-4.0", origin="model"), row())
        report = run(make_source("mine", licence="MIT", origin="human"), row())
        version = Version.objects.get()
        assert (report.copies, version.origin, version.licence) == (1, "model", "CC-BY-NC-4.0")


class TestRefusals:
    def test_a_bad_row_is_named_by_its_line_and_the_rest_goes_in(self, dolly):
        rows = [
            row(),
            b"not json",
            row("A", response=""),
            {**row("B"), "category": "poetry"},
            {**row("C"), "response": 5},
            b'{"instruction": "\xff"}',
            row("D?", context="A passage.", category="open_qa"),
            row("E?", category="closed_qa"),
            row("Why not?", response="\x00"),
            row("The last one?"),
        ]
        refused = []
        report = run(dolly, *rows, tell=refused.append)
        assert [(refusal.line, refusal.rule) for refusal in refused] == [
            (2, "row"),
            (3, "field.missing"),
            (4, "category"),
            (5, "row"),
            (6, "row"),
            (7, "field.forbidden"),
            (8, "field.missing"),
            (9, "text.malformed"),
        ]
        assert (report.added, report.refused, Submission.objects.count()) == (2, 8, 2)

    def test_a_long_text_is_refused_by_its_line(self, dolly):
        refused = []
        run(dolly, row(response="x" * 5_000_000), row(), tell=refused.append)
        assert [(refusal.line, refusal.rule) for refusal in refused] == [(1, "length.long")]
        assert Submission.objects.count() == 1


class TestTheSource:
    def test_is_stored_with_its_first_record(self, db):
        source = imports.source_for("new", licence="MIT", origin="human", attribution="Somebody")
        run(source, row(""), approve=True)
        assert Source.objects.count() == 0
        run(source, row())
        assert Source.objects.values_list("name", "licence", "origin", "attribution").get() == (
            "new",
            "MIT",
            "human",
            "Somebody",
        )

    @pytest.mark.parametrize(
        ("claims", "says"),
        [
            ({"licence": "MIT", "origin": "human"}, "licence CC-BY-SA-3.0"),
            ({"licence": "CC-BY-SA-3.0", "origin": "model"}, "origin human"),
            ({"licence": "CC-BY-SA-3.0", "origin": "human", "attribution": "Me"}, "the attribution 'dolly'"),
        ],
    )
    def test_keeps_what_was_said_of_it_at_first(self, dolly, claims, says):
        with pytest.raises(Conflict, match=says):
            imports.source_for("dolly", **claims)

    def test_that_another_import_has_just_stored_with_other_words_is_refused(self, db):
        source = imports.source_for("new", licence="MIT", origin="human")
        make_source("new", licence="CC-BY-NC-4.0", origin="model")
        with pytest.raises(Conflict, match="licence CC-BY-NC-4.0 and origin model"):
            run(source, row())
        assert Submission.objects.count() == 0


class TestDryRun:
    def test_says_what_would_happen_and_only_reads(self, db):
        source = imports.source_for("new", licence="MIT", origin="human")
        with CaptureQueriesContext(connection) as queries:
            report = run(source, row(), row(), row("No.[1]", response="To find each other."), dry_run=True)
        assert (report.added, report.copies, report.categories) == (2, 1, {"open_qa": 2})
        assert (report.findings["citation.marker"], report.origins) == (1, {"human": 2})
        assert {query["sql"].split()[0] for query in queries} == {"SELECT"}

    def test_names_what_is_like_something_here(self, dolly, alice):
        sent = make_submission(alice, instruction="Why do swifts scream?", response="Nobody knows for sure.")
        duplicates.index([sent.current_version])
        report = run(dolly, row("Why do swifts scream?!"), row("Another one?"), dry_run=True)
        assert (report.added, report.look_alikes) == (2, {"near": 1})

    def test_knows_a_copy_far_below_in_the_file(self, db, monkeypatch):
        monkeypatch.setattr(imports, "BATCH", 2)
        source = imports.source_for("new", licence="MIT", origin="human")
        rows = [row(), row("A second one?"), row("A third one?"), row(category="brainstorming")]
        remarks = []
        assert run(source, *rows, dry_run=True, tell=remarks.append).added == 3
        assert [remark.line for remark in remarks] == [4]
        assert run(source, *rows, tell=remarks.append).added == 3
        assert [remark.line for remark in remarks] == [4, 4]


class TestOrigin:
    def test_of_a_row_that_says_a_model_wrote_it_is_the_models(self, dolly):
        reply = {"text": "Two.", "role": "assistant", "synthetic": True, "model_name": "chip20b"}
        remarks = []
        trees = [
            {"prompt": {"text": "One and one?", "role": "prompter", "replies": [reply]}},
            {"prompt": {"text": "Why do swifts scream?", "replies": [{"text": "To find each other."}]}},
        ]
        report = run(dolly, *trees, as_format="oasst", tell=remarks.append)
        assert list(Version.objects.order_by("pk").values_list("origin", flat=True)) == ["model", "human"]
        assert remarks == [Remark(1, "origin", "'chip20b' wrote it, says the file: taken in as a model's")]
        assert (report.origins, report.refused) == ({"model": 1, "human": 1}, 0)
