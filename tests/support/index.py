"""What the near-duplicate index holds, and an engine of another scheme."""

import numpy as np

from crowd.domain import similarity
from crowd.models import Band, Signature
from crowd.services import signatures

# Higher than any real one for a long time.
OTHER_SCHEME = 30_000


def other_bands(record: similarity.Record) -> list[int]:
    """Bands that no band of the engine's own is equal to, and that are equal where those are."""
    return [band ^ 0x5BD1E9955BD1E995 for band in similarity.bands(record)]


def spread_bands() -> set[tuple[int, int]]:
    """Every (hash, version) in the table of bands."""
    return set(Band.objects.values_list("hash", "version"))


def bands_under(scheme: int, versions) -> set[tuple[int, int]]:
    """What the table must hold for these versions under a scheme."""
    return {
        (int(band), version.pk)
        for version in versions
        for band in signatures.SCHEMES[scheme](signatures.record_of(version))
    }


def is_whole() -> bool:
    """Whether the table holds every spread signature, all of it and nothing else."""
    rows = Signature.objects.filter(is_spread=True).values_list("version", "hashes")
    return spread_bands() == {
        (band, version) for version, packed in rows for band in np.frombuffer(packed, "<i8").tolist()
    }


def schemes_held() -> set[int]:
    """The schemes of the rows that are here."""
    return set(Signature.objects.values_list("scheme", flat=True))
