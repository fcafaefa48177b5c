"""`diff_releases` calls *withdrawn* whatever a release no longer has, and says so."""

import pytest
from django.core.management import call_command

from exports.domain.release import Choice
from tests.support.releases import make_approved, make_release

pytestmark = pytest.mark.django_db


def said(capsys):
    capsys.readouterr()
    call_command("diff_releases", "1.0.0", "1.1.0")
    return capsys.readouterr().err.splitlines()


def test_what_was_left_out_by_choice_is_not_said_to_be_taken_back(contributions, capsys):
    make_release()
    make_release("1.1.0", Choice(categories=("open_qa", "closed_qa")))
    counted, explained = said(capsys)
    assert counted == "From 1.0.0 to 1.1.0: 0 added, 0 changed, 1 withdrawn."
    assert explained == (
        "Withdrawn here: in 1.0.0 and no longer in 1.1.0, for whatever reason. It may have been left out by choice; what was "
        "taken back has a tombstone in a later release."
    )


def test_nothing_is_explained_where_nothing_is_gone(contributions, alice, capsys):
    make_release()
    make_approved(alice)
    make_release("1.1.0")
    assert said(capsys) == ["From 1.0.0 to 1.1.0: 1 added, 0 changed, 0 withdrawn."]
