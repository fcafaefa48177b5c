"""Compare two releases of this site."""

from exports import queries
from exports.domain.differences import Differences, compare
from exports.models import Release


def between(before: Release, after: Release) -> Differences:
    """What `after` has that `before` has not, and the other way round."""
    return compare(queries.hashes_of(before), queries.hashes_of(after))
