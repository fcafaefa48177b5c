"""Planted texts: what is released stands in the files of records alone, and what is not stands in no file."""

from itertools import count

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crowd.domain.workflow import Action
from crowd.services import submission as submissions
from crowd.services import transitions
from exports.services.derived import derive
from exports.services.release_folder import place
from tests.support.damage import folder_of
from tests.support.derived import EVERYTHING
from tests.support.factories import NOW, make_draft, make_passage, make_source, make_submission
from tests.support.releases import correct, make_approved, make_release, take_back

pytestmark = pytest.mark.django_db

DATA = {"data/train.jsonl"}
PLANTED = ("instruction0canary", "response0canary", "context0canary")
PATCHES = count()
# Long enough that no release holds one by chance, and no word of a licence is one.
canaries = st.lists(
    st.text(st.sampled_from("bcdfghjklmnpqrstvwxz0123456789"), min_size=14, max_size=20),
    min_size=3,
    max_size=3,
    unique=True,
)
PROPERTY = settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def texts(planted, name):
    """An instruction and a response with a canary each; the name tells the canaries of one text from another's."""
    return {
        "instruction": f"Why {planted[0]}{name}?",
        "response": f"Because {planted[1]}{name} is so, and {name}.",
    }


def passage(planted, name):
    return make_passage(f"The page of {planted[2]}{name} says {name}.", revision_id=next(PATCHES) + 10_000)


def where(files, planted, name):
    """For instruction, response and context: which files tell of it."""
    told = {path: content.lower() for path, content in files.items()}
    return [
        {path for path, content in told.items() if f"{canary}{name}".encode() in content}
        for canary in planted
    ]


def plant_what_is_kept(planted, author, reviewer):
    """A text in every state that no release takes. Returns their names."""
    make_draft(author, **texts(planted, "draft"))
    for state in ("checking", "in_review", "returned", "rejected"):
        make_submission(
            author,
            state=state,
            category="closed_qa",
            passage=passage(planted, state),
            **texts(planted, state),
        )
    for name, act in (("withdrawn", take_back), ("revised", lambda made: _revise(made, planted))):
        made = make_approved(author, reviewer, **texts(planted, name))
        act(made)
    left_out = make_source(f"set-{next(PATCHES)}")
    make_submission(source=left_out, state="in_review", **texts(planted, "import"))
    return ["draft", "checking", "in_review", "returned", "rejected", "withdrawn", "newer", "import"]


def _revise(approved, planted):
    """A newer version, still in review; the release takes the approved one."""
    newer = texts(planted, "newer")
    content = submissions.Content(approved.current_version.category, newer["instruction"], newer["response"])
    submissions.resubmit(approved, content, person=approved.author, now=NOW)
    transitions.move(approved, Action.PASS_CHECKS, now=NOW)


class TestARelease:
    @PROPERTY
    @given(planted=canaries)
    def test_tells_texts_in_the_data_alone_and_others_nowhere(self, alice, rita, planted):
        version = f"1.0.{next(PATCHES)}"
        with transaction.atomic():
            make_approved(
                alice,
                rita,
                category="closed_qa",
                passage=passage(planted, "released"),
                **texts(planted, "released"),
            )
            kept = plant_what_is_kept(planted, alice, rita)
            assert make_release(version).counts["records"] == 2
            transaction.set_rollback(True)
        files = folder_of(place(version))
        assert where(files, planted, "released") == [DATA, DATA, DATA]
        assert where(files, planted, "revised")[:2] == [DATA, DATA]
        assert {name: where(files, planted, name) for name in kept} == {name: [set()] * 3 for name in kept}


class TestTheNextRelease:
    """After a correction and a withdrawal: tombstones and errata tell of a record, never of its text."""

    @pytest.fixture
    def files(self, alice, rita):
        gone, changed = (
            make_approved(
                alice, rita, category="closed_qa", passage=passage(PLANTED, name), **texts(PLANTED, name)
            )
            for name in ("gone", "before")
        )
        make_approved(alice, rita)
        make_release()
        take_back(gone)
        correct(changed, rita, response=f"Because {PLANTED[1]}after is so, and after.")
        make_release("1.1.0")
        return folder_of(place("1.1.0"))

    def test_tells_that_a_record_is_gone_and_not_what_it_said(self, files):
        assert files["tombstones.jsonl"].count(b"\n") == 2
        assert where(files, PLANTED, "gone") == [set(), set(), set()]

    def test_tells_the_corrected_text_alone(self, files):
        assert where(files, PLANTED, "before") == [DATA, set(), DATA]
        assert where(files, PLANTED, "after")[1] == DATA


def test_a_derived_folder_tells_texts_in_its_files_of_records_alone(alice, rita, tmp_path):
    for name in map("of{}".format, range(8)):
        make_approved(
            alice, rita, category="closed_qa", passage=passage(PLANTED, name), **texts(PLANTED, name)
        )
    derive(make_release(), tmp_path / "out", EVERYTHING)
    files = folder_of(tmp_path / "out")
    folders = {path.partition("/")[0] for found in where(files, PLANTED, "of0") for path in found}
    assert folders - {"parquet"} == {
        "data",
        "messages",
        "prompt-completion",
        "alpaca",
    }  # Parquet may pack a text
