import pytest
from django.urls import reverse

from crowd.services import duplicates
from tests.support.factories import make_submission
from tests.support.pages import text_of

pytestmark = pytest.mark.django_db


class TestHints:
    ADDRESS = reverse("crowd:hints")
    TEXTS = {"instruction": "Why does a kettle get louder and then quieter before it boils at last?"}

    @pytest.fixture
    def kettle(self, bob):
        def make(state):
            text = "Why does a kettle get louder and then quieter before it boils in the end?"
            submission = make_submission(bob, state=state, instruction=text)
            duplicates.index([submission.current_version])
            return text

        return make

    def test_quotes_an_approved_instruction(self, browse, alice, kettle):
        text = kettle("approved")
        assert text in text_of(browse(alice).post(self.ADDRESS, self.TEXTS))

    def test_marks_what_is_typed_in_it(self, browse, alice, kettle):
        kettle("approved")
        page = browse(alice).post(self.ADDRESS, self.TEXTS).content.decode()
        same = "Why does a kettle get louder and then quieter before it boils"
        assert f'“<mark class="same">{same}</mark> in the end?”' in page

    def test_never_quotes_one_that_is_not(self, browse, alice, kettle):
        text = kettle("in_review")
        hint = text_of(browse(alice).post(self.ADDRESS, self.TEXTS))
        assert "not approved yet" in hint
        assert text not in hint

    @pytest.mark.parametrize("state", ["approved", "in_review"])
    def test_of_what_only_looks_alike_it_claims_no_more(self, browse, alice, bob, state):
        other = make_submission(bob, state=state, instruction="Who was the third president of France?")
        duplicates.index([other.current_version])
        asked = {"instruction": "Who was the third president of Brazil?"}
        hint = text_of(browse(alice).post(self.ADDRESS, asked))
        assert hint.startswith("Something here looks like this")
        assert ("looks alike, but may ask something else" in hint) == (state == "in_review")
        assert "much" not in hint

    def test_of_what_asks_the_same_it_says_so(self, browse, alice, kettle):
        asked = {"instruction": f"Please tell me: {kettle('in_review')}"}
        hint = text_of(browse(alice).post(self.ADDRESS, asked))
        assert hint.startswith("Something much like this is here already")
        assert "asks much the same" in hint

    def test_says_nothing_of_a_new_text(self, browse, alice, kettle):
        kettle("approved")
        answer = browse(alice).post(self.ADDRESS, {"instruction": "Name three rivers in Chile."})
        assert text_of(answer) == ""
