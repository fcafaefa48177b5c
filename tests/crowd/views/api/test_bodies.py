import io
import json

import pytest
from django.test import RequestFactory

from config.chunked import gather_body
from crowd.models import Submission

URL = "/api/v1/submissions/"


def post(api, person, body, content_type="application/json"):
    return api(person).post(URL, body, content_type=content_type)


class TestABody:
    def test_is_json_in_utf_8(self, api, writer, pair):
        body = json.dumps(
            {**pair, "instruction": "Warum schlafen Mauersegler im Flug? 😴"}, ensure_ascii=False
        )
        answer = post(api, writer, body.encode(), "application/json; charset=utf-8")
        assert answer.status_code == 201
        assert (
            Submission.objects.get().current_version.instruction == "Warum schlafen Mauersegler im Flug? 😴"
        )

    BAD = {
        "nothing": b"",
        "broken": b'{"category": "open_qa"',
        "not UTF-8": b'{"category": "\xff"}',
        "a key twice": b'{"category": "open_qa", "category": "closed_qa"}',
        "no number": b'{"category": NaN}',
        "a list": b"[]",
        "a text": b'"open_qa"',
        "10,000 deep": b"[" * 10_000 + b"]" * 10_000,
        "10,000 deep within": b'{"category": ' + b"[" * 10_000 + b"]" * 10_000 + b"}",
        "900 deep within": b'{"category": ' + b"[" * 900 + b"]" * 900 + b"}",
        "100,000 keys": json.dumps({f"k{number}": 1 for number in range(70_000)}).encode(),
        "an endless number": b'{"category": ' + b"9" * 5_000 + b"}",
        "an infinite number": b'{"category": 1e999}',
    }

    @pytest.mark.parametrize("body", BAD.values(), ids=BAD)
    def test_that_cannot_be_read_is_refused(self, api, writer, body):
        answer = post(api, writer, body)
        assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
        assert len(answer.content) < 3_000

    @pytest.mark.parametrize(
        "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]
    )
    def test_of_another_type_is_refused(self, api, writer, pair, kind):
        answer = post(api, writer, json.dumps(pair), kind)
        assert (answer.status_code, answer.json()["title"]) == (415, "Unsupported media type")

    def test_at_the_limit_is_read(self, api, writer, pair):
        body = json.dumps(pair).encode()
        assert post(api, writer, body + b" " * (1024 * 1024 - len(body))).status_code == 201

    def test_above_the_limit_is_not(self, api, writer, pair):
        body = json.dumps(pair).encode()
        answer = post(api, writer, body + b" " * (1024 * 1024 - len(body) + 1))
        assert (answer.status_code, answer["Content-Type"], answer.json()["status"]) == (
            413,
            "application/problem+json",
            413,
        )
        assert Submission.objects.count() == 0


class TestAChunkedBody:
    def environ(self, body):
        environ = RequestFactory().post(URL).environ
        del environ["CONTENT_LENGTH"]
        chunked = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True}
        return {**environ, **chunked, "wsgi.input": io.BytesIO(body)}

    def seen(self, body):
        seen = {}
        gather_body(lambda environ, _start: seen.update(environ) or [])(self.environ(body), None)
        return int(seen["CONTENT_LENGTH"]), seen["wsgi.input"].read()

    def test_gets_its_length(self):
        assert self.seen(b"{}") == (2, b"{}")

    def test_is_read_no_further_than_the_limit_and_a_byte(self):
        length, read = self.seen(b"x" * 3 * 1024 * 1024)
        assert (length, len(read)) == (1024 * 1024 + 1, 1024 * 1024 + 1)


class TestAnAnswer:
    def test_is_json_whatever_a_browser_asks(self, api, alice):
        answer = api(alice).get(URL, headers={"Accept": "text/html,*/*;q=0.8"})
        assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")

    def test_in_another_form_cannot_be_had(self, api, alice):
        answer = api(alice).get(URL, headers={"Accept": "text/csv"})
        assert (answer.status_code, answer["Content-Type"]) == (406, "application/problem+json")

    def test_to_another_method_names_those_there_are(self, api, alice):
        answer = api(alice).delete(URL)
        assert (answer.status_code, set(answer["Allow"].split(", "))) == (
            405,
            {"GET", "HEAD", "POST", "OPTIONS"},
        )

    @pytest.mark.parametrize(
        "rest", ["", "nothing/", "submissions", "submissions/x/withdraw/", "reviews/1/decide/"]
    )
    def test_to_an_address_that_is_none_is_a_problem_too(self, api, alice, rest):
        answer = api(alice).get(f"/api/v1/{rest}")
        assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")
