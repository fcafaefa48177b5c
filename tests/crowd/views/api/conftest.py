from typing import Any

import pytest

from crowd.models import Contest
from tests.support.api import client_of


@pytest.fixture
def api(db):
    """`api(alice)` speaks as alice, `api()` as nobody."""
    return client_of


@pytest.fixture
def pair() -> dict[str, Any]:
    """A pair that may be submitted."""
    return {
        "category": "open_qa",
        "instruction": "Why do swifts scream at dusk?",
        "response": "They find each other that way before they climb to sleep on the wing.",
    }


@pytest.fixture
def pair_with_passage() -> dict[str, Any]:
    return {
        "category": "closed_qa",
        "instruction": "Where do swifts sleep?",
        "response": "In the air, while they fly.",
        "context": "Swifts sleep on the wing.",
        "passage": {
            "url": "https://en.wikipedia.org/wiki/Common_swift",
            "title": "Common swift",
            "revision_id": 1207,
        },
    }


@pytest.fixture
def frozen_contest(db) -> Contest:
    """Nothing can be sent any more."""
    Contest.objects.update(state=Contest.State.FROZEN)
    return Contest.objects.get()
