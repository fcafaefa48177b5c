"""What is stored: releases with their records, runs and models."""

from exports.models.release import Release, ReleaseRecord

__all__ = ["Release", "ReleaseRecord"]
