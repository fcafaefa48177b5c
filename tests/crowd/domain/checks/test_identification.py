"""The likelihood of languages in whole numbers: the library's own, and no machine's rounding in it."""

from decimal import Context, Decimal, localcontext

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from py3langid import langid
from py3langid.langid import MODEL_FILE, LanguageIdentifier

from crowd.domain.checks import identification
from crowd.domain.checks.identification import identifier, likely

WIDE = Context(prec=50)
TEXTS = [
    "Why do swifts scream while they fly? They call to find each other at dusk.",
    "Pourquoi les martinets crient-ils en volant ? Ils s'appellent pour se retrouver le soir.",
    "WARUM SCHREIEN MAUERSEGLER IM FLUG?",
    "Perche\u0301 i rondoni gridano in volo?",
    "アマツバメは一日中空を飛んでいます。",
]


@pytest.fixture(scope="module")
def library():
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


class TestLikely:
    @pytest.mark.parametrize("text", TEXTS)
    def test_is_what_the_library_says_but_for_its_rounding(self, library, text):
        assert likely(text) == pytest.approx(dict(library.rank(text)), abs=5e-4)

    @settings(max_examples=50, deadline=None)
    @given(text=st.text(min_size=1, max_size=200))
    def test_is_so_of_any_text(self, library, text):
        found = likely(text)
        assert not found or found == pytest.approx(dict(library.rank(text)), abs=5e-4)

    @pytest.mark.parametrize("text", ["", "\x00"])
    def test_of_what_the_model_does_not_know_is_nothing(self, text):
        assert likely(text) == {}

    def test_does_not_hang_on_the_order_of_its_sum(self, monkeypatch):
        """As a processor with other registers adds: the library's floats then come out otherwise."""
        before, floats = [likely(text) for text in TEXTS], float_sums()
        visit_counts = langid.visit_counts

        def backwards(*args):
            return dict(reversed(visit_counts(*args).items()))

        monkeypatch.setattr(langid, "visit_counts", backwards)
        assert [likely(text) for text in TEXTS] == before
        assert float_sums() != floats

    def test_weights_are_whole(self):
        weights = identifier().nb_ptc[::100] * identification._WEIGHTS
        assert (weights == weights.round()).all()

    def test_logarithms_do_not_hang_on_anybodys_context(self):
        identification._logarithm.cache_clear()
        with localcontext() as context:
            context.prec = 3
            assert identification._logarithm(7) == round(WIDE.multiply(Decimal(8).ln(WIDE), 2**20))


def float_sums():
    """The scores as the library adds them up."""
    model = LanguageIdentifier.from_model_file(MODEL_FILE)
    return [model._raw_score(text.encode()).tolist() for text in TEXTS]
