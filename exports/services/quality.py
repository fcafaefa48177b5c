"""What a site states of a release's quality that its records cannot show, read once when its records are chosen.

It is kept with the release, so that the files tell the same however often their job is begun anew. Everything decided until
the cut counts that fits the release's choice, also of texts that are not in it. Nothing here writes.
"""

from collections import defaultdict
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Sum

from crowd.domain.review import Decision as Answer
from crowd.domain.workflow import State
from crowd.models import Decision, LookAlike, Submission
from exports import queries
from exports.domain.agreement import agreement
from exports.domain.quality import WARNING, percent
from exports.domain.release import Choice

# Of the whole text, not of an instruction that two texts share: the kinds of crowd's near-duplicate engine.
_DUPLICATE = {"on": "text", "kind__in": ("exact", "near")}


def stated(choice: Choice, *, using: str) -> dict[str, Any]:
    """The site's word, as this connection sees it.

    - `decisions`: by people here, on texts contributed here and on imported ones; what an import brought as approved
      was decided elsewhere and is no decision.
    - `approval_rate`: approvals in percent of these decisions. A text that was returned and approved later counts twice.
    - `approvals_revoked`: texts that a reviewer had approved and an admin took back.
    - `agreement`: of reviewers who decided on the same text with the same passage; see `agreement`.
    - `exact_copies`: how often one of a released text was refused at the door or left out of an import.
    - `near_duplicates`: `rejected` texts that resembled another one, and pairs of look-alikes `standing` in the release.
    - `warnings_cleared`: warnings of earlier versions of released texts, one per text and rule, gone in the released one.
    """
    decisions = _decisions(choice).using(using)
    chosen = queries.chosen(choice).using(using)
    of_contributions, of_imports = (
        _by_answer(decisions.filter(submission__source__isnull=contributed)) for contributed in (True, False)
    )
    return {
        "decisions": {"contributed": of_contributions, "imported": of_imports},
        "approval_rate": {
            "contributed": _approval_rate(of_contributions),
            "imported": _approval_rate(of_imports),
        },
        "approvals_revoked": _revoked(decisions).count(),
        "agreement": agreement(_decided_twice(decisions)),
        "exact_copies": chosen.aggregate(copies=Sum("copies_refused", default=0))["copies"],
        "near_duplicates": {
            "rejected": _rejected_look_alikes(decisions),
            "standing": _standing_look_alikes(chosen, using),
        },
        "warnings_cleared": _warnings_cleared(chosen),
    }


def _decisions(choice: Choice) -> QuerySet[Decision]:
    """The decisions on texts that a release of this choice could have taken."""
    decisions = Decision.objects.all()
    if choice.categories:
        decisions = decisions.filter(version__category__key__in=choice.categories)
    if choice.sources:
        decisions = decisions.filter(submission__source__name__in=choice.sources)
    if choice.without_sources:
        decisions = decisions.filter(
            Q(submission__source=None) | ~Q(submission__source__name__in=choice.without_sources)
        )
    return decisions


def _by_answer(decisions: QuerySet[Decision]) -> dict[str, int]:
    counts = dict(decisions.values_list("decision").annotate(Count("pk")).order_by())
    return {str(answer): counts.get(str(answer), 0) for answer in Answer}


def _approval_rate(counts: dict[str, int]) -> float | None:
    return percent(counts[Answer.APPROVE], sum(counts.values()))


def _revoked(decisions: QuerySet[Decision]) -> QuerySet[Decision]:
    """Approvals of texts that are rejected now: only an admin's revoking leads there."""
    return decisions.filter(
        decision=Answer.APPROVE, submission__state=State.REJECTED, submission__current_version=F("version")
    )


def _decided_twice(decisions: QuerySet[Decision]) -> list[list[str]]:
    """For each text with its passage that several reviewers decided on: what each of them decided last."""
    text = ("version__sha256", "version__passage_id")
    often = (
        decisions.values(*text).annotate(reviewers=Count("reviewer", distinct=True)).filter(reviewers__gt=1)
    )
    hashes = often.order_by().values("version__sha256")
    answers: dict[tuple[str, int | None], dict[int, str]] = defaultdict(dict)
    rows = decisions.filter(version__sha256__in=hashes).order_by("created_at", "pk")
    for sha256, passage, reviewer, answer in rows.values_list(*text, "reviewer_id", "decision"):
        answers[sha256, passage][reviewer] = answer
    return [list(of_reviewers.values()) for of_reviewers in answers.values()]


def _rejected_look_alikes(decisions: QuerySet[Decision]) -> int:
    look_alikes = LookAlike.objects.filter(version=OuterRef("version"), **_DUPLICATE)
    return decisions.filter(Exists(look_alikes), decision=Answer.REJECT).count()


def _standing_look_alikes(chosen: QuerySet[Submission], using: str) -> int:
    """Pairs of which both are chosen, each once, whichever of them was found to resemble the other."""
    # Asked of each look-alike: joined the other way round, SQLite walks the whole release for every one of them.
    inside = (Exists(chosen.filter(approved_version=OuterRef(side))) for side in ("version", "other"))
    pairs = LookAlike.objects.using(using).filter(*inside, **_DUPLICATE)
    return len({frozenset(pair) for pair in pairs.values_list("version_id", "other_id").iterator()})


def _warnings_cleared(chosen: QuerySet[Submission]) -> int:
    """Only texts of a second version or later can have had a warning that is gone."""
    revised = chosen.filter(approved_version__number__gt=1).order_by()
    earlier = revised.filter(
        versions__number__lt=F("approved_version__number"), versions__findings__severity=WARNING
    ).values_list("pk", "versions__findings__rule")
    standing = revised.filter(approved_version__findings__severity=WARNING).values_list(
        "pk", "approved_version__findings__rule"
    )
    return len(set(earlier) - set(standing))
