"""croissant.json: a release, or a folder derived from it, as Croissant 1.1 with its RAI vocabulary. Pure.

Every figure is from the release's counts.
https://docs.mlcommons.org/croissant/docs/croissant-spec-1.1.html and …/croissant-rai-spec.html
"""

import json
from collections.abc import Iterable
from typing import Any

from crowd.domain.licences import URLS
from exports.domain import derived
from exports.domain.derived import Derived
from exports.domain.formats import PARQUET
from exports.domain.manifest import DATA, PROVENANCE, File
from exports.domain.provenance import WRITTEN_HERE

CONFORMS_TO = ("http://mlcommons.org/croissant/1.1", "http://mlcommons.org/croissant/RAI/1.0")

_RECORD = {
    "instruction": "What is asked.",
    "context": "The passage that the instruction is about, or empty.",
    "response": "The answer.",
    "category": "Which kind of task it is.",
}
# What is one value in each line of the provenance; its other keys hold lists and objects.
_PROVENANCE = {
    "id": "The record's id, the same in every release.",
    "version": "Which version of its text this is, from 1.",
    "category": "Which kind of task it is.",
    "origin": "Who wrote it: human or human-edited; where it is a research release, also model or unknown.",
    "licence": "The licence of instruction and response, an SPDX id.",
    "source": f"The dataset it was taken over from, or {WRITTEN_HERE}.",
    "sha256": "The SHA-256 of the line of the data that stands at the same place.",
}
_FORMATS = {
    "parquet": _RECORD,
    "prompt-completion": {
        "prompt": "Dolly's training prompt up to the answer.",
        "completion": "The answer and its end marker.",
    },
    "alpaca": {
        "instruction": "What is asked.",
        "input": "The passage that the instruction is about, or empty.",
        "output": "The answer.",
    },
}
_PERSONAL = "pii."  # what the rules for personal data have in front

_PURPOSE = dict.fromkeys((PROVENANCE, derived.PROVENANCE), "Where each record comes from.")

# The context that Croissant 1.1 prescribes, as mlcroissant writes it.
_CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "arrayShape": "cr:arrayShape",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "containedIn": "cr:containedIn",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "description": {"@container": "@language"},
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isArray": "cr:isArray",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "name": {"@container": "@language"},
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}


def croissant(about: dict[str, Any], files: Iterable[File], *, holder: str) -> bytes:
    """The file's bytes; `files` are the data and its provenance."""
    return _dump(
        _dataset(about, holder=holder)
        | {
            "description": f"{about['counts']['records']} instruction/response pairs in dolly-15k's format.",
            "url": DATA,
            "distribution": [_file_object(file) for file in files],
            "recordSet": [
                _record_set("train", DATA, _RECORD),
                {**_record_set("provenance", PROVENANCE, _PROVENANCE), "key": {"@id": "provenance/id"}},
            ],
        }
    )


def of_derived(about: dict[str, Any], made: Derived, *, holder: str) -> bytes:
    """The same of a derived folder: each of its parts in each of its formats, as a set of records of its own.

    `about` is the release's. A chat is named with its hash and has no set: its messages are no columns.
    """
    files = {file.path: file for file in made.files}
    found = [(folder, part) for folder in _folders(made) for part in made.parts]
    formats = ", ".join(made.formats) or "no other format"
    return _dump(
        _dataset(about, holder=holder)
        | {
            "description": f"{made.counts['records']} instruction/response pairs of release {made.release}: {formats}.",
            "url": derived.DATA,
            "distribution": [_file_object(files[part.path(folder)]) for folder, part in found],
            "recordSet": [
                _record_set(part.path(folder).rpartition(".")[0], part.path(folder), _folders(made)[folder])
                for folder, part in found
                if _folders(made)[folder]
            ],
        }
    )


def _folders(made: Derived) -> dict[str, dict[str, str]]:
    """The folders of a derived one that hold records, each with its columns and what they mean."""
    return {
        derived.DATA: _RECORD,
        derived.PROVENANCE: _PROVENANCE,
        **{name: _FORMATS.get(name, {}) for name in made.formats},
    }


def _dump(fields: dict[str, Any]) -> bytes:
    return json.dumps(fields, ensure_ascii=False, indent=2).encode() + b"\n"


def _dataset(about: dict[str, Any], *, holder: str) -> dict[str, Any]:
    """What is said of the release, whatever files it stands in; the empty ones are the caller's to fill, in their place."""
    version, counts = about["version"], about["counts"]
    organisation = {"@type": "sc:Organization", "name": holder}
    return {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "name": f"flock-{version}",
        "description": "",
        "conformsTo": list(CONFORMS_TO),
        "citeAs": f"Flock release {version}, by {holder}",
        "license": URLS.get(about["licence"], about["licence"]),
        "url": "",
        "version": version,
        "datePublished": about["created_at"],
        "creator": organisation,
        "publisher": organisation,
        "keywords": ["instruction-tuning", *counts["categories"]],
        "isLiveDataset": False,
        **_responsible_ai(about),
        "distribution": [],
        "recordSet": [],
    }


def _responsible_ai(about: dict[str, Any]) -> dict[str, Any]:
    """What Croissant's RAI vocabulary asks and a release knows; what it does not know, such as biases, is left out."""
    counts = about["counts"]
    written = counts["sources"].get(WRITTEN_HERE, 0)
    imported = counts["records"] - written
    kinds = {"Manual Human Curator": written, "Secondary Data Analysis": imported}
    return {
        "rai:dataCollection": (
            f"Pairs that people wrote for this dataset: {written}, by {counts['authors']}. "
            f"Pairs taken over from other datasets, which ATTRIBUTION.md names: {imported}."
        ),
        "rai:dataCollectionType": [kind for kind, number in kinds.items() if number],
        "rai:dataPreprocessingProtocol": [
            "Texts stand as they were sent; only CRLF and CR became LF. Nothing was cut, corrected or translated by machine."
        ],
        "rai:dataAnnotationProtocol": [
            f"Reviewers: {counts['reviewers']}. Pairs they decided on, never on their own: {counts['reviewed']}.",
            "The other pairs were taken over with their dataset.",
        ],
        "rai:dataAnnotationPlatform": [about["exporter"]],
        "rai:annotationsPerItem": "One decision, for each pair that was decided on.",
        "rai:annotatorDemographics": [
            "Not recorded: people appear under a pseudonym that holds in this release alone."
        ],
        "rai:machineAnnotationTools": [
            f"Pairs on which the check {rule} remarked: {number}."
            for rule, number in counts["findings"].items()
        ],
        "rai:personalSensitiveInformation": _personal(counts["findings"]),
        "rai:dataUseCases": ["Fine-tuning language models to follow instructions."],
        "rai:dataLimitations": [
            "A pair is what its author wrote and, where one is named, one reviewer approved: no proof that it is true."
        ],
        "rai:dataReleaseMaintenancePlan": (
            "A release never changes. Corrections and withdrawals come with a later one, whose card counts them."
        ),
    }


def _personal(findings: dict[str, int]) -> list[str]:
    found = {rule: number for rule, number in findings.items() if rule.startswith(_PERSONAL)}
    if not found:
        return [
            "No check for personal data has a remark on any of the pairs. That is no proof that there is none."
        ]
    return [
        f"Pairs on which the check {rule} remarked, and which were approved all the same: {number}."
        for rule, number in found.items()
    ]


def _record_set(name: str, path: str, fields: dict[str, str]) -> dict[str, Any]:
    return {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "field": [_field(name, path, field, words) for field, words in fields.items()],
    }


def _file_object(file: File) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": file.path,
        "name": file.path,
        "description": _PURPOSE.get(file.path.partition("/")[0], "The records."),
        "contentUrl": file.path,
        "contentSize": f"{file.bytes} B",
        "encodingFormat": f"application/{'x-parquet' if file.path.endswith(PARQUET) else 'jsonlines'}",
        "sha256": file.sha256,
    }


def _field(record_set: str, path: str, name: str, words: str) -> dict[str, Any]:
    return {
        "@type": "cr:Field",
        "@id": f"{record_set}/{name}",
        "name": name,
        "description": words,
        "dataType": "sc:Integer" if name == "version" else "sc:Text",
        "source": {"fileObject": {"@id": path}, "extract": {"column": name}},
    }
