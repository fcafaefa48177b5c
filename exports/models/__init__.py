"""What is stored: releases with their records, runs and models."""

from exports.models.chat import Question
from exports.models.release import Release, ReleaseRecord, Tombstone
from exports.models.run import Run

__all__ = ["Question", "Release", "ReleaseRecord", "Run", "Tombstone"]
