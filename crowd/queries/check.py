"""What was checked with which checks, and what they found: read in few queries. Nothing here writes."""

from dataclasses import dataclass

from django.db.models import Count, F, Prefetch, QuerySet
from django.db.models.functions import Coalesce

from crowd.domain import checks
from crowd.domain.workflow import State
from crowd.models import CheckSet, Finding, Recheck, Submission, Version, stands


def checked_versions() -> QuerySet[Version]:
    """The checked texts that count: the current and the approved version of every live submission."""
    return Version.objects.filter(stands(), checked_at__isnull=False)


@dataclass(frozen=True)
class CheckLine:
    """One rule: the version of its check, none where no check of today has it, and how it stands with the texts."""

    rule: str
    version: int | None
    severity: str
    findings: int
    outdated: int


@dataclass(frozen=True)
class ChecksDone:
    """How many texts there are, how many of them went through other checks than today's, and each rule's part."""

    texts: int
    outdated: int
    lines: list[CheckLine]


def checks_done() -> ChecksDone:
    """Compare what the texts were checked with to the checks of today."""
    today = {check.rule: check for check in checks.CHECKS}
    versions = {rule: check.version for rule, check in today.items()}
    groups = _versions_by_check_set()
    findings = _findings_by_rule()
    lines = [
        CheckLine(
            rule,
            versions.get(rule),
            today[rule].severity if rule in today else "",
            findings.get(rule, 0),
            sum(count for seen, count in groups if rule in today and seen.get(rule) != versions[rule]),
        )
        for rule in [*today, *sorted(findings.keys() - today.keys())]
    ]
    return ChecksDone(
        sum(count for _seen, count in groups),
        sum(count for seen, count in groups if seen != versions),
        lines,
    )


def _versions_by_check_set() -> list[tuple[dict[str, int], int]]:
    """How many texts went through which checks: each rule with its version; none where it was not kept."""
    counts = checked_versions().values_list("checked_with").annotate(count=Count("id")).order_by()
    sets = CheckSet.objects.in_bulk()
    return [(sets[pk].versions if pk else {}, count) for pk, count in counts]


def _findings_by_rule() -> dict[str, int]:
    rows = Finding.objects.filter(version__in=checked_versions()).values("rule")
    return {row["rule"]: row["count"] for row in rows.annotate(count=Count("id")).order_by()}


def rechecks() -> QuerySet[Recheck]:
    """The re-runs of the checks, the newest first."""
    return Recheck.objects.for_listing()


def rules_on_approved() -> list[str]:
    """Which rules found something in approved texts that a reviewer would look at."""
    return list(_on_approved().order_by("rule").values_list("rule", flat=True).distinct())


def approved_with_findings(
    *, rule: str = "", severity: str = "", is_later: bool = False
) -> QuerySet[Submission]:
    """Approved submissions with a finding that a reviewer would look at; `is_later`: found after the approval.

    The findings that were asked for are their `to_look_at`. The last approved come first.
    """
    found = _on_approved()
    if rule:
        found = found.filter(rule=rule)
    if severity:
        found = found.filter(severity=severity)
    if is_later:
        # Annotated, for a filter's own join would leave out imported texts, on which nobody has decided.
        approved_at = Coalesce("version__decision__created_at", "version__created_at")
        found = found.annotate(approved_at=approved_at).filter(found_at__gt=F("approved_at"))
    to_look_at = Prefetch("approved_version__findings", found.order_by("id"), to_attr="to_look_at")
    return (
        Submission.objects.filter(state=State.APPROVED, approved_version__in=found.values("version"))
        .select_related("approved_version__category", "source")
        .prefetch_related(to_look_at)
        .order_by("-updated_at", "-id")
    )


def _on_approved() -> QuerySet[Finding]:
    return Finding.objects.filter(
        version__approved_of__state=State.APPROVED, severity__in=["error", "warning"]
    )
