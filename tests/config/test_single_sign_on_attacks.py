"""What a directory, a colleague or a link could say to get somebody more than is theirs, or the site to fall over."""

from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.test import Client

from crowd.models import Person
from crowd.services import people, rights
from crowd.services.rights import Records
from tests.support.factories import NOW
from tests.support.pages import text_of
from tests.support.single_sign_on import ADDRESS, LOGIN, come_in, whoever_is_signed_in


class TestAddresses:
    @pytest.mark.parametrize(
        "look_alike",
        [
            "mi\N{KELVIN SIGN}e@company.example",
            "MI\N{KELVIN SIGN}E@COMPANY.EXAMPLE",
            "m\N{LATIN SMALL LETTER DOTLESS I}ke@company.example",
            "mike@\N{LATIN SMALL LETTER LONG S}ales.example",
            "mike@stra\N{LATIN SMALL LETTER SHARP S}e.example",
        ],
    )
    @pytest.mark.parametrize("is_here", [True, False])
    def test_a_letter_that_becomes_another_opens_nobodys_account(
        self, directory, client, look_alike, is_here
    ):
        if is_here:
            people.create("mike@company.example", role="admin", now=NOW)
        directory.claims |= {"email": look_alike, "email_verified": True}
        answer = come_in(client)
        assert (answer.status_code, whoever_is_signed_in(client)) == (403, None)
        assert (Person.objects.count(), SocialAccount.objects.count()) == (int(is_here), 0)

    def test_who_is_given_the_old_address_of_a_colleague_comes_in(self, directory, client):
        come_in(client)
        first = Person.objects.get()
        Person.objects.update(email="nora.keller@company.example")
        directory.claims["sub"] = "18"
        come_in(client)
        second = Person.objects.get(email=ADDRESS)
        assert whoever_is_signed_in(client) == second != first
        assert not EmailAddress.objects.exists()


class TestClaims:
    def test_two_answers_about_two_people_open_nothing(self, directory, client):
        directory.broken["/userinfo"] = (200, {"sub": "99", "email": ADDRESS})
        assert (come_in(client).status_code, Person.objects.count()) == (502, 0)

    def test_a_verified_address_verifies_no_other(self, directory, client):
        people.create(ADDRESS, role="admin", now=NOW)
        directory.in_token = {"email": "mallory@company.example", "email_verified": True}
        assert (come_in(client).status_code, whoever_is_signed_in(client)) == (403, None)

    @pytest.mark.parametrize(
        ("claim", "value", "words"),
        [
            ("sub", "x" * 192, "does not answer as it should"),
            ("email", 17, "does not answer as it should"),
            ("email", [ADDRESS], "did not say which e-mail address"),
            ("name", ["Nora"], "does not answer as it should"),
        ],
    )
    def test_a_claim_of_another_shape_is_named(self, directory, client, claim, value, words):
        directory.claims[claim] = value
        assert words in text_of(come_in(client))
        assert not Person.objects.exists()

    @pytest.mark.parametrize(
        ("claim", "value", "kept"),
        [
            ("groups", ["sales", 17, "a\x00b", "\ud800"], ["", "ab", "sales"]),
            ("groups", float("inf"), []),
            ("email_verified", "true", True),
            ("email_verified", float("inf"), False),
            ("email_verified", {"a": 1}, False),
        ],
    )
    def test_only_what_a_database_can_hold_is_kept(self, directory, client, claim, value, kept):
        directory.claims[claim] = value
        for _visit in range(2):
            come_in(client)
            assert SocialAccount.objects.get().extra_data[claim] == kept

    @pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/token", "/userinfo"])
    @pytest.mark.parametrize("said", ["[]", "null", "17", '"text"', '["sub", "email"]'])
    def test_json_of_another_shape_is_named(self, directory, client, path, said):
        directory.broken[path] = (200, said)
        answer = come_in(client) if path != "/.well-known/openid-configuration" else client.get(LOGIN)
        assert answer.status_code in {401, 502}
        assert "directory" in text_of(answer)
        assert not Person.objects.exists()


class TestLeaving:
    def test_who_leaves_while_they_come_in_leaves_nothing(self, directory, client, monkeypatch):
        come_in(client)
        left = Person.objects.get()
        save = SocialAccount.save

        def save_after_leaving(account, *facts, **named):
            monkeypatch.setattr(SocialAccount, "save", save)
            rights.leave(left, records=Records.KEEP, now=NOW)
            return save(account, *facts, **named)

        monkeypatch.setattr(SocialAccount, "save", save_after_leaving)
        browser = Client()
        assert (come_in(browser).status_code, whoever_is_signed_in(browser)) == (409, None)
        assert not SocialAccount.objects.exists()
        come_in(browser)
        assert whoever_is_signed_in(browser) not in {None, left}


class TestLinks:
    def test_a_link_does_not_change_what_the_directory_is_asked(self, directory, client):
        for_another = "redirect_uri%3Dhttps://evil.example/%26client_id%3Devil%26state%3Dx"
        asked = client.get(f"{LOGIN}?auth_params={for_another}&scope=offline_access")["Location"]
        query = parse_qs(urlsplit(asked).query)
        assert query["client_id"] == ["flock"]
        assert query["redirect_uri"] == [f"http://testserver{LOGIN}callback/"]
        assert query["state"] != ["x"]
        assert sorted(query["scope"][0].split()) == ["email", "openid", "profile"]

    @pytest.mark.parametrize(
        "elsewhere",
        [
            "//evil.example",
            "///evil.example",
            "https:evil.example",
            "/%5Cevil.example",
            "%09//evil.example",
            "javascript:alert(1)",
            "https://testserver@evil.example",
        ],
    )
    def test_nobody_is_sent_elsewhere(self, directory, client, elsewhere):
        assert come_in(client, f"{LOGIN}?next={elsewhere}")["Location"] == "/"

    def test_who_has_no_password_is_given_none(self, directory, client):
        come_in(client)
        answer = client.get("/accounts/password/change/", follow=True)
        assert answer.redirect_chain == [("/accounts/password/set/", 302), ("/", 302)]
