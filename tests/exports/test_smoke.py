"""The real thing once: from a release's file through `python -m training` to an answer of the tuned model."""

import json

import pytest

from crowd.models import Job
from crowd.services import jobs
from exports.models import Question
from exports.services import chat
from exports.services import run as runs
from tests.support.factories import NOW
from tests.support.runs import claim, make_release

BIRDS = {
    "swift": "screams",
    "owl": "hoots",
    "duck": "quacks",
    "crow": "caws",
    "dove": "coos",
    "hen": "clucks",
}


def lines():
    for bird, sound in BIRDS.items():
        pair = {"instruction": f"What does the {bird} do?", "context": "", "response": f"The {bird} {sound}."}
        yield json.dumps({**pair, "category": "open_qa"}) + "\n"


@pytest.mark.slow
class TestTheSmokeRecipe:
    def test_learns_a_release_and_answers(self, folders, adam, kept):
        release = make_release(folder=folders / "releases", data="".join(lines()).encode())
        run = runs.start(release, recipe="smoke", overrides={"max_steps": 80}, person=adam, now=NOW)
        jobs.do(claim("finetune", run.public_id))
        run.refresh_from_db()
        assert (run.state, run.message, run.figures["steps"]) == ("succeeded", "", 80)
        asked = chat.ask(run, person=adam, instruction="What does the owl do?", context="", now=NOW)
        jobs.do(claim("answer", asked.public_id))
        question = Question.objects.get()
        assert (question.state, question.message) == ("answered", "")
        # That it learns by heart is training's own test; here it speaks as the release does.
        assert question.answer in {f"The {bird} {sound}." for bird, sound in BIRDS.items()}
        assert set(Job.objects.values_list("state", flat=True)) == {"done"}
