"""croissant.json: the release as Croissant 1.1 (https://docs.mlcommons.org/croissant/docs/croissant-spec-1.1.html). Pure."""

import json
from collections.abc import Iterable
from typing import Any

from crowd.domain.licences import URLS
from exports.domain.manifest import DATA, PROVENANCE, File

_FIELDS = {
    "instruction": "What is asked.",
    "context": "The passage that the instruction is about, or empty.",
    "response": "The answer.",
    "category": "Which kind of task it is.",
}

# The context that Croissant 1.1 prescribes, as mlcroissant writes it.
_CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
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
    version = about["version"]
    fields = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "name": f"flock-{version}",
        "description": f"{about['counts']['records']} instruction/response pairs in dolly-15k's format.",
        "conformsTo": "http://mlcommons.org/croissant/1.1",
        "citeAs": f"Flock release {version}, by {holder}",
        "license": URLS.get(about["licence"], about["licence"]),
        "url": DATA,
        "version": version,
        "datePublished": about["created_at"],
        "creator": {"@type": "sc:Organization", "name": holder},
        "distribution": [_file_object(file) for file in files],
        "recordSet": [
            {
                "@type": "cr:RecordSet",
                "@id": "train",
                "name": "train",
                "field": [_field(name, words) for name, words in _FIELDS.items()],
            }
        ],
    }
    return json.dumps(fields, ensure_ascii=False, indent=2).encode() + b"\n"


def _file_object(file: File) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": file.path,
        "name": file.path,
        "description": "Where each record comes from." if file.path == PROVENANCE else "The records.",
        "contentUrl": file.path,
        "contentSize": f"{file.bytes} B",
        "encodingFormat": "application/jsonlines",
        "sha256": file.sha256,
    }


def _field(name: str, words: str) -> dict[str, Any]:
    return {
        "@type": "cr:Field",
        "@id": f"train/{name}",
        "name": name,
        "description": words,
        "dataType": "sc:Text",
        "source": {"fileObject": {"@id": DATA}, "extract": {"column": name}},
    }
