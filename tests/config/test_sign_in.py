from importlib import import_module

import pytest
from django.apps import apps

from config import sign_in
from crowd.models import Person
from crowd.services import people
from tests.support.factories import NOW, PASSWORD


class TestSignUp:
    def test_nobody_makes_an_account_alone(self, client, db):
        page = client.post(
            "/accounts/signup/", {"email": "eve@example.org", "password1": "x", "password2": "x"}
        )
        assert page.status_code == 200
        assert b"closed" in page.content.lower()

    @pytest.mark.parametrize("path", ["password/reset/", "email/", "confirm-email/"])
    def test_there_is_no_door_that_mails_a_link_or_changes_an_address(self, client, alice, path):
        client.force_login(alice)
        assert client.get(f"/accounts/{path}").status_code == 404

    @pytest.mark.parametrize("path", ["login/", "logout/", "password/change/", "inactive/"])
    def test_the_other_doors_open(self, client, alice, path):
        client.force_login(alice)
        assert client.get(f"/accounts/{path}", follow=True).status_code == 200


class TestAnAddress:
    @pytest.mark.parametrize("made", ["nora@flock.example", "Nora@Flock.Example"])
    @pytest.mark.parametrize("typed", ["nora@flock.example", "NORA@flock.EXAMPLE"])
    def test_lets_its_person_in_in_any_case(self, client, db, made, typed):
        people.create(made, role="contributor", password="kingfisher-27", now=NOW)
        client.post("/accounts/login/", {"login": typed, "password": "kingfisher-27"})
        assert client.session["_auth_user_id"] == str(Person.objects.get().pk)

    def test_that_was_entered_before_lets_its_person_in_too(self, client, alice):
        Person.objects.update(email="Alice@Flock.Example")
        import_module("crowd.migrations.0010_small_letters").lower(apps, None)
        client.post("/accounts/login/", {"login": "Alice@Flock.Example", "password": PASSWORD})
        assert client.session["_auth_user_id"] == str(alice.pk)

    def test_is_kept_in_small_letters_by_the_admin_site_too(self, client, ada):
        new = {"email": "Nora@Flock.Example", "role": "reviewer", "usable_password": "false"}
        client.force_login(ada)
        client.post("/admin/crowd/person/add/", new)
        assert Person.objects.exclude(pk=ada.pk).get().email == "nora@flock.example"


class TestPasswords:
    def test_a_new_one_is_all_that_is_stored(self, alice):
        before = Person.objects.get(pk=alice.pk)
        Person.objects.filter(pk=alice.pk).update(name="Changed meanwhile")
        sign_in.AccountAdapter().set_password(before, "kingfisher-27")
        alice.refresh_from_db()
        assert (alice.name, alice.check_password("kingfisher-27")) == ("Changed meanwhile", True)
