import json
from io import BytesIO
from pathlib import Path

import pytest

from crowd.domain import formats
from crowd.domain.records import BadRecord

REAL = Path(__file__).resolve().parents[5] / "shared" / "data" / "import_samples" / "oasst_100_trees.jsonl"


def reply(text="To find each other.", **facts):
    return {"text": text, "role": "assistant", "lang": "en", "deleted": False, "review_result": True} | facts


def tree(*replies, state="ready_for_export", **facts):
    prompt = {"text": "Why do swifts scream?", "role": "prompter", "lang": "en", "replies": list(replies)}
    return {"message_tree_id": "1", "tree_state": state, "prompt": prompt | facts}


def read(one):
    [(line, result)] = formats.read(BytesIO(json.dumps(one).encode()), "oasst", mapping={})
    assert line == 1
    return result


def response(one):
    [entry] = read(one)
    return entry.record.response


class TestTheBestReply:
    def test_has_the_lowest_rank(self):
        assert response(tree(reply("b", rank=1), reply("a", rank=0), reply("c", rank=2))) == "a"

    def test_is_the_first_where_none_is_ranked(self):
        assert response(tree(reply("a"), reply("b"), reply("c", rank=None))) == "a"

    @pytest.mark.parametrize("rank", [True, "0", float("nan"), None])
    def test_is_not_one_whose_rank_is_no_number(self, rank):
        assert response(tree(reply("odd", rank=rank), reply("best", rank=3))) == "best"

    @pytest.mark.parametrize(
        "out",
        [
            {"deleted": True},
            {"review_result": False},
            {"labels": {"spam": {"value": 0.7, "count": 3}}},
            {"role": "prompter"},
        ],
    )
    def test_is_not_deleted_spam_or_another_question(self, out):
        assert response(tree(reply("out", rank=0, **out), reply("in", rank=1))) == "in"

    def test_may_have_been_called_spam_by_a_few(self):
        assert (
            response(tree(reply("in", rank=0, labels={"spam": {"value": 0.3}}), reply("b", rank=1))) == "in"
        )

    def test_comes_with_the_prompt_alone_in_its_own_language(self):
        [entry] = read(
            tree(reply("Para encontrarse.", lang="es", replies=[reply("More?")]), text="¿Por qué?", lang="es")
        )
        assert entry.record == ("¿Por qué?", "", "Para encontrarse.", "general_qa")


class TestAModelsMessage:
    @pytest.mark.parametrize(
        ("prompt", "answer"),
        [
            ({"synthetic": True, "model_name": "chip20b"}, {}),
            ({}, {"synthetic": True, "model_name": "chip20b"}),
        ],
    )
    def test_is_named(self, prompt, answer):
        assert [entry.model for entry in read(tree(reply(**answer), **prompt))] == ["chip20b"]

    def test_without_a_name_is_a_models_too(self):
        assert [entry.model for entry in read(tree(reply(synthetic=True)))] == ["a model"]

    def test_is_not_what_a_person_wrote(self):
        assert [entry.model for entry in read(tree(reply(synthetic=False, model_name=None)))] == [""]


class TestRefusals:
    @pytest.mark.parametrize(
        ("one", "says"),
        [
            (tree(), "the tree has no reply"),
            (tree(reply(deleted=True)), "the tree has no reply that can be used: each was deleted"),
            (tree(reply(), deleted=True), "the prompt was deleted"),
            (tree(reply(), review_result=False), "the prompt was refused in review"),
            (tree(reply(), labels={"spam": {"value": 1}}), "the prompt was marked as spam"),
            (tree(reply(), role="assistant"), "the prompt has another role than prompter"),
            (
                tree(reply(), state="halted_by_moderator"),
                "the tree was stopped by its moderators (halted_by_moderator)",
            ),
            (tree("yes"), "the tree has no prompt, or a reply that is no message"),
            (tree(replies=5), "replies must be a list"),
            (tree(reply(None)), "text must be a text, found null"),
            ({"prompt": "Why?"}, "the tree has no prompt, or a reply that is no message"),
        ],
    )
    def test_say_why(self, one, says):
        problem = read(one)
        assert (type(problem), str(problem)) == (BadRecord, says)


@pytest.mark.skipif(not REAL.exists(), reason="the OpenAssistant sample is not beside the project")
class TestTheRealSample:
    @pytest.fixture
    def entries(self):
        with REAL.open("rb") as stream:
            return [entry for _line, some in formats.read(stream, "oasst", mapping={}) for entry in some]

    def test_gives_the_best_ranked_reply_of_each_tree(self, entries):
        trees = [json.loads(line)["prompt"] for line in REAL.read_text().splitlines()]
        ranked = [
            (one["text"], answer["text"])
            for one in trees
            for answer in one["replies"]
            if answer.get("rank") == 0
        ]
        assert (len(entries), len(ranked)) == (100, 99)
        assert [
            pair for pair in ((e.record.instruction, e.record.response) for e in entries) if pair in ranked
        ] == ranked

    def test_names_the_model_that_wrote_five_of_them(self, entries):
        assert [entry.model for entry in entries if entry.model] == ["chip20b"] * 5
