import json
import re

import pytest
from allauth.socialaccount.models import SocialAccount
from django.db import IntegrityError

from config import environment as env
from config import single_sign_on
from crowd.models import Event, Person
from crowd.services import people, rights
from crowd.services.rights import Records
from tests.support.factories import NOW
from tests.support.pages import text_of
from tests.support.single_sign_on import ADDRESS, LOGIN, come_in, whoever_is_signed_in


def happened():
    return [(event.action, json.loads(event.data)) for event in Event.objects.order_by("seq")]


class TestComingIn:
    def test_the_first_time_makes_an_account(self, directory, client):
        directory.claims |= {"name": "Nora Keller", "email_verified": False}
        answer = come_in(client)
        nora = Person.objects.get()
        assert (answer.status_code, answer["Location"]) == (302, "/")
        assert whoever_is_signed_in(client) == nora
        assert (nora.email, nora.name, nora.role) == (ADDRESS, "Nora Keller", "contributor")
        assert not nora.has_usable_password()
        assert happened() == [("create", {"role": "contributor"})]

    def test_the_next_time_it_is_the_same_person(self, directory, client):
        come_in(client)
        client.logout()
        directory.claims["email"] = "nora.keller@company.example"
        come_in(client)
        assert whoever_is_signed_in(client) == Person.objects.get()

    def test_the_token_alone_may_name_them(self, directory, client):
        """As AD FS has it, whose userinfo holds nothing but `sub`."""
        directory.in_token = {
            "email": ADDRESS,
            "email_verified": True,
            "name": "Nora",
            "groups": ["flock-admins"],
        }
        directory.claims = {"sub": "17"}
        people.create(ADDRESS, role="contributor", now=NOW)
        come_in(client)
        assert whoever_is_signed_in(client) == Person.objects.get()
        assert Person.objects.get().role == "admin"

    def test_they_get_where_they_wanted_to_go(self, directory, client):
        assert come_in(client, f"{LOGIN}?next=/releases/")["Location"] == "/releases/"

    def test_they_do_not_get_to_another_site(self, directory, client):
        assert come_in(client, f"{LOGIN}?next=https://elsewhere.example/")["Location"] == "/"

    def test_the_directory_is_asked_with_a_proof_that_only_this_browser_has(self, directory, client):
        come_in(client)
        asked = directory.asked[0]
        assert asked["code_challenge_method"] == "S256"
        assert sorted(asked["scope"].split()) == ["email", "openid", "profile"]

    def test_a_name_is_cut_and_keeps_nothing_invisible(self, directory, client):
        directory.claims["name"] = "No\x00ra\u202e" + "x" * 500
        come_in(client)
        assert Person.objects.get().name == "Nora" + "x" * 116

    def test_no_more_is_kept_of_what_the_directory_said_than_is_needed(self, directory, client):
        directory.claims |= {"phone_number": "+49 30 901820", "birthdate": "1990-02-03"}
        for _visit in range(2):
            come_in(client)
            assert SocialAccount.objects.get().extra_data == {"sub": "17", "email": ADDRESS, "name": ""}

    def test_who_left_comes_back_as_somebody_new(self, directory, client):
        come_in(client)
        left = Person.objects.get()
        rights.leave(left, records=Records.KEEP, now=NOW)
        come_in(client)
        assert whoever_is_signed_in(client) not in {None, left}

    def test_who_was_switched_off_stays_out(self, directory, client):
        come_in(client)
        client.logout()
        Person.objects.update(is_active=False)
        assert come_in(client)["Location"] == "/accounts/inactive/"
        assert whoever_is_signed_in(client) is None


class TestRoles:
    @pytest.mark.parametrize(
        ("groups", "role"),
        [
            ([], "contributor"),
            (["sales"], "contributor"),
            (["flock-reviewers"], "reviewer"),
            (["flock-reviewers", "flock-admins"], "admin"),
            (None, "contributor"),
            ("flock-admins", "contributor"),
            ({"flock-admins": 1}, "contributor"),
            ([1, None], "contributor"),
        ],
    )
    def test_the_highest_group_wins(self, directory, client, groups, role):
        directory.claims["groups"] = groups
        come_in(client)
        assert Person.objects.get().role == role

    @pytest.mark.parametrize(
        "extra_data",
        [
            {"userinfo": {"groups": ["flock-admins"]}},
            {"id_token": {"groups": ["flock-admins"]}, "userinfo": {}},
        ],
    )
    def test_the_claim_is_found_wherever_the_provider_puts_it(self, extra_data):
        claims = single_sign_on.claims_of(extra_data)
        assert single_sign_on.groups_of(claims) == {"flock-admins"}

    def test_a_role_goes_with_its_group_and_that_is_kept_as_an_event(self, directory, client):
        directory.claims["groups"] = ["flock-admins"]
        come_in(client)
        directory.claims["groups"] = []
        come_in(client)
        come_in(client)
        assert Person.objects.get().role == "contributor"
        assert happened() == [("create", {"role": "admin"}), ("role", {"role": "contributor"})]

    def test_without_groups_in_the_settings_roles_are_the_sites_to_give(self, directory, client, settings):
        settings.OIDC_REVIEWER_GROUPS = settings.OIDC_ADMIN_GROUPS = []
        come_in(client)
        people.set_role(Person.objects.get(), "admin", now=NOW)
        directory.claims["groups"] = ["flock-reviewers"]
        come_in(client)
        assert Person.objects.get().role == "admin"


class TestAnAccountThatIsHereAlready:
    @pytest.fixture
    def nora(self, directory):
        return people.create(ADDRESS.upper(), role="reviewer", now=NOW).person

    @pytest.mark.parametrize("verified", [True, "true"])
    def test_is_theirs_where_the_directory_verified_the_address(
        self, directory, client, nora, verified, settings
    ):
        settings.OIDC_REVIEWER_GROUPS = settings.OIDC_ADMIN_GROUPS = []
        directory.claims["email_verified"] = verified
        come_in(client)
        assert (whoever_is_signed_in(client), Person.objects.get().role) == (nora, "reviewer")
        client.logout()
        # From then on it is who they are that counts, not what they say their address is.
        directory.claims |= {"email": "nora.keller@company.example", "email_verified": False}
        come_in(client)
        assert whoever_is_signed_in(client) == nora

    @pytest.mark.parametrize("verified", [False, "false", None, 1, "yes"])
    def test_is_nobodys_who_only_claims_the_address(self, directory, client, nora, verified):
        directory.claims["email_verified"] = verified
        answer = come_in(client)
        assert (answer.status_code, whoever_is_signed_in(client)) == (403, None)
        assert "nothing shows that it is yours" in text_of(answer)
        assert not SocialAccount.objects.exists()

    def test_is_not_for_who_gets_the_address_of_a_colleague(self, directory, client):
        come_in(client)
        client.logout()
        directory.claims |= {"sub": "18", "email_verified": True}
        assert (come_in(client).status_code, whoever_is_signed_in(client)) == (403, None)

    def test_is_not_tied_to_who_happens_to_be_signed_in(self, directory, client, alice):
        client.force_login(alice)
        come_in(client, f"{LOGIN}?process=connect")
        assert whoever_is_signed_in(client) == Person.objects.get(email=ADDRESS)
        assert not SocialAccount.objects.filter(user=alice).exists()


class TestWhatGoesWrong:
    @pytest.mark.parametrize(
        ("claims", "words"),
        [
            ({"sub": None}, "did not say who you are"),
            ({"email": None}, "did not say which e-mail address"),
            ({"email": "nora"}, "did not say which e-mail address"),
        ],
    )
    def test_who_is_not_named_stays_out(self, directory, client, claims, words):
        directory.claims |= claims
        answer = come_in(client)
        assert (answer.status_code, Person.objects.count()) == (403, 0)
        assert words in text_of(answer)

    def test_who_has_an_empty_name_stays_out(self, directory, client):
        directory.claims["sub"] = ""
        assert (come_in(client).status_code, Person.objects.count()) == (502, 0)

    def test_who_turned_back_can_try_again(self, directory, client):
        directory.refusal = "access_denied"
        answer = client.get(come_in(client)["Location"])
        assert answer.status_code == 200
        assert "You turned back" in text_of(answer)

    @pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/token", "/userinfo"])
    @pytest.mark.parametrize("said", [(500, {}), (200, "not JSON"), (200, {}), (404, "<html>")])
    def test_a_directory_in_trouble_is_named(self, directory, client, path, said):
        directory.broken[path] = said
        answer = come_in(client) if path != "/.well-known/openid-configuration" else client.get(LOGIN)
        assert answer.status_code in {401, 403, 502}
        assert "directory" in text_of(answer)
        assert whoever_is_signed_in(client) is None

    def test_its_trouble_is_logged_with_its_place_and_without_its_words(self, directory, client, caplog):
        directory.broken["/userinfo"] = (200, ["of good news"])
        come_in(client)
        [told] = [line.getMessage() for line in caplog.records if line.name == "config.single_sign_on"]
        assert re.search(r"should: TypeError in /.*/openid_connect/provider\.py, line \d+$", told)

    def test_a_token_for_another_site_opens_nothing(self, directory, client):
        directory.audience = "another"
        assert (come_in(client).status_code, whoever_is_signed_in(client)) == (401, None)

    def test_an_answer_that_this_browser_did_not_ask_for_opens_nothing(self, directory, client):
        answer = client.get(f"{LOGIN}callback/?code=a%20code,%20once&state=made-up")
        assert (answer.status_code, whoever_is_signed_in(client)) == (401, None)

    def test_two_first_visits_at_once_are_told_apart(self, directory, client, monkeypatch):
        def too_late(*_facts, **_named):
            raise IntegrityError

        monkeypatch.setattr(people, "tell_of_new", too_late)
        answer = come_in(client)
        assert (answer.status_code, Person.objects.count()) == (409, 0)
        assert "Please try once more." in text_of(answer)

    def test_another_directory_is_none(self, directory, client):
        assert client.get("/accounts/oidc/other/login/").status_code == 404


class TestSignInPage:
    def test_offers_the_directory_first(self, directory, client):
        page = text_of(client.get("/accounts/login/?next=/releases/"))
        assert page.index("Sign in with Acme") < page.index("Or with a password of this site")

    def test_says_nothing_of_a_directory_that_is_not_there(self, client, db):
        assert "Or with a password" not in text_of(client.get("/accounts/login/"))


class TestSettings:
    GOOD = {"URL": "https://login.example.com", "CLIENT_ID": "flock", "SECRET": "s"}

    def test_none_is_no_directory(self, environment):
        assert environment() == {}

    def test_scopes_are_the_ones_that_are_named(self, environment):
        found = environment(**self.GOOD, SCOPES="openid, email,groups")
        assert found["openid_connect"]["APPS"][0]["settings"]["scope"] == ["openid", "email", "groups"]

    @pytest.mark.parametrize(
        ("variables", "problem"),
        [
            ({"SECRET": "s"}, "FLOCK_OIDC_URL is not set, though"),
            ({"URL": "https://login.example.com", "SECRET": "s"}, "FLOCK_OIDC_CLIENT_ID is not set"),
            ({"URL": "https://login.example.com", "CLIENT_ID": "flock"}, "FLOCK_OIDC_SECRET is not set"),
            ({**GOOD, "URL": "http://login.example.com"}, "would send the secret unencrypted"),
            ({**GOOD, "URL": "login.example.com"}, "is no address that can be used"),
        ],
    )
    def test_half_a_directory_stops_the_start(self, environment, variables, problem):
        with pytest.raises(env.BadSetting, match=problem):
            environment(**variables)
