import io
import json
import os
import time

import pytest

from training.generate import Sampling, Tuned
from training.serve import BadRequest, Server, parse

GREETING = {"id": "a", "instruction": "Greet me in three tongues."}


@pytest.fixture(scope="module")
def model(tuned):
    return Tuned(tuned)


def talk(model, *requests):
    replies = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    lines = b"".join(json.dumps(request).encode() + b"\n" for request in requests)
    Server(model, requests=io.BytesIO(lines), replies=replies).run()
    return [json.loads(line) for line in replies.buffer.getvalue().splitlines()]


class TestAConversation:
    def test_begins_with_ready_and_ends_with_the_input(self, model):
        assert talk(model) == [{"ready": True, "protocol": 1}]

    def test_answers_in_pieces_of_whole_characters(self, model):
        _, *pieces, last = talk(model, GREETING)
        assert last == {
            "id": "a", "done": True, "text": "Hello!\nGrüß dich!\nこんにちは 🌊", "stopped": "end"
        }  # fmt: skip
        assert "".join(piece["token"] for piece in pieces) == last["text"]
        assert len(pieces) > 5
        assert not any("\ufffd" in piece["token"] for piece in pieces)

    @pytest.mark.parametrize("limit", range(1, 40, 4))
    def test_never_ends_within_a_character(self, model, limit):
        answer = model.answer(GREETING["instruction"], sampling=Sampling(max_new_tokens=limit))
        text = "".join(answer)
        assert "Hello!\nGrüß dich!\nこんにちは 🌊".startswith(text.rstrip("\n"))

    def test_stops_at_the_length_asked_for(self, model):
        assert talk(model, {**GREETING, "max_new_tokens": 3})[-1]["stopped"] == "length"

    def test_answers_in_order_and_goes_on_after_a_bad_request(self, model):
        replies = talk(model, {"id": 1}, {**GREETING, "id": 2}, {**GREETING, "id": 3})
        assert [reply["id"] for reply in replies if "error" in reply] == [1]
        assert [reply["id"] for reply in replies if reply.get("done")] == [2, 3]

    def test_goes_on_after_half_a_surrogate_pair(self, model):
        replies = talk(model, {"id": "\ud800", "instruction": "x", "\ud801": 1}, {**GREETING, "id": 2})
        assert [reply["id"] for reply in replies if "error" in reply or reply.get("done")] == ["\ud800", 2]

    def test_repeats_itself_with_the_same_seed(self, model):
        asked = {**GREETING, "temperature": 2, "max_new_tokens": 30}
        first, again, other = (talk(model, {**asked, "seed": seed})[-1]["text"] for seed in (1, 1, 2))
        assert first == again
        assert first != other

    def test_refuses_a_question_that_leaves_no_room(self, model):
        assert "2048" in talk(model, {"id": 1, "instruction": "word " * 5000})[-1]["error"]


def test_a_model_that_gives_no_numbers_says_so_each_time(spoiled):
    replies = talk(Tuned(spoiled), {**GREETING, "id": 1}, {**GREETING, "id": 2})
    assert [(reply["id"], "is no number" in reply["error"]) for reply in replies[1:]] == [
        (1, True),
        (2, True),
    ]


def test_a_cancelled_answer_stops(model):
    read_end, write_end = os.pipe()
    with os.fdopen(read_end, "rb") as requests, os.fdopen(write_end, "wb", buffering=0) as asking:

        class Replies(io.StringIO):
            """Cancels once the first piece has come, and then says no more."""

            def write(self, text):
                if '"token"' in text and not asking.closed:
                    asking.write(b'{"cancel": "a"}\n')
                    asking.close()
                    # The model would have said all before a busy machine lets the thread that reads have its turn.
                    while server._lines.empty():
                        time.sleep(0.001)
                return super().write(text)

        asking.write(json.dumps({**GREETING, "temperature": 2, "max_new_tokens": 2000}).encode() + b"\n")
        replies = Replies()
        server = Server(model, requests=requests, replies=replies)
        server.run()
    last = json.loads(replies.getvalue().splitlines()[-1])
    assert (last["id"], last["done"], last["stopped"]) == ("a", True, "cancelled")


class TestABadRequest:
    @pytest.mark.parametrize(
        ("line", "request_id"),
        [
            (b"{", None),
            (b"[]", None),
            (b"\xff", None),
            (b"[" * 100_000, None),
            (b" " * 1_000_001, None),
            (b'{"instruction": "Why?"}', None),
            (b'{"id": true, "instruction": "Why?"}', None),
            (b'{"cancel": null}', None),
            (b'{"id": 1}', 1),
            (b'{"id": 1, "instruction": " "}', 1),
            (b'{"id": 1, "instruction": 2}', 1),
            (b'{"id": 1, "instruction": "\\ud800"}', 1),
            (b'{"id": 1, "instruction": "Why?", "context": null}', 1),
            (b'{"id": 1, "instruction": "Why?", "colour": 1}', 1),
            (b'{"id": 1, "instruction": "Why?", "temperature": -1}', 1),
            (b'{"id": 1, "instruction": "Why?", "max_new_tokens": 1.5}', 1),
        ],
    )
    def test_is_told_apart_by_its_id(self, line, request_id):
        with pytest.raises(BadRequest) as caught:
            parse(line)
        assert caught.value.id == request_id
