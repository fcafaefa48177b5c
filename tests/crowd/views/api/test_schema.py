import pytest
from django.test import Client
from drf_spectacular.drainage import GENERATOR_STATS, reset_generator_stats
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema

METHODS = {"get", "post", "put", "patch", "delete"}


@pytest.fixture(scope="module")
def schema():
    reset_generator_stats()
    return SchemaGenerator().get_schema(request=None, public=True)


def operations(schema):
    return [
        (path, method, operation)
        for path, item in schema["paths"].items()
        for method, operation in item.items()
    ]


class TestTheSchema:
    def test_is_valid_and_leaves_nothing_to_guess(self, schema):
        validate_schema(schema)
        assert not GENERATOR_STATS

    def test_is_read_by_anybody_and_tells_no_version_of_ours(self, db, settings):
        answer = Client().get("/api/v1/schema/")
        assert (answer.status_code, answer["Content-Type"]) == (
            200,
            "application/vnd.oai.openapi; charset=utf-8",
        )
        assert settings.VERSION not in answer.content.decode()

    def test_has_a_name_and_a_sentence_for_each_operation(self, schema):
        nameless = [path for path, _, operation in operations(schema) if not operation.get("summary")]
        assert nameless == []

    def test_documents_each_refusal_as_problem_details(self, schema):
        strange = [
            (path, method, status)
            for path, method, operation in operations(schema)
            for status, answer in operation["responses"].items()
            if int(status) >= 400 and list(answer["content"]) != ["application/problem+json"]
        ]
        assert strange == []

    def test_documents_what_every_body_can_be_refused_for(self, schema):
        lacking = [
            path
            for path, _, operation in operations(schema)
            if "requestBody" in operation
            and not operation["responses"].keys() >= {"400", "401", "413", "415"}
        ]
        assert lacking == []

    def test_closes_the_objects_that_are_sent(self, schema):
        names = ("Sent", "SentPassage", "Decision", "Edits", "SimilarQuery", "Accept", "Leave")
        shapes = schema["components"]["schemas"]
        assert [name for name in names if shapes[name].get("additionalProperties") is not False] == []
