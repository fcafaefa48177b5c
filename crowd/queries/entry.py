"""What stands between a person and a submission, in one question, since every submission asks it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crowd.models import LIVE_LITERALS, Category, Contest, Grant, GrantWording, Person


@dataclass(frozen=True)
class Entry:
    """The open contest, whether the category is part of it, and the person's grant under the newest wording.

    `copied` is the key of the submission whose approved text this is, though another may stand in for it by now.
    """

    contest: Contest
    takes_category: bool
    grant: Grant | None
    copied: int | None


def entry(
    person: Person, category: Category, *, text_hash: str, revises: int | None = None, now: datetime
) -> Entry | None:
    """How a person may send a pair in a category, or None while no contest takes any.

    `revises` is the key of the submission that gets another version: it may go back to its approved text.
    """
    # By hand: the ORM takes ten times as long to write three questions as the database to answer this one.
    found: list[Any] = list(
        Contest.objects.raw(
            f"""
        SELECT contest.id, contest.state, contest.starts_at, contest.ends_at,
            EXISTS (
                SELECT 1 FROM crowd_contestcategory part
                WHERE part.contest_id = contest.id AND part.category_id = %s AND part.is_on
            ) AS takes_category,
            (
                SELECT other.id FROM crowd_submission other
                WHERE other.approved_copy_hash = %s AND other.id <> %s AND other.state IN ({LIVE_LITERALS})
            ) AS copied,
            wording.id AS wording_id, wording.number, wording.licence, given.id AS grant_id
        FROM crowd_contest contest
        JOIN crowd_grantwording wording ON wording.number = (SELECT MAX(number) FROM crowd_grantwording)
        LEFT JOIN crowd_grant given ON given.wording_id = wording.id AND given.person_id = %s
        WHERE contest.state = %s
        """,  # noqa: S608 -- words of ours
            [category.pk, text_hash, revises or 0, person.pk, Contest.State.RUNNING],
        )
    )
    for contest in found:
        if contest.accepts_at(now):
            return Entry(contest, bool(contest.takes_category), _grant(contest, person), contest.copied)
    return None


def _grant(row: Any, person: Person) -> Grant | None:
    if row.grant_id is None:
        return None
    grant = Grant.from_db(None, ["id", "person_id", "wording_id"], [row.grant_id, person.pk, row.wording_id])
    grant.wording = GrantWording.from_db(
        None, ["id", "number", "licence"], [row.wording_id, row.number, row.licence]
    )
    return grant
