"""What is stored: releases with their records and signatures, runs, models, their answers and what people judged of them."""

from exports.models.answer import Answer, Speaker
from exports.models.chat import Question
from exports.models.judging import Comparison, Judgement, Pairing
from exports.models.push import Push, PushState
from exports.models.release import Release, ReleaseRecord, Tombstone
from exports.models.run import Run
from exports.models.signature import Signature

__all__ = [
    "Answer",
    "Comparison",
    "Judgement",
    "Pairing",
    "Push",
    "PushState",
    "Question",
    "Release",
    "ReleaseRecord",
    "Run",
    "Signature",
    "Speaker",
    "Tombstone",
]
