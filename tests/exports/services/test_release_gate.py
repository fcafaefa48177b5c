"""The gate at the cut: whatever is approved, either all of it is released or every failing record is listed."""

from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crowd.domain.licences import COMMERCIAL, HUMAN_ORIGINS, KNOWN, UNSTATED, Origin, release_licences
from crowd.models import Source, Submission, Version
from exports.domain.release import Choice, Profile
from exports.services.release_folder import place
from tests.support.factories import make_passage, make_source, make_submission
from tests.support.releases import make_release, provenance

pytestmark = pytest.mark.django_db

OF_SOURCES = sorted({"CC-BY-SA-3.0", "MIT", "CC-BY-4.0", "CC-BY-NC-4.0", UNSTATED} & KNOWN)
licences = st.sampled_from(OF_SOURCES)
origins = st.sampled_from([origin.value for origin in Origin])
imported = st.fixed_dictionaries({"kind": st.just("imported"), "licence": licences, "origin": origins})
written = st.fixed_dictionaries(
    {
        "kind": st.just("written"),
        "origin": origins,
        "granted": st.booleans(),
        "revision": st.none() | st.integers(0, 1),
    }
)
CUT = settings(
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def make(facts, author):
    if facts["kind"] == "imported":
        name = f"set-{facts['licence'].lower()}-{facts['origin']}".replace(".", "-")
        source = Source.objects.filter(name=name).first() or make_source(
            name, licence=facts["licence"], origin=facts["origin"]
        )
        return make_submission(source=source, state="approved")
    passage = None
    if facts["revision"] is not None:
        passage = make_passage(f"Swift {Submission.objects.count()} sleeps.", revision_id=facts["revision"])
    category = "closed_qa" if passage else "open_qa"
    made = make_submission(
        author, state="approved", origin=facts["origin"], category=category, passage=passage
    )
    if not facts["granted"]:
        Version.objects.filter(submission=made).update(grant=None)
    return made


def passes(facts, profile):
    """What DESIGN section 5 says of a record, in its own words."""
    commercial = profile == Profile.COMMERCIAL
    if commercial and facts["origin"] not in HUMAN_ORIGINS:
        return False
    if facts["kind"] == "imported":
        return facts["licence"] != UNSTATED and (not commercial or facts["licence"] in COMMERCIAL)
    return facts["granted"] and facts["revision"] != 0


class TestACut:
    @CUT
    @given(
        mix=st.lists(st.one_of(imported, written), min_size=1, max_size=6), profile=st.sampled_from(Profile)
    )
    def test_releases_all_or_lists_every_failing_record(self, alice, db, mix, profile):
        Submission.objects.update(state="rejected")  # what earlier examples left
        made = [(make(facts, alice), facts) for facts in mix]
        failing = {str(one.public_id) for one, facts in made if not passes(facts, profile)}
        release = make_release(f"1.0.{Submission.objects.count()}", Choice(profile))
        assert {problem["id"] for problem in release.problems} == failing
        assert (release.state == "failed") == bool(failing)
        assert place(release.version).exists() == (not failing)
        if failing:
            return
        assert {UUID(told["id"]) for told in provenance(release.version)} == {
            one.public_id for one, _facts in made
        }
        allowed = release_licences(one.current_version.licence for one, _facts in made)
        assert release.licence == (allowed[0] if allowed else "other")
