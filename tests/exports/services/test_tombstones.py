import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from exports.domain.release import Choice
from exports.domain.tombstone import NAME, Since
from exports.services import tombstones
from exports.services.release_folder import manifest_of, place
from tests.support.damage import problems_of, rewrite
from tests.support.factories import NOW, make_source, make_submission
from tests.support.releases import correct, make_release, take_back

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(days=3)


def told(version):
    """The tombstones that a release's folder carries."""
    file = place(version) / NAME
    return [json.loads(line) for line in file.read_bytes().splitlines()] if file.exists() else []


def line(submission, sha256, kind, *, on="2026-03-07", release="1.0.0"):
    return {"id": str(submission.public_id), "sha256": sha256, "kind": kind, "on": on, "release": release}


def by_id(*lines):
    return sorted(lines, key=lambda entry: (entry["id"], entry["sha256"]))


class TestTheNextRelease:
    def test_carries_what_was_withdrawn_and_corrected(self, contributions, rita):
        gone, changed, _kept = contributions
        hashes = gone.current_version.sha256, changed.current_version.sha256
        make_release()
        take_back(gone, now=LATER)
        correct(changed, rita, now=LATER)
        release = make_release("1.1.0")
        assert told("1.1.0") == by_id(
            line(gone, hashes[0], "withdrawn"), line(changed, hashes[1], "corrected")
        )
        assert NAME in [file.path for file in manifest_of(release).files]
        assert release.counts["changes"] == {"added": 0, "changed": 1, "withdrawn": 1}

    def test_has_errata_in_its_card(self, contributions, rita):
        gone, changed, _kept = contributions
        make_release()
        take_back(gone, now=LATER)
        correct(changed, rita, now=LATER)
        make_release("1.1.0")
        card = (place("1.1.0") / "README.md").read_text()
        assert "0 added, 1 changed, 1 no longer in it." in card
        assert "Records of release 1.0.0 that stand no longer: 1 withdrawn, 1 corrected." in card
        assert f"| `{gone.public_id}` | withdrawn | 2026-03-07 |" in card
        assert f"| `{changed.public_id}` | corrected | 2026-03-07 |" in card

    def test_verifies_and_so_does_the_old_one(self, contributions, rita):
        make_release()
        before = (place("1.0.0") / "manifest.json").read_bytes()
        take_back(contributions[0])
        correct(contributions[1], rita)
        make_release("1.1.0")
        assert [problems_of(place(version)) for version in ("1.0.0", "1.1.0")] == [[], []]
        assert (place("1.0.0") / "manifest.json").read_bytes() == before

    def test_with_a_withdrawn_record_put_back_is_found_out(self, contributions):
        """Every hash is right, as a forger who rewrites the manifest would leave it."""
        gone, kept, _other = contributions
        make_release()
        take_back(gone)
        make_release("1.1.0")
        folder = place("1.1.0")
        ids = str(gone.public_id).encode(), str(kept.public_id).encode()
        rewrite(folder, NAME, lambda content: content.replace(*ids))
        assert problems_of(folder) == [
            f"{NAME}, line 1: the record {kept.public_id} is withdrawn, and stands in the data"
        ]

    def test_after_it_carries_them_on(self, contributions):
        gone, *_kept = contributions
        make_release()
        take_back(gone, now=LATER)
        make_release("1.1.0")
        make_release("1.2.0")
        assert told("1.2.0") == told("1.1.0") == [line(gone, gone.current_version.sha256, "withdrawn")]
        card = (place("1.2.0") / "README.md").read_text()
        assert "Records of release 1.1.0 that stand no longer: 0 withdrawn, 0 corrected." in card

    def test_tells_every_text_that_a_record_has_had(self, contributions, rita):
        changed, *_kept = contributions
        first = changed.current_version.sha256
        make_release()
        changed = correct(changed, rita, now=LATER)
        second = changed.current_version.sha256
        make_release("1.1.0")
        take_back(changed, now=LATER + timedelta(days=1))
        make_release("1.2.0")
        assert told("1.2.0") == by_id(
            line(changed, first, "withdrawn", on="2026-03-08"),
            line(changed, second, "withdrawn", on="2026-03-08", release="1.1.0"),
        )

    def test_tells_nothing_of_a_text_that_was_put_back(self, contributions, rita):
        changed, *_kept = contributions
        response = changed.current_version.response
        make_release()
        changed = correct(changed, rita, now=LATER)
        second = changed.current_version.sha256
        make_release("1.1.0")
        correct(changed, rita, now=LATER, response=response)
        make_release("1.2.0")
        assert told("1.2.0") == [line(changed, second, "corrected", release="1.1.0")]

    def test_tells_nothing_of_what_was_left_out_by_choice(self, contributions):
        make_submission(source=make_source(), state="approved")
        make_release()
        make_release("1.1.0", Choice(without_sources=("dolly",)))
        assert told("1.1.0") == []

    def test_tells_what_a_release_between_them_left_out(self, contributions):
        gone, *_others = contributions
        make_release()
        make_release("1.1.0", Choice(categories=("closed_qa",)))
        take_back(gone, now=LATER)
        make_release("1.2.0")
        assert told("1.2.0") == [line(gone, gone.current_version.sha256, "withdrawn")]

    def test_of_another_branch_tells_its_own_parents(self, contributions):
        gone, *_others = contributions
        make_release("2.0.0", Choice(categories=("closed_qa",)))
        take_back(gone, now=LATER)
        assert make_release("1.0.1").parent is None
        assert told("1.0.1") == []

    def test_never_says_who_or_why_or_when_exactly(self, contributions, rita):
        make_release()
        take_back(contributions[0], now=LATER)
        correct(
            contributions[1], rita, now=LATER, response="A canary sings at dawn, and swifts answer at dusk."
        )
        make_release("1.1.0")
        content = (place("1.1.0") / NAME).read_text()
        assert len(content.splitlines()) == 2
        for secret in ("alice", "rita", "canary", "12:00"):
            assert secret not in content

    def test_with_nothing_to_tell_has_no_such_file(self, contributions):
        make_release()
        release = make_release("1.1.0")
        assert NAME not in [file.path for file in manifest_of(release).files]
        assert "Errata" not in (place("1.1.0") / "README.md").read_text()


class TestTheOldRelease:
    def test_is_marked_at_once(self, contributions, rita):
        release = make_release()
        assert tombstones.since([release]) == {release.pk: Since()}
        take_back(contributions[0])
        correct(contributions[1], rita)
        assert tombstones.since([release]) == {release.pk: Since(withdrawn=1, corrected=1)}

    def test_is_not_marked_while_a_new_text_is_only_in_review(self, contributions):
        release = make_release()
        type(contributions[0]).objects.filter(pk=contributions[0].pk).update(state="in_review")
        assert not tombstones.since([release])[release.pk]

    def test_costs_one_query_however_many_there_are(self, contributions):
        releases = [make_release(version) for version in ("1.0.0", "1.1.0", "1.2.0")]
        take_back(contributions[0])
        with CaptureQueriesContext(connection) as captured:
            marks = tombstones.since(releases)
        assert (len(captured), set(marks.values())) == (1, {Since(withdrawn=1)})
