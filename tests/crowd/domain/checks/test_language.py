"""Texts in another language than the contest's, and those too short or too strange to judge."""

import pytest

from crowd.domain.categories import DOLLY_RULES
from crowd.domain.checks import Pair, check
from crowd.domain.checks.language import UNDETERMINED, language_of, make_check
from tests.support.pairs import INSTRUCTION, findings, places

SPANISH = "El cielo es azul porque la atmósfera dispersa la luz azul más que la roja durante el día."
GERMAN = "Der Himmel ist blau, weil die Luft blaues Licht stärker streut als rotes, und zwar am Tag."
RUSSIAN = "Небо голубое, потому что атмосфера рассеивает синий свет сильнее, чем красный, весь день."
CHINESE = "天空之所以是蓝色的，是因为大气散射蓝光多于红光。这就是为什么白天天空是蓝色的，傍晚是红色的。"


class TestOtherLanguages:
    @pytest.mark.parametrize("text", [SPANISH, GERMAN, RUSSIAN, CHINESE])
    def test_a_sentence_in_another_is_found(self, text):
        assert places(findings(response=text, only="language")) == [
            ("language", "warning", "response", 0, len(text))
        ]

    def test_the_message_names_both(self):
        (found,) = findings(response=SPANISH, only="language")
        assert found.message.startswith("This seems to be in another language (es) than the contest's (en)")

    @pytest.mark.parametrize(("languages", "found"), [(["de"], 0), (["de", "en"], 0), (["fr"], 1)])
    def test_a_contest_may_have_others(self, languages, found):
        pair = Pair("open_qa", GERMAN, "", GERMAN)
        assert len(check(pair, DOLLY_RULES["open_qa"], checks=[make_check(languages)])) == 2 * found


class TestWhatCannotBeJudged:
    @pytest.mark.parametrize(
        "text",
        [
            "ok", "List 3 dogs", "Le ciel est bleu", "Yes.", "42",
            "Titleist, Taylormade, Callaway, Ping, Cobra, Mizuno, Wilson, Cleveland, Honma",
            "casarecce, gnocchi, tonnarelli, orecchiette, conchiglie, focaccia, grissini, ciabatta, piadina",
            "1. Larisa Latynina - 5 medals\n2. Nikolai Andrianov - 5 medals\n3. Boris Shakhlin - 4 medals",
            "for (let i = 0; i < n; i++) { console.log(items[i]); total += items[i].price; } return total;",
            "SELECT name, age FROM people WHERE age > 30 ORDER BY name LIMIT 10 OFFSET 20;",
            "Prince Aegon, Princess Daenerys, Prince Aemon, Prince Baelon, Princess Alyssa, Prince Vaegon",
            "https://example.org/el-cielo-es-azul-porque-la-atmosfera-dispersa-la-luz-azul-mas-que-la-roja",
        ],
    )  # fmt: skip
    def test_short_texts_names_lists_and_code_are_left_alone(self, text):
        assert findings(instruction=INSTRUCTION, response=text, only="language") == []

    def test_a_translation_is_what_is_asked_for(self):
        assert findings(instruction="Translate this into Spanish.", response=SPANISH, only="language") == []

    def test_english_with_foreign_words_is_english(self):
        text = "The Spanish sentence “El cielo es azul porque la atmósfera dispersa la luz” is about the sky and its colour."
        assert findings(response=text, only="language") == []


class TestCounting:
    """`language_of`, of a text as a whole."""

    @pytest.mark.parametrize(
        ("text", "language"),
        [
            ("Why do swifts scream while they fly? They call to find each other at dusk.", "en"),
            (
                "Pourquoi les martinets crient-ils en volant ? Ils s'appellent pour se retrouver le soir.",
                "fr",
            ),
            ("Warum schreien Mauersegler im Flug? Sie rufen, damit sie sich am Abend wiederfinden.", "de"),
            ("List 3 dogs", UNDETERMINED),
            ("", UNDETERMINED),
            ("Apus apus, Apus pallidus, Apus melba, Apus affinis, Apus caffer, Apus unicolor", UNDETERMINED),
        ],
    )
    def test_names_the_language_or_says_it_cannot(self, text, language):
        assert language_of(text) == language

    def test_takes_a_kind_of_english_for_english(self):
        assert (
            language_of("How far dis bird fit fly? E fit fly well well, e no dey tire at all, e strong.")
            == "en"
        )
