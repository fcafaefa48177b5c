from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crowd.domain.licences import (
    COMMERCIAL,
    KNOWN,
    NON_COMMERCIAL,
    RELEASE_LICENCES,
    UNSTATED,
    release_licences,
)
from exports.domain.gate import Problem, examine, licence_of
from exports.domain.record import Texts
from exports.domain.release import Profile
from tests.support.releases import ALPACA, DOLLY, PAGE, make_imported, make_record

OTHER_LINE = make_record(texts=Texts("Why?", "", "Because.")).line
COMMERCIAL_PROFILE, RESEARCH = Profile.COMMERCIAL.value, Profile.RESEARCH.value


def rules(record, *, profile=COMMERCIAL_PROFILE, licence=""):
    return [problem.rule for problem in examine(record, profile=profile, licence=licence)]


class TestCommercial:
    @pytest.mark.parametrize("licence", sorted(COMMERCIAL))
    def test_takes_every_licence_of_the_table(self, licence):
        assert rules(make_imported(replace(DOLLY, licence=licence))) == []

    @pytest.mark.parametrize("licence", sorted(NON_COMMERCIAL))
    def test_refuses_every_other_licence(self, licence):
        assert rules(make_imported(replace(DOLLY, licence=licence))) == ["licence"]

    def test_takes_an_edited_text(self):
        assert rules(make_record(origin="human-edited")) == []

    @pytest.mark.parametrize("origin", ["model", "unknown", ""])
    def test_refuses_other_origins(self, origin):
        assert rules(make_record(origin=origin)) == ["origin"]

    def test_refuses_a_models_text_that_a_reviewer_edited(self):
        assert rules(make_imported(replace(DOLLY, origin="model"), origin="human-edited")) == ["origin"]

    def test_names_everything_that_is_wrong(self):
        record = make_imported(ALPACA, passage=replace(PAGE, licence="CC-BY-NC-4.0", url="", revision_id=0))
        assert rules(record) == ["origin", "licence", "passage.licence"]

    def test_says_id_rule_and_reason(self):
        record = make_record(origin="unknown")
        reason = "its origin is unknown; a commercial release takes human and human-edited"
        assert examine(record, profile=COMMERCIAL_PROFILE) == [
            Problem(record.id, "origin", reason, source="contributed", research=True)
        ]


class TestResearch:
    def test_takes_a_models_text_under_a_non_commercial_licence(self):
        assert rules(make_imported(ALPACA), profile=RESEARCH) == []

    def test_refuses_what_nobody_granted(self):
        assert rules(make_record(grant=None), profile=RESEARCH) == ["grant"]

    def test_refuses_a_dataset_without_a_stated_licence(self):
        assert rules(make_imported(replace(DOLLY, licence=UNSTATED)), profile=RESEARCH) == [
            "grant",
            "licence",
        ]


class TestSources:
    def test_a_passage_with_its_revision_passes(self):
        assert rules(make_record(passage=PAGE)) == []

    def test_a_passage_needs_its_revision(self):
        assert rules(make_record(passage=replace(PAGE, revision_id=0))) == ["passage.revision"]

    def test_a_passage_needs_its_page(self):
        assert rules(make_record(passage=replace(PAGE, url=""))) == ["passage.url"]

    def test_an_imported_passage_is_unpinned_and_passes(self):
        assert (
            rules(make_imported(passage=replace(PAGE, url="", revision_id=0, licence="CC-BY-SA-3.0"))) == []
        )

    def test_a_record_has_an_author_or_a_dataset(self):
        assert rules(make_record(author=None)) == ["source"]

    def test_a_record_has_the_texts_that_were_approved(self):
        assert rules(replace(make_record(), line=OTHER_LINE)) == ["sha256"]


class TestLicence:
    def test_is_the_preferred_one_of_those_that_fit(self):
        assert licence_of(["CC-BY-SA-3.0", "MIT"]) == "CC-BY-SA-4.0"

    def test_is_the_wanted_one(self):
        assert licence_of(["CC-BY-SA-3.0"], wanted="CC-BY-SA-3.0") == "CC-BY-SA-3.0"

    def test_is_other_where_none_fits(self):
        assert licence_of(["CC-BY-SA-4.0", "CC-BY-NC-4.0"]) == "other"

    def test_a_wanted_one_refuses_each_text_that_does_not_permit_it(self):
        assert rules(make_record(), licence="CC-BY-SA-3.0") == ["licence.choice"]
        assert rules(make_imported(DOLLY), licence="CC-BY-SA-3.0") == []


origins = st.sampled_from(["human", "human-edited", "model", "unknown"])
licences = st.sampled_from(sorted(KNOWN))
sources = st.none() | st.builds(replace, st.just(DOLLY), licence=licences, origin=origins)
passages = st.none() | st.builds(
    replace,
    st.just(PAGE),
    licence=licences,
    url=st.sampled_from(["", PAGE.url]),
    revision_id=st.integers(0, 1),
)


@st.composite
def any_record(draw):
    source = draw(sources)
    facts = {"origin": draw(origins), "licence": draw(licences), "passage": draw(passages)}
    if source is not None:
        return make_imported(source, **facts)
    return make_record(**facts, grant=draw(st.sampled_from([None, make_record().grant])))


class TestAnyRecord:
    @given(any_record())
    def test_a_commercial_release_is_free_of_what_dolly_1_failed_by(self, record):
        if examine(record, profile=COMMERCIAL_PROFILE):
            return
        assert record.origin in {"human", "human-edited"}
        assert set(record.licences) <= set(COMMERCIAL)
        assert record.source is not None or record.grant is not None
        assert record.passage is None or record.source or (record.passage.url and record.passage.revision_id)

    @given(any_record(), st.sampled_from(Profile), st.sampled_from(["", *RELEASE_LICENCES]))
    def test_every_problem_names_its_record_and_none_is_said_twice(self, record, profile, licence):
        found = examine(record, profile=profile, licence=licence)
        assert {problem.id for problem in found} <= {record.id}
        assert len({(problem.rule, problem.reason) for problem in found}) == len(found)

    @given(any_record(), st.sampled_from(Profile), st.sampled_from(RELEASE_LICENCES))
    def test_asking_for_a_licence_lets_nothing_more_in(self, record, profile, licence):
        without = examine(record, profile=profile)
        asked = examine(record, profile=profile, licence=licence)
        assert [problem for problem in asked if problem.rule != "licence.choice"] == without

    @given(any_record())
    def test_research_never_takes_what_nobody_granted(self, record):
        if examine(record, profile=RESEARCH):
            return
        assert record.source.licence != UNSTATED if record.source else record.grant is not None
        assert UNSTATED not in record.licences

    @given(any_record())
    def test_research_admits_whatever_commercial_admits(self, record):
        if not examine(record, profile=COMMERCIAL_PROFILE):
            assert examine(record, profile=RESEARCH) == []

    @given(st.lists(licences, min_size=1, max_size=8))
    def test_a_release_is_under_3_only_where_every_record_allows_it(self, given_licences):
        allowed = release_licences(given_licences)
        fits = {
            one: all(one in COMMERCIAL.get(given, ()) for given in given_licences) for one in RELEASE_LICENCES
        }
        assert allowed == tuple(one for one in RELEASE_LICENCES if fits[one])
        assert licence_of(given_licences) == (RELEASE_LICENCES[0] if fits[RELEASE_LICENCES[0]] else "other")

    @given(any_record())
    def test_a_commercial_release_always_has_one_licence(self, record):
        if not examine(record, profile=COMMERCIAL_PROFILE):
            assert licence_of(record.licences) != "other"
