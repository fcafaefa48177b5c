"""Characters that a text should not hold, and the same characters where they belong."""

import pytest

from tests.support.pairs import findings, places, quoted


class TestMalformed:
    def test_controls_and_half_characters_are_errors_with_their_place(self):
        found = findings(instruction="Why \x00\x07is it so?", response="It \ud83d is so.")
        assert places(found) == [
            ("text.malformed", "error", "instruction", 4, 6),
            ("text.malformed", "error", "response", 3, 4),
        ]
        assert "U+0000, U+0007" in found[0].message

    def test_tabs_and_line_ends_are_fine(self):
        assert findings(response="a\tlong\r\nlist\nhere") == []


class TestInvisible:
    def test_they_are_found_where_they_hide(self):
        assert places(findings(response="It is\u200b\u2060 so.")) == [
            ("text.invisible", "warning", "response", 5, 7)
        ]

    @pytest.mark.parametrize(
        "text",
        [
            "می\u200cخواهم چای",
            "Damascus (الشَّام\u200e) and قیصر\u200e روم",
            "a \U0001f468\u200d\U0001f469\u200d\U0001f467 family",
            "\U0001f3f3\ufe0f\u200d\U0001f308 flag",
        ],
    )
    def test_joiners_at_work_are_fine(self, text):
        assert findings(response=text, only="text.invisible") == []


class TestMojibake:
    @pytest.mark.parametrize(
        "sound",
        [
            "café",
            "don’t",
            "“naïve” – façade…",
            "Привет, мир",
            "Ελλάδα",
            "日本語のテキスト",
            "žluťoučký kůň",
            "50 £ or 3 €",
            "ŒUVRE £5",
        ],
    )
    @pytest.mark.parametrize("codec", ["cp1252", "latin-1"])
    def test_text_read_in_another_encoding_is_found(self, sound, codec):
        garbled = sound.encode().decode(codec, "replace" if codec == "cp1252" else "strict")
        assert quoted("text.mojibake", garbled)
        assert quoted("text.mojibake", sound) == []

    def test_its_place_is_the_garbled_part_alone(self):
        assert places(findings(response="caf\u00c3\u00a9 \ufffd\ufffd")) == [
            ("text.mojibake", "warning", "response", 3, 5),
            ("text.mojibake", "warning", "response", 6, 8),
        ]

    @pytest.mark.parametrize(
        "sound",
        [
            "«\xa0L’été à Paris\xa0»",
            "«CAFÉ»",
            "Spaß“ und „Maß”",
            "Pelé‘s goal",
            "[hœ́ːŋ.kɔ̌ːŋ]",
            "São João, Ångström, Ærø",
            "5 µm ± 2 °C × 3²",
            "Łódź, İstanbul, Ñandú",
        ],
    )
    def test_accents_beside_quotes_and_signs_are_fine(self, sound):
        assert quoted("text.mojibake", sound) == []


class TestConfusable:
    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("Log in at p\u0430ypal today", ["p\u0430ypal"]),
            ("the \u0441\u0430\u0440 hides", ["\u0441\u0430\u0440"]),
            ("Russian: M\u0430p\u0438\u044f", ["M\u0430p\u0438\u044f"]),
            ("g\u03bf\u03bfgle it", ["g\u03bf\u03bfgle"]),
            ("\uff26\uff32\uff25\uff25 money", ["\uff26\uff32\uff25\uff25"]),
            (
                "so \U0001d41b\U0001d428\U0001d425\U0001d41d a claim",
                ["\U0001d41b\U0001d428\U0001d425\U0001d41d"],
            ),
        ],
    )
    def test_letters_of_another_script_are_found(self, text, found):
        assert quoted("text.confusable", text) == found

    @pytest.mark.parametrize(
        "text",
        [
            "Она сказала: «Мир и сон, кот и сор».",
            "Δx is 5 μm at 3 kΩ, so λ = 2πr and σ² ≈ α·β",
            "TNFα, IFN-γ and β2 receptors",
            "the Greek word λόγος, Αθήνα, ο",
            "Müller, naïve, Łódź",
            "𝑥 + 𝑦 = 𝑧",
            "Ελλάδα και Ρώμη",
        ],
    )
    def test_another_script_by_itself_units_and_formulas_are_fine(self, text):
        assert quoted("text.confusable", text) == []
