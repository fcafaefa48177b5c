import json
from io import BytesIO

import pytest

from crowd.domain.formats import FORMATS
from crowd.domain.records import read_lines
from crowd.domain.workflow import State
from crowd.models import Event, LookAlike, Passage, PointEntry, Source, Submission, Version
from crowd.services import imports
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
    return read_lines(BytesIO(data), FORMATS[as_format])


def run(source, *rows, approve=True, now=NOW, as_format="dolly", dry_run=False, tell=None):
    lines = lines_of(*rows, as_format=as_format)
    tell = tell or (lambda refusal: pytest.fail(str(refusal)))
    return imports.run(lines, source=source, approve=approve, now=now, tell=tell, dry_run=dry_run)


class TestImport:
    def test_stores_rows_with_their_source_licence_origin_and_event(self, dolly):
        report = run(dolly, row())
        submission, version, event = Submission.objects.get(), Version.objects.get(), Event.objects.get()
        assert (report.added, report.refused, report.copies) == (1, 0, [])
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
        assert report.findings == 1

    def test_names_look_alikes_within_the_file_and_before_it(self, dolly, alice):
        sent = make_submission(alice, instruction="Why do swifts scream?", response="Nobody knows for sure.")
        imports.duplicates.index([sent.current_version])
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
        assert (report.added, report.already_here, report.copies, Submission.objects.count()) == (0, 2, [], 2)

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
        report = run(dolly, row(), row("Another one?"), row(category="brainstorming"))
        assert (report.added, report.copies, report.refused) == (2, [3], 0)

    def test_of_what_somebody_sent_are_left_out(self, dolly, alice):
        make_submission(alice, instruction="Why do swifts scream?", response="To find each other.")
        assert run(dolly, row()).copies == [1]


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

    def test_a_source_keeps_its_licence(self, dolly):
        with pytest.raises(Conflict, match="licence CC-BY-SA-3.0"):
            imports.source_for("dolly", licence="MIT", origin="human")


class TestDryRun:
    def test_says_what_would_happen_and_changes_nothing(self, db):
        source = imports.source_for("new", licence="MIT", origin="human", dry_run=True)
        report = run(source, row(), row(), dry_run=True)
        assert (report.added, report.copies) == (1, [2])
        assert (Source.objects.count(), Submission.objects.count()) == (0, 0)


class TestFormats:
    def test_alpaca(self, db):
        source = make_source("alpaca", licence="CC-BY-NC-4.0", origin="model")
        run(
            source, {"instruction": "Add.", "input": "1 and 2", "output": "The sum is 3."}, as_format="alpaca"
        )
        version = Version.objects.get()
        assert (version.instruction, version.context, version.response) == (
            "Add.",
            "1 and 2",
            "The sum is 3.",
        )
        assert (version.category.key, version.licence, version.origin) == (
            "general_qa",
            "CC-BY-NC-4.0",
            "model",
        )

    def test_self_instruct(self, dolly):
        seed = {
            "instruction": "Add.",
            "instances": [{"input": "", "output": "Three."}, {"input": "2", "output": "Four."}],
        }
        run(dolly, seed, as_format="self-instruct")
        assert [version.response for version in Version.objects.order_by("pk")] == ["Three.", "Four."]

    def test_oasst_takes_the_best_reply(self, dolly):
        replies = [
            {"text": "Second.", "rank": 1},
            {"text": "Best.", "rank": 0},
            {"text": "Gone.", "deleted": True},
        ]
        run(dolly, {"prompt": {"text": "How?", "replies": replies}}, as_format="oasst")
        assert Version.objects.get().response == "Best."
