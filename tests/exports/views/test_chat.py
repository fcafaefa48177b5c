import pytest
from django.urls import reverse

from crowd.models import Job
from exports.models import Question
from tests.support.factories import NOW
from tests.support.runs import make_run


@pytest.fixture
def tuned(release, adam):
    return make_run(release, adam, state="succeeded")


@pytest.fixture
def chat_url(tuned):
    return reverse("exports:chat", args=[tuned.public_id])


def make_question(run, person, **fields):
    defaults = {"instruction": "Why?", "state": "waiting", "created_at": NOW}
    return Question.objects.create(run=run, person=person, **{**defaults, **fields})


def answer_url(question):
    return reverse("exports:chat-answer", args=[question.run.public_id, question.public_id])


class TestAsking:
    def test_queues_the_question(self, client, chat_url, adam):
        client.force_login(adam)
        response = client.post(chat_url, {"instruction": " Why?\r\nTell me.", "context": ""})
        assert (response.status_code, response.url) == (302, chat_url)
        assert Question.objects.values_list("instruction", "person", "state").get() == (
            " Why?\nTell me.",
            adam.pk,
            "waiting",
        )
        assert Job.objects.get().kind == "answer"

    @pytest.mark.parametrize(
        ("fields", "field"),
        [
            ({"instruction": ""}, "instruction"),
            ({"instruction": "  \n "}, "instruction"),
            ({"instruction": "a\0b"}, "instruction"),
            ({"instruction": "a" * 4_001}, "instruction"),
            ({"instruction": "Why?", "context": "a" * 12_001}, "context"),
        ],
    )
    def test_says_what_is_wrong_and_keeps_the_text(self, client, chat_url, adam, fields, field):
        client.force_login(adam)
        response = client.post(chat_url, fields)
        assert (response.status_code, list(response.context["form"].errors)) == (400, [field])
        assert Question.objects.count() == 0

    def test_a_run_without_a_model_has_nobody_to_ask(self, client, release, adam):
        run = make_run(release, adam, state="running")
        client.force_login(adam)
        url = reverse("exports:chat", args=[run.public_id])
        assert "No model to ask" in client.get(url).content.decode()
        assert client.post(url, {"instruction": "Why?"}).status_code == 400
        assert Question.objects.count() == 0


class TestTheConversation:
    def test_is_text_and_nothing_else(self, client, chat_url, tuned, adam):
        make_question(tuned, adam, instruction="<b>?", context="<i>", answer="<script>", state="answered")
        client.force_login(adam)
        text = client.get(chat_url).content.decode()
        assert [part in text for part in ("&lt;b&gt;?", "&lt;i&gt;", "&lt;script&gt;")] == [True] * 3
        assert [part in text for part in ("<b>?", "<i>", "<script>")] == [False] * 3

    def test_is_ones_own(self, client, chat_url, tuned, adam, ada):
        make_question(tuned, adam, instruction="A secret of adam's")
        for person, seen in ((adam, True), (ada, False)):
            client.force_login(person)
            assert ("A secret of adam&#x27;s" in client.get(chat_url).content.decode()) == seen

    @pytest.mark.parametrize("count", [1, 3])
    def test_takes_as_many_queries_for_many(
        self, client, chat_url, tuned, adam, django_assert_num_queries, count
    ):
        for _ in range(count):
            make_question(tuned, adam)
        client.force_login(adam)
        with django_assert_num_queries(6):  # one of them for what the model's release has lost since
            client.get(chat_url)


class TestAnAnswer:
    def test_asks_for_itself_while_it_grows(self, client, tuned, adam):
        question = make_question(tuned, adam, state="answering", answer="Because")
        client.force_login(adam)
        text = client.get(answer_url(question)).content.decode()
        assert [part in text for part in ("Because", 'hx-trigger="every 500ms"', "still writing")] == [
            True
        ] * 3

    def test_is_still_when_it_is_done(self, client, tuned, adam):
        question = make_question(tuned, adam, state="answered", answer="So.", started_at=NOW, finished_at=NOW)
        client.force_login(adam)
        text = client.get(answer_url(question)).content.decode()
        assert ("So." in text, "hx-get" in text, "0.0 s" in text) == (True, False, True)

    def test_that_failed_says_why(self, client, tuned, adam):
        question = make_question(tuned, adam, state="failed", message="The model stopped.")
        client.force_login(adam)
        text = client.get(answer_url(question)).content.decode()
        assert ("The model stopped." in text, "hx-get" in text) == (True, False)

    def test_of_somebody_else_is_not_found(self, client, tuned, adam, ada):
        question = make_question(tuned, adam)
        client.force_login(ada)
        assert client.get(answer_url(question)).status_code == 404

    def test_is_for_admins(self, client, tuned, adam, rita):
        question = make_question(tuned, adam)
        client.force_login(rita)
        assert client.get(answer_url(question)).status_code == 403
