import hypothesis.strategies as st
import pytest
from hypothesis import given

from crowd.domain.licences import (
    COMMERCIAL,
    KNOWN,
    NAMES,
    NON_COMMERCIAL,
    URLS,
    is_commercial,
    release_licences,
)


class TestReleaseLicences:
    @pytest.mark.parametrize(
        ("material", "allowed"),
        [
            (["CC-BY-SA-4.0"], ("CC-BY-SA-4.0",)),
            (["CC-BY-SA-3.0"], ("CC-BY-SA-4.0", "CC-BY-SA-3.0")),
            (["CC-BY-SA-3.0", "CC-BY-SA-4.0"], ("CC-BY-SA-4.0",)),
            (["CC0-1.0", "MIT", "CC-BY-3.0"], ("CC-BY-SA-4.0", "CC-BY-SA-3.0")),
            (["CC-BY-4.0", "CC-BY-SA-3.0"], ("CC-BY-SA-4.0",)),
            (["CC-BY-SA-4.0", "CC-BY-NC-4.0"], ()),
            (["NOASSERTION"], ()),
        ],
    )
    def test_a_release_carries_what_all_its_records_allow(self, material, allowed):
        assert release_licences(material) == allowed

    @given(st.lists(st.sampled_from(sorted(KNOWN))), st.sampled_from(sorted(KNOWN)))
    def test_one_more_record_never_allows_more(self, material, one_more):
        assert set(release_licences([*material, one_more])) <= set(release_licences(material))

    @given(st.lists(st.sampled_from(sorted(KNOWN)), min_size=1))
    def test_three_needs_every_record_to_permit_it(self, material):
        every = all("CC-BY-SA-3.0" in COMMERCIAL.get(licence, ()) for licence in material)
        assert ("CC-BY-SA-3.0" in release_licences(material)) == every


class TestTheTables:
    def test_nothing_is_both_commercial_and_not(self):
        assert set(COMMERCIAL) & NON_COMMERCIAL == set()

    def test_every_commercial_licence_has_a_name_and_an_address(self):
        assert set(NAMES) == set(URLS) == set(COMMERCIAL)

    @pytest.mark.parametrize("licence", ["CC-BY-NC-4.0", "NOASSERTION", "made-up"])
    def test_the_rest_is_not_commercial(self, licence):
        assert not is_commercial(licence)
