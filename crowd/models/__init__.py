"""What is stored: tables and their query vocabulary. Changing rows is the services' work."""

from crowd.models.category import Category, ContestCategory
from crowd.models.check import CheckSet, Finding
from crowd.models.contest import Contest
from crowd.models.draft import Draft
from crowd.models.duplicate import Band, LookAlike, Signature, is_standing, stands
from crowd.models.event import Event
from crowd.models.grant import Grant, GrantWording
from crowd.models.idempotency import IdempotencyKey
from crowd.models.job import Job, WorkerSighting
from crowd.models.passage import Passage
from crowd.models.person import Person
from crowd.models.points import PointEntry
from crowd.models.recheck import Recheck
from crowd.models.review import Claim, Decision
from crowd.models.source import Source
from crowd.models.submission import GONE_LITERALS, LIVE_LITERALS, Submission, Version

__all__ = [
    "GONE_LITERALS",
    "LIVE_LITERALS",
    "Band",
    "Category",
    "CheckSet",
    "Claim",
    "Contest",
    "ContestCategory",
    "Decision",
    "Draft",
    "Event",
    "Finding",
    "Grant",
    "GrantWording",
    "IdempotencyKey",
    "Job",
    "LookAlike",
    "Passage",
    "Person",
    "PointEntry",
    "Recheck",
    "Signature",
    "Source",
    "Submission",
    "Version",
    "WorkerSighting",
    "is_standing",
    "stands",
]
