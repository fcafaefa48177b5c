import pytest

from exports.domain.repo_id import is_repo_id


class TestRepositoryNames:
    @pytest.mark.parametrize("name", ["flock/pairs", "a/b.c-d_e"])
    def test_are_org_and_name(self, name):
        assert is_repo_id(name)

    @pytest.mark.parametrize("name", ["", "pairs", "a/b/c", "../x", "a/..", "a b/c", "a/b--c"])
    def test_are_nothing_else(self, name):
        assert not is_repo_id(name)
