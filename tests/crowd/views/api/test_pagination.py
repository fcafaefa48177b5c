import base64
from datetime import timedelta

import pytest

from tests.support.factories import NOW, make_submission

URL = "/api/v1/submissions/"


def ids(page):
    return [line["id"] for line in page["results"]]


def walk(client, url, direction):
    """Every page from this one on."""
    pages = [client.get(url).json()]
    while pages[-1][direction]:
        pages.append(client.get(pages[-1][direction]).json())
    return pages


class TestPages:
    @pytest.mark.parametrize(
        "apart", [timedelta(0), timedelta(minutes=1)], ids=["in one moment", "one by one"]
    )
    def test_hold_every_row_once_there_and_back(self, api, alice, apart):
        made = [make_submission(alice, created_at=NOW + number * apart) for number in range(7)]
        there = walk(api(alice), f"{URL}?page_size=3", "next")
        back = walk(api(alice), there[-1]["previous"], "previous")
        assert [len(page["results"]) for page in there] == [3, 3, 1]
        assert [ids(page) for page in back] == [ids(there[1]), ids(there[0])]
        listed = [one for page in there for one in ids(page)]
        assert sorted(listed) == sorted(str(submission.public_id) for submission in made)
        if apart:
            assert listed == [str(submission.public_id) for submission in reversed(made)]

    def test_do_not_move_when_something_new_comes_in(self, api, alice):
        made = [make_submission(alice, created_at=NOW + timedelta(minutes=number)) for number in range(4)]
        first = api(alice).get(f"{URL}?page_size=2").json()
        make_submission(alice, created_at=NOW + timedelta(hours=1))
        second = api(alice).get(first["next"]).json()
        assert ids(second) == [str(made[1].public_id), str(made[0].public_id)]

    def test_tell_nothing_of_row_numbers(self, api, alice):
        submission = make_submission(alice)
        make_submission(alice, created_at=NOW - timedelta(days=1))
        link = api(alice).get(f"{URL}?page_size=1").json()["next"]
        cursor = link.split("cursor=")[1].split("&")[0].replace("%3D", "=")
        decoded = base64.urlsafe_b64decode(cursor).decode()
        assert decoded == f"1 {NOW.isoformat()} {submission.public_id}"

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "x",
            "1 2026-03-04T12:00:00+00:00",
            "1 yesterday 6b1f1b1e-0000-4000-8000-000000000000",
            "1 0001-01-01T00:00:00+14:00 6b1f1b1e-0000-4000-8000-000000000000",
            "x 2026-03-04T12:00:00+00:00 6b1f1b1e-0000-4000-8000-000000000000",
            "1 2026-03-04T12:00:00+00:00 not-an-id",
        ],
    )
    def test_take_no_other_cursor(self, api, alice, text):
        cursor = base64.urlsafe_b64encode(text.encode()).decode()
        answer = api(alice).get(URL, {"cursor": cursor})
        assert (answer.status_code, list(answer.json()["errors"])) == (400, ["cursor"])

    @pytest.mark.parametrize("cursor", ["%FF", "é", "a", "%00", "____"])
    def test_take_no_cursor_that_is_none(self, api, alice, cursor):
        assert api(alice).get(f"{URL}?cursor={cursor}").status_code == 400
