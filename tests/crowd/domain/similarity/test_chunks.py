"""Plain lines read by the compiled kernel hold what the careful readers find in them, and nothing else counts as plain."""

import io
import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crowd.domain import record_blocks
from crowd.domain.record_blocks import blocks
from crowd.domain.records import BadRecord, data_line
from crowd.domain.similarity import compiled, reference
from crowd.domain.similarity.chunks import read
from tests.support.texts import TEXTS

ANY_TEXT = st.one_of(TEXTS, st.text(st.characters(exclude_categories=[]), max_size=8))
# Values as JSON has them, right and wrong.
VALUES = st.one_of(
    st.builds(json.dumps, ANY_TEXT, ensure_ascii=st.booleans()),
    st.sampled_from(
        [
            "null",
            "true",
            "false",
            "nul",
            "truefalse",
            "0",
            "-0",
            "-",
            "01",
            "-7",
            "1" * 18,
            "1" * 19,
            "0.5",
            "1e3",
            "[]",
            "{}",
            '"',
            '"\\"',
            '"\\u00"',
            '"\\ud83d\\ude00"',
            '"\\ud83d"',
            '"a\tb"',
            '"\x00"',
            "",
            "Infinity",
        ]
    ),
)
KEYS = st.sampled_from(
    [
        "instruction",
        "context",
        "response",
        "category",
        "instruct\\u0069on",
        "responses",
        "id",
        "kind",
        "Id",
        "é",
        "",
    ]
)
SPACE = st.sampled_from(["", "", "", " ", "\t", "\r", "\x0b", "\xa0"])


@st.composite
def objects(draw):
    """A line that is a record, or nearly one."""
    fields = [("instruction", draw(VALUES)), ("response", draw(VALUES))]
    fields += draw(st.lists(st.tuples(KEYS, VALUES), max_size=4))
    written = [
        f'{draw(SPACE)}"{key}"{draw(SPACE)}:{draw(SPACE)}{value}{draw(SPACE)}'
        for key, value in draw(st.permutations(fields))
    ]
    ends = draw(
        st.sampled_from(
            [("{", "}")] * 6 + [("{", ""), ("", "}"), ("{", "}}"), ("{", ",}"), ("[", "]"), ("{", "} x")]
        )
    )
    return ends[0] + draw(st.sampled_from([","] * 9 + ["", ";"])).join(written) + ends[1] + draw(SPACE)


LINES = st.lists(
    st.one_of(
        objects().map(lambda line: line.encode("utf-8", "surrogatepass")),
        st.builds(data_line, TEXTS, TEXTS, TEXTS, st.just("open_qa")),
        st.binary(max_size=20),
        # Bytes in a text: valid UTF-8 or not.
        st.binary(max_size=5).map(lambda text: b'{"instruction":"a' + text + b'","response":"b"}'),
        st.binary(max_size=5).map(
            lambda text: b'{"instruction":"a","response":"b","context":"' + text + b'"}'
        ),
    ).map(lambda line: line.replace(b"\n", b"")),
    max_size=6,
)


def all_of(data, kernel):
    """What is read with a kernel: lines, what is compared of their records, their keys and bands, and what is refused."""
    refused, found = [], []

    def refuse(number: int, reason: BadRecord) -> None:
        refused.append((number, str(reason)))

    for block in blocks(io.BytesIO(data)):
        chunk = read(block, kernel, refuse)
        signed = kernel.sign(chunk.texts)
        has_words = signed.keys != 0
        for place, line in enumerate(chunk.lines.tolist()):
            assert chunk.record(place)[:2] == (chunk.instruction(place), chunk.context(place))
            bands = signed.bands[place].tolist() if has_words[place] else None
            found.append((line, chunk.record(place)[:3], int(signed.keys[place]), bands))
    return found, refused


class TestPlainLines:
    @given(LINES, st.integers(1, 200))
    @example([b'{"instruction":"a","response":"b","c":1,"c":2}'], 9)
    @example([b'{"instruction":"a","response":"b","c":1,"\\u0063":2}'], 9)
    @example([b'\xef\xbb\xbf{"instruction":"a","response":"b"}'], 9)
    @example([b'{"instruction":"\\u00c9t\\u00e9 \xc3\x89","response":"\\n\\u0000\xe2\x80\x99 \xce\xa3"}'], 9)
    def test_hold_what_the_careful_readers_find(self, lines, block_bytes):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(record_blocks, "_BLOCK_BYTES", block_bytes)
            data = b"\n".join(lines)
            assert all_of(data, compiled) == all_of(data, reference)

    def test_of_any_character_have_its_words(self):
        codes = [*range(0x20, 0x2100), 0x4E00, 0xD800, 0xFB01, 0x1F600]
        texts = [text for code in codes for text in (chr(code), f"a{chr(code)}B {chr(code)}")]
        written = [json.dumps({"instruction": text, "response": "b"}).encode() for text in texts]
        written += [data_line(text, "", "b", "")[:-1] for text in texts if "\ud800" not in text]
        data = b"\n".join(written)
        assert all_of(data, compiled) == all_of(data, reference)

    def test_are_most_lines(self):
        lines = [
            data_line("Why “so”?", "水", 'Été\n\t"…"', "open_qa"),
            b'{"response": "b", "category": null, "id": -12, "instruction": "\\u2019a", "ok": true}\r\n',
            b'{"instruction":"a","response":""}\n',
        ]
        (block,) = blocks(io.BytesIO(b"".join(lines)))
        assert compiled.scan(block).is_plain.tolist() == [True, True, True]

    def test_past_the_limit_are_refused(self, monkeypatch):
        monkeypatch.setattr("crowd.domain.records.MAX_LINE_BYTES", 40)
        data = (
            data_line("a", "", "b", "")[:30]
            + b"\n"
            + data_line("a", "", "b" * 20, "")
            + b'{"instruction":"a","response":"b"}'
        )
        found, refused = all_of(data, compiled)
        assert ([line for line, *_ in found], [number for number, _ in refused]) == ([3], [1, 2])
        assert refused[1] == (2, "the line is longer than 40 bytes")

    def test_at_the_end_of_the_data_are_not_read_past_it(self):
        whole = b'{"instruction":"a","response":"b","id":null}'
        for size in range(len(whole)):
            found, refused = all_of(whole[:size], compiled)
            assert found == []
            assert len(refused) == (size > 0)
