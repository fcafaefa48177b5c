"""What is stored: releases with their records and signatures, runs and models."""

from exports.models.chat import Question
from exports.models.release import Release, ReleaseRecord, Tombstone
from exports.models.run import Run
from exports.models.signature import Signature

__all__ = ["Question", "Release", "ReleaseRecord", "Run", "Signature", "Tombstone"]
