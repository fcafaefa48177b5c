"""Requests that nobody thought of: made from the schema, answered as the schema says."""

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from crowd.services import people
from tests.support.factories import NOW, make_claim, make_grant, make_submission

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

site = schemathesis.openapi.from_wsgi("/api/v1/schema/", get_wsgi_application())


@pytest.fixture(autouse=True)
def _one_connection():
    """A request's end would close the connection that holds the test's transaction; Django's own client does this."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def headers(alice, rita):
    """A reviewer's, who has texts of her own and one to decide on."""
    make_grant(rita)
    make_submission(rita, state="approved")
    make_claim(make_submission(alice), rita)
    return {"Authorization": f"Bearer {people.create_token(rita, now=NOW)}"}


@site.exclude(path_regex="releases|runs").parametrize()
@settings(
    max_examples=10,
    derandomize=True,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.filter_too_much,
    ],
)
def test_every_answer_is_as_the_schema_says(case, headers):
    # A schema cannot say which categories, revisions and cursors there are: what fits it need not be right.
    case.call_and_validate(headers=headers, excluded_checks=[positive_data_acceptance])
