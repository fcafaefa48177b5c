import sqlite3
import sys
from types import SimpleNamespace

import pytest

from config.sqlite import is_affected, journal_mode


class TestTheWalResetRace:
    @pytest.mark.parametrize(
        "version", [(3, 7, 0), (3, 40, 1), (3, 44, 5), (3, 50, 6), (3, 51, 1), (3, 51, 2)]
    )
    def test_is_in_the_affected_versions(self, version):
        assert is_affected(version)

    @pytest.mark.parametrize(
        "version", [(3, 6, 23), (3, 44, 6), (3, 50, 7), (3, 51, 3), (3, 53, 0), (4, 0, 0)]
    )
    def test_is_not_in_the_others(self, version):
        assert not is_affected(version)

    def test_cannot_be_met_here(self):
        assert not is_affected(sqlite3.sqlite_version_info) or journal_mode() != "WAL"


class TestTheJournal:
    def test_is_wal_with_an_unaffected_library(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "sqlite3", SimpleNamespace(sqlite_version_info=(3, 53, 4)))
        assert journal_mode() == "WAL"

    def test_is_a_rollback_journal_with_an_affected_one(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "sqlite3", SimpleNamespace(sqlite_version_info=(3, 40, 1)))
        assert journal_mode() == "TRUNCATE"
