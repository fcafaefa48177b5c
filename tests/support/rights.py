"""What a person has here, one of each state, and in which states it is."""

from crowd.domain.workflow import State
from crowd.models import Person, Submission
from tests.support.factories import make_submission


def make_one_of_each(person: Person) -> dict[str, Submission]:
    return {state: make_submission(person, state=state) for state in State}


def states_of(person: Person) -> list[str]:
    return sorted(Submission.objects.by(person).values_list("state", flat=True))
