"""A lineage in the words of W3C PROV-O, as JSON-LD without anything to fetch (https://www.w3.org/TR/prov-o/). Pure.

A record is an Entity, and so is each text it had in a release (a specialization of it, told by the line's SHA-256); a
contributor is an Agent known by pseudonym; a release is a Collection of such texts; a run is an Activity that used a
release; a model is an Entity that the run generated. What was withdrawn or corrected since was invalidated.
"""

from typing import Any

from exports.domain.lineage import Lineage, ModelNode, ReleaseNode, RunNode, Use
from exports.domain.manifest import timestamp

_PROV = "http://www.w3.org/ns/prov#"
_LINKS = (
    "specializationOf",
    "wasAttributedTo",
    "wasDerivedFrom",
    "wasGeneratedBy",
    "wasInvalidatedBy",
    "wasRevisionOf",
    "hadMember",
    "used",
)
_TIMES = ("generatedAtTime", "startedAtTime", "endedAtTime")

Node = dict[str, Any]


def document(lineage: Lineage, *, site: str) -> Node:
    """The graph. `site` is the address under which this site's own names stand; records and runs are `urn:uuid`."""
    members: dict[str, list[str]] = {}
    for use in lineage.records:
        members.setdefault(use.release, []).append(_text(use))
    graph = [
        *(_agent(pseudonym, release) for pseudonym, release in lineage.contributors),
        *(
            {"@id": record, "@type": "prov:Entity"}
            for record in sorted({use.id.urn for use in lineage.records})
        ),
        *(node for use in lineage.records for node in _use(use)),
        *(_release(release, members.get(release.version, [])) for release in lineage.releases),
        *(_run(run) for run in lineage.runs),
        *(_model(model, lineage) for model in lineage.models),
    ]
    return {"@context": _context(site), "@graph": graph}


def _context(site: str) -> Node:
    links = {name: {"@id": f"prov:{name}", "@type": "@id"} for name in _LINKS}
    times = {name: {"@id": f"prov:{name}", "@type": "xsd:dateTime"} for name in _TIMES}
    return {
        "@base": site,
        "prov": _PROV,
        "xsd": "http://www.w3.org/2001/XMLSchema#",
        "dcterms": "http://purl.org/dc/terms/",
        "flock": f"{site}terms#",
        "label": "http://www.w3.org/2000/01/rdf-schema#label",
        **links,
        **times,
    }


def _agent(pseudonym: str, release: str) -> Node:
    return {
        "@id": _contributor(pseudonym, release),
        "@type": ["prov:Agent", "prov:Person"],
        "label": pseudonym,
    }


def _use(use: Use) -> list[Node]:
    """The text, and what ended it where something did."""
    node: Node = {
        "@id": _text(use),
        "@type": "prov:Entity",
        "specializationOf": use.id.urn,
        "dcterms:source": use.source,
        "flock:sha256": use.sha256,
        "flock:version": use.version,
    }
    if use.contributor is not None:
        node["wasAttributedTo"] = _contributor(use.contributor, use.release)
    if use.became is None:
        return [node]
    end = f"{_text(use)}/{use.became}"
    node["wasInvalidatedBy"] = end
    return [node, {"@id": end, "@type": "prov:Activity", "label": use.became}]


def _release(release: ReleaseNode, members: list[str]) -> Node:
    node: Node = {
        "@id": _release_id(release.version),
        "@type": ["prov:Entity", "prov:Collection"],
        "label": release.version,
        "generatedAtTime": timestamp(release.created_at),
        "dcterms:license": release.licence,
        "hadMember": members,
    }
    if release.parent is not None:
        node["wasRevisionOf"] = _release_id(release.parent)
    return node


def _run(run: RunNode) -> Node:
    node: Node = {
        "@id": run.id.urn,
        "@type": "prov:Activity",
        "label": run.recipe,
        "used": _release_id(run.release),
        "flock:state": run.state,
    }
    if run.started_at is not None:
        node["startedAtTime"] = timestamp(run.started_at)
    if run.finished_at is not None:
        node["endedAtTime"] = timestamp(run.finished_at)
    return node


def _model(model: ModelNode, lineage: Lineage) -> Node:
    release = next(run.release for run in lineage.runs if run.id == model.run)
    return {
        "@id": f"models/{model.run}",
        "@type": "prov:Entity",
        "label": model.name,
        "wasGeneratedBy": model.run.urn,
        "wasDerivedFrom": _release_id(release),
    }


def _release_id(version: str) -> str:
    return f"releases/{version}"


def _text(use: Use) -> str:
    return f"releases/{use.release}/records/{use.id}"


def _contributor(pseudonym: str, release: str) -> str:
    return f"releases/{release}/contributors/{pseudonym}"
