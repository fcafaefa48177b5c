"""How people come in: local accounts without self sign-up, and single sign-on whose groups give the role."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.conf import settings
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):
    """Nobody signs up for a contest alone: an admin or the company's directory makes the account."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def set_password(self, user: Any, password: str) -> None:
        """Store the password alone: a whole row, read before the person left, would bring back who they were."""
        user.set_password(password)
        user.save(update_fields=["password"])


class SingleSignOnAdapter(DefaultSocialAccountAdapter):
    """The directory decides who comes in and, at every sign-in, which role they have."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        return True

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Set the role anew, so that it goes when the group goes."""
        super().pre_social_login(request, sociallogin)
        person = sociallogin.user
        person.role = role_for(groups_of(sociallogin.account.extra_data))
        if person.pk:
            type(person).objects.filter(pk=person.pk).update(role=person.role)

    def populate_user(self, request: HttpRequest, sociallogin: Any, data: dict[str, Any]) -> Any:
        person = super().populate_user(request, sociallogin, data)
        claims = _claims(sociallogin.account.extra_data)
        person.name = str(claims.get("name") or data.get("name") or "")[:120]
        return person


def role_for(groups: set[str]) -> str:
    """The highest role that any of these directory groups gives."""
    if groups & set(settings.OIDC_ADMIN_GROUPS):
        return "admin"
    if groups & set(settings.OIDC_REVIEWER_GROUPS):
        return "reviewer"
    return "contributor"


def groups_of(extra_data: dict[str, Any]) -> set[str]:
    """The `groups` claim, wherever the provider put it; anything but a list of texts is no group."""
    groups = _claims(extra_data).get("groups")
    return {group for group in groups if isinstance(group, str)} if isinstance(groups, list) else set()


def _claims(extra_data: dict[str, Any]) -> dict[str, Any]:
    return {**extra_data, **extra_data.get("id_token", {}), **extra_data.get("userinfo", {})}
