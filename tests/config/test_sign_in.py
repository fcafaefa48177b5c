import pytest

from config import sign_in
from crowd.models import Person


@pytest.fixture(autouse=True)
def directory(settings):
    settings.OIDC_REVIEWER_GROUPS = ["flock-reviewers"]
    settings.OIDC_ADMIN_GROUPS = ["flock-admins"]


class TestRoles:
    @pytest.mark.parametrize(
        ("groups", "role"),
        [
            (set(), "contributor"),
            ({"sales"}, "contributor"),
            ({"flock-reviewers"}, "reviewer"),
            ({"flock-reviewers", "flock-admins"}, "admin"),
        ],
    )
    def test_the_highest_group_wins(self, groups, role):
        assert sign_in.role_for(groups) == role

    @pytest.mark.parametrize(
        "extra_data",
        [
            {"groups": ["flock-admins"]},
            {"userinfo": {"groups": ["flock-admins"]}},
            {"id_token": {"groups": ["flock-admins"]}, "userinfo": {}},
        ],
    )
    def test_the_claim_is_found_wherever_the_provider_puts_it(self, extra_data):
        assert sign_in.groups_of(extra_data) == {"flock-admins"}

    @pytest.mark.parametrize("groups", [None, "flock-admins", {"flock-admins": 1}, [1, None]])
    def test_anything_but_a_list_of_texts_is_no_group(self, groups):
        assert sign_in.groups_of({"groups": groups}) == set()


class TestSignUp:
    def test_nobody_makes_an_account_alone(self, client, db):
        page = client.post(
            "/accounts/signup/", {"email": "eve@example.org", "password1": "x", "password2": "x"}
        )
        assert page.status_code == 200
        assert b"closed" in page.content.lower()

    @pytest.mark.parametrize("path", ["password/reset/", "email/", "password/set/", "confirm-email/"])
    def test_there_is_no_door_that_mails_a_link_or_changes_an_address(self, client, alice, path):
        client.force_login(alice)
        assert client.get(f"/accounts/{path}").status_code == 404

    @pytest.mark.parametrize("path", ["login/", "logout/", "password/change/", "inactive/"])
    def test_the_other_doors_open(self, client, alice, path):
        client.force_login(alice)
        assert client.get(f"/accounts/{path}", follow=True).status_code == 200


class TestPasswords:
    def test_a_new_one_is_all_that_is_stored(self, alice):
        before = Person.objects.get(pk=alice.pk)
        Person.objects.filter(pk=alice.pk).update(name="Changed meanwhile")
        sign_in.AccountAdapter().set_password(before, "kingfisher-27")
        alice.refresh_from_db()
        assert (alice.name, alice.check_password("kingfisher-27")) == ("Changed meanwhile", True)
