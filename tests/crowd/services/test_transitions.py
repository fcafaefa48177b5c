import json

import pytest

from crowd.domain.workflow import Action, IllegalMove, State
from crowd.models import Event, Submission
from crowd.services import transitions
from crowd.services.errors import Conflict
from tests.support.factories import NOW, make_submission


@pytest.fixture
def submission(alice):
    return make_submission(alice)


class TestMove:
    def test_changes_the_state_and_writes_who_what_and_why(self, submission, rita):
        transitions.move(submission, Action.RETURN, now=NOW, actor=rita, version=1, reason="Too short.")
        event = Event.objects.get()
        assert Submission.objects.get().state == submission.state == State.RETURNED
        assert (event.actor, event.actor_kind, event.action) == (rita, "person", "return")
        assert (event.from_state, event.to_state, event.version) == ("in_review", "returned", 1)
        assert (event.reason, event.at, event.subject_id) == ("Too short.", NOW, str(submission.public_id))

    def test_changes_other_columns_with_it(self, submission, rita):
        version = submission.current_version
        transitions.move(submission, Action.APPROVE, now=NOW, actor=rita, approved_version=version)
        assert Submission.objects.get().approved_version == version

    def test_without_a_person_the_system_did_it(self, alice):
        transitions.move(make_submission(alice, state=State.CHECKING), Action.PASS_CHECKS, now=NOW)
        assert Event.objects.get().actor_kind == "system"

    def test_refuses_a_move_that_the_table_lacks(self, submission, rita):
        with pytest.raises(IllegalMove):
            transitions.move(submission, Action.REVOKE, now=NOW, actor=rita)
        assert Event.objects.count() == 0

    def test_refuses_a_stale_state(self, submission, rita):
        Submission.objects.update(state=State.WITHDRAWN)
        with pytest.raises(Conflict):
            transitions.move(submission, Action.APPROVE, now=NOW, actor=rita)
        assert Submission.objects.get().state == State.WITHDRAWN
        assert Event.objects.count() == 0

    def test_keeps_its_data_as_canonical_json(self, submission, rita):
        transitions.move(submission, Action.APPROVE, now=NOW, actor=rita, data={"seen": 1, "b": "ä"})
        assert Event.objects.get().data == '{"b":"ä","seen":1}'
        assert json.loads(Event.objects.get().data) == {"seen": 1, "b": "ä"}
