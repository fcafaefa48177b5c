"""The lineage in the words of PROV-O, as a stranger's library reads it."""

import pytest
from rdflib import Graph
from rdflib.namespace import PROV, RDF

from tests.support.api import client_of
from tests.support.releases import correct, make_release, provenance, take_back
from tests.support.runs import make_run

pytestmark = pytest.mark.django_db

AS_PROV = "/api/v1/lineage/prov/"


@pytest.fixture
def run(contributions, adam):
    return make_run(make_release(published=True), adam, state="succeeded")


# rdflib 7.6's own reader of JSON-LD calls what it has deprecated (last needed 2026-11).
@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")
class TestProv:
    @pytest.fixture
    def graph(self, adam, run, contributions, rita):
        gone, changed, _stands = contributions
        take_back(gone)
        correct(changed, rita)
        make_release("1.1.0")
        answer = client_of(adam).get(
            AS_PROV, {"record": changed.public_id}, headers={"Accept": "application/ld+json"}
        )
        assert answer["Content-Type"].startswith("application/ld+json")
        self.record = changed
        return Graph().parse(data=answer.content, format="json-ld")

    def one(self, graph, subject, predicate):
        (value,) = graph.objects(subject, predicate)
        return value

    def test_leads_from_the_model_to_the_contributor(self, graph, run):
        (model,) = graph.subjects(PROV.wasGeneratedBy, None)
        activity = self.one(graph, model, PROV.wasGeneratedBy)
        assert str(activity) == run.public_id.urn
        release = self.one(graph, activity, PROV.used)
        assert release == self.one(graph, model, PROV.wasDerivedFrom)
        text = self.one(graph, release, PROV.hadMember)
        assert str(self.one(graph, text, PROV.specializationOf)) == self.record.public_id.urn
        contributor = self.one(graph, text, PROV.wasAttributedTo)
        assert str(contributor).endswith(provenance()[0]["author"])

    def test_tells_which_text_was_invalidated_and_what_follows_what(self, graph):
        (old,) = graph.subjects(PROV.wasInvalidatedBy, None)
        assert "/releases/1.0.0/" in str(old)
        (newer,) = graph.subjects(PROV.wasRevisionOf, None)
        assert str(newer).endswith("/releases/1.1.0")

    def test_uses_only_terms_that_prov_has(self, graph):
        terms = {str(term) for triple in graph for term in triple[1:] if str(term).startswith(str(PROV))}
        assert terms <= {str(PROV[name]) for name in PROV.__annotations__}
        assert str(PROV.hadMember) in terms

    @pytest.mark.parametrize(
        ("relation", "domain", "range_"),
        [
            (PROV.used, PROV.Activity, PROV.Entity),
            (PROV.wasGeneratedBy, PROV.Entity, PROV.Activity),
            (PROV.wasInvalidatedBy, PROV.Entity, PROV.Activity),
            (PROV.wasAttributedTo, PROV.Entity, PROV.Agent),
            (PROV.wasDerivedFrom, PROV.Entity, PROV.Entity),
            (PROV.wasRevisionOf, PROV.Entity, PROV.Entity),
            (PROV.specializationOf, PROV.Entity, PROV.Entity),
            (PROV.hadMember, PROV.Collection, PROV.Entity),
        ],
    )
    def test_joins_what_prov_o_says_may_be_joined(self, graph, relation, domain, range_):
        pairs = list(graph.subject_objects(relation))
        assert pairs
        for subject, value in pairs:
            assert domain in graph.objects(subject, RDF.type)
            assert range_ in graph.objects(value, RDF.type)

    def test_has_times_that_prov_can_compare(self, graph):
        times = [value.toPython() for value in graph.objects(None, PROV.generatedAtTime)]
        assert [moment.isoformat() for moment in times] == ["2026-03-04T12:00:00+00:00"] * 2
