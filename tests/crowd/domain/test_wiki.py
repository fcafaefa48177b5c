import pytest

from crowd.domain.wiki import plain_text, stands_in

PAGE = """
<div class="mw-parser-output"><style data-mw-deduplicate="x">.a{color:red}</style>
<p>The <b>common swift</b> (<i>Apus&#160;apus</i>) is a bird<sup id="cite_ref-1" class="reference"><a
href="#cite_note-1"><span class="cite-bracket">&#91;</span>註 1<span class="cite-bracket">&#93;</span></a></sup>.
It <style>.b{}</style>sleeps<sup class="noprint Inline-Template">[<i><a><span>citation needed</span></a></i>]</sup>
on the&shy; wing<span style="Display: none">hidden <span>twice</span></span>.<br />Caf\u00e9s know it.</p>
<ul><li>It eats</li><li>insects</li></ul><p>It eats ten of 10<sup>24</sup> /swɪft/<sup class="ext-phonos-attribution">ⓘ</sup></p></div>
"""
TEXT = plain_text(PAGE)


class TestPlainText:
    @pytest.mark.parametrize(
        ("html", "seen"),
        [
            ("<p>a <b>b</b>c &amp; d</p><p>e</p>", "\na bc & d\n\ne\n"),
            ("a<br>b<br/>c", "a\nb\n\nc"),
            ("x<style>p{}</style><script>1<2</script>y", "xy"),
            ('a<sup class="reference">[<sup>2</sup>]</sup>b<sup>2</sup>', "a[1]b2"),
            ('a<span style="display:none">b<span>c</span>d</span>e', "ae"),
            ('a<img style="display:none">b', "ab"),
            ("a<!-- note -->b", "ab"),
        ],
    )
    def test_is_what_a_reader_sees(self, html, seen):
        assert plain_text(html) == seen


class TestStandsIn:
    @pytest.mark.parametrize(
        "passage",
        [
            "The common swift (Apus apus) is a bird. It sleeps on the wing.",
            "The common swift (Apus\u00a0apus) is a bird[1].\nIt sleeps[citation needed] on the wing.\n\nCafe\u0301s know it.",
            "It eats\n\ninsects",
            " It  eats\tinsects ",
            "It eats ten of 10²⁴",
            "It eats ten of 1024",
            "/swɪft/ⓘ",
            "/swɪft/",
        ],
    )
    def test_the_words_of_the_page(self, passage):
        assert stands_in(passage, TEXT)

    @pytest.mark.parametrize(
        "passage",
        [
            "The common swift (Apus apus) is a fish.",
            "It sleeps on the wing. The common swift",
            "on the wing hidden",
            "It eatsinsects",
            "the common swift",
            "[1]",
            " ",
            "",
        ],
    )
    def test_other_words(self, passage):
        assert not stands_in(passage, TEXT)
