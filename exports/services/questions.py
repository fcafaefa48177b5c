"""Which records a model is asked: those that its run held out, so that nothing is remembered, and samples for its card."""

from collections.abc import Collection
from itertools import chain, zip_longest

from crowd.domain.workflow import LIVE_STATES
from exports.models import ReleaseRecord, Run
from exports.models.release import ReleaseRecordQuerySet
from exports.services.run_results import held_out_lines

SAMPLES = 6


def held_out(run: Run) -> ReleaseRecordQuerySet:
    """The records that the run never learned from, without those taken back since, in the data's order."""
    return _standing(run).filter(position__in=[line - 1 for line in held_out_lines(run)])


def held_out_by_both(run: Run, other: Run) -> ReleaseRecordQuerySet:
    """The records of `run` whose texts the other run, maybe of another release, held out too."""
    lines = held_out(other).values("version__sha256")
    return held_out(run).filter(version__sha256__in=lines)


def samples(run: Run) -> list[ReleaseRecord]:
    """Some records to show the model by, of every category: held out where the run held any out, else learned from."""
    pool = held_out(run) if held_out_lines(run) else _standing(run)
    categories = pool.order_by().values_list("version__category__key", flat=True).distinct()
    some = [pool.filter(version__category__key=key)[:SAMPLES] for key in sorted(categories)]
    in_turn = chain.from_iterable(zip_longest(*some))
    return [record for record in in_turn if record is not None][:SAMPLES]


def texts_of(records: Collection[ReleaseRecord]) -> ReleaseRecordQuerySet:
    """The same records with what is asked and what a person answered."""
    chosen = ReleaseRecord.objects.filter(pk__in=[record.pk for record in records])
    return chosen.select_related("version__category", "version__passage")


def _standing(run: Run) -> ReleaseRecordQuerySet:
    records = ReleaseRecord.objects.filter(release=run.release_id, submission__state__in=LIVE_STATES)
    return records.order_by("position")
