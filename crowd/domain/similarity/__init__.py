"""Exact copies, near-duplicates and look-alikes: signatures propose, exact comparison decides. Pure.

The three functions are the whole interface, and any engine that fills it must give the same answers: `bands()` and
`verify()` serve one text against an index of many (`verifier()` many texts), `find()` a whole file. A change in what the
bands are is a new `SCHEME` and a rebuilt index.
"""

from crowd.domain.records import Record
from crowd.domain.similarity.batch import find
from crowd.domain.similarity.candidates import BUCKET_CAP
from crowd.domain.similarity.chunks import Source
from crowd.domain.similarity.matches import Match
from crowd.domain.similarity.pairs import Duplicate
from crowd.domain.similarity.profiles import bands
from crowd.domain.similarity.scheme import SCHEME
from crowd.domain.similarity.verdicts import verifier, verify

__all__ = [
    "BUCKET_CAP",
    "SCHEME",
    "Duplicate",
    "Match",
    "Record",
    "Source",
    "bands",
    "find",
    "verifier",
    "verify",
]
