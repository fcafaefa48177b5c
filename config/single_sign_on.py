"""How people come in through the company's directory, by OpenID Connect: it says who they are and which role they have."""

import logging
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from allauth.account.models import EmailAddress
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount, SocialLogin
from allauth.socialaccount.providers.base import AuthProcess
from allauth.socialaccount.providers.openid_connect import views
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from requests import RequestException

from crowd.domain.text import MALFORMED, visible
from crowd.models import Person
from crowd.services import people

logger = logging.getLogger(__name__)

MAX_NAME_CHARS = 120
# What is raised where the directory is away, or says what cannot be used: JSON of another shape, a `sub` that is too long.
NO_USABLE_ANSWER = (
    RequestException,
    LookupError,
    TypeError,
    AttributeError,
    ValueError,
    ImproperlyConfigured,
)


class Adapter(DefaultSocialAccountAdapter):
    """The directory decides who comes in and, at every sign-in, which role they have."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return True

    def populate_user(self, request: HttpRequest, sociallogin: SocialLogin, data: dict[str, Any]) -> Any:
        """Fill in who it is, and keep no more of what the directory said than is needed here."""
        claims = claims_of(sociallogin.account.extra_data)
        # allauth looks for the address in one of the directory's two answers alone.
        person = super().populate_user(request, sociallogin, data | {"email": claims["email"]})
        person.name = visible(MALFORMED.sub("", str(claims.get("name") or "")))[:MAX_NAME_CHARS]
        if not str(claims["email"]).isascii():
            # No address has such letters (RFC 5322), and some become others in small or capital ones: K (U+212A) is k.
            person.email = ""
        is_verified = _is_true(claims["email_verified"])
        sociallogin.email_addresses = [EmailAddress(email=person.email, verified=is_verified, primary=True)]
        kept = {"sub": str(claims.get("sub") or ""), "email": person.email, "name": person.name}
        if claims["email_verified"] is not None:
            kept["email_verified"] = is_verified
        if "groups" in claims:
            kept["groups"] = sorted(MALFORMED.sub("", group) for group in groups_of(claims))
        sociallogin.account.extra_data = kept
        return person

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Find who it is and set their role anew, so that it goes when the group goes."""
        # Whoever is signed in here already is no reason to tie the directory's person to them.
        sociallogin.state["process"] = AuthProcess.LOGIN
        claims = sociallogin.account.extra_data
        if sociallogin.is_existing:
            _forget_who_left(request, sociallogin)
        else:
            _meet(request, sociallogin, claims)
        role = role_for(groups_of(claims))
        if role is None:
            return
        if sociallogin.is_existing:
            people.set_role(sociallogin.user, role, now=timezone.now())
        else:
            sociallogin.user.role = role

    def save_user(self, request: HttpRequest, sociallogin: SocialLogin, form: Any = None) -> Any:
        """Store a new person, whole or not at all."""
        with _alone(request):
            person = super().save_user(request, sociallogin, form)
            # A second copy would keep others from the address once an admin has given the person another.
            EmailAddress.objects.filter(user=person).delete()
            people.tell_of_new(person, now=timezone.now())
        return person


def _is_true(claim: object) -> bool:
    """Some directories spell it as a text."""
    return claim is True or claim == "true"


def _forget_who_left(request: HttpRequest, sociallogin: SocialLogin) -> None:
    """Refuse who left in the moment in which they came in: allauth stores again what leaving has just deleted."""
    if SocialAccount.objects.filter(pk=sociallogin.account.pk, user__left_at__isnull=False).delete()[0]:
        raise _refusal(request, _("Please try once more."), status=409)


def _meet(request: HttpRequest, sociallogin: SocialLogin, claims: dict[str, Any]) -> None:
    """Take the directory's word for somebody who comes for the first time, or refuse it.

    An account that was made for their address before is theirs where the directory has verified the address; who gets
    the address of somebody who comes in by the directory already, or only claims it, does not get their account.
    """
    if not claims.get("sub"):
        raise _refusal(request, _("The directory did not say who you are."))
    if not sociallogin.user.email:
        raise _refusal(request, _("The directory did not say which e-mail address you have."))
    person = Person.objects.filter(email__iexact=sociallogin.user.email).first()
    if person is None:
        return
    is_theirs = any(address.verified for address in sociallogin.email_addresses)
    if not is_theirs or SocialAccount.objects.filter(user=person).exists():
        raise _refusal(
            request,
            _("There is an account with your e-mail address already, and nothing shows that it is yours."),
        )
    sociallogin.user = sociallogin.account.user = person
    with _alone(request):
        sociallogin.account.save()


@contextmanager
def _alone(request: HttpRequest) -> Iterator[None]:
    """A transaction that is refused where they came in twice at once, or somebody got their address meanwhile."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError:
        raise _refusal(request, _("Please try once more."), status=409) from None


def _refusal(request: HttpRequest, problem: str, *, status: int = 403) -> ImmediateHttpResponse:
    return ImmediateHttpResponse(_failed(request, problem, status=status))


def _failed(request: HttpRequest, problem: str, *, status: int) -> HttpResponse:
    return render(request, "socialaccount/authentication_error.html", {"problem": problem}, status=status)


def role_for(groups: set[str]) -> str | None:
    """The highest role that any of these directory groups gives; None where roles are not the directory's to give."""
    if not settings.OIDC_ADMIN_GROUPS and not settings.OIDC_REVIEWER_GROUPS:
        return None
    if groups & set(settings.OIDC_ADMIN_GROUPS):
        return "admin"
    if groups & set(settings.OIDC_REVIEWER_GROUPS):
        return "reviewer"
    return "contributor"


def claims_of(extra_data: dict[str, Any]) -> dict[str, Any]:
    """All that the directory said of a person, in whichever of its two answers; `email` and `email_verified` in any case.

    Raises ValueError where the two are about two people (OpenID Connect Core 1.0, 5.3.2).
    """
    signed, asked = extra_data.get("id_token", {}), extra_data.get("userinfo", {})
    if "sub" in signed and "sub" in asked and str(signed["sub"]) != str(asked["sub"]):
        raise ValueError("sub")
    # Whether an address is verified is said of the address beside it, not of another one in the other answer.
    of_address = asked if asked.get("email") else signed
    return {**signed, **asked} | {name: of_address.get(name) for name in ("email", "email_verified")}


def groups_of(claims: dict[str, Any]) -> set[str]:
    """The `groups` claim; anything but a list of texts is no group."""
    groups = claims.get("groups")
    return {group for group in groups if isinstance(group, str)} if isinstance(groups, list) else set()


def _or_say_that_it_failed(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Answer for a directory that is away or speaks in riddles."""

    def answer(request: HttpRequest, provider_id: str) -> HttpResponseBase:
        try:
            return view(request, provider_id=provider_id)
        except NO_USABLE_ANSWER as error:
            *_callers, place = traceback.extract_tb(error.__traceback__)
            logger.error(  # noqa: TRY400 -- its words may hold a token
                "the directory does not answer as it should: %s in %s, line %s",
                type(error).__name__,
                place.filename,
                place.lineno,
            )
            return _failed(
                request,
                _("The directory does not answer as it should. Please try again in a while."),
                status=502,
            )

    return answer


def _only_with_next(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Pass on where to go afterwards and nothing else: allauth would let a link change what the directory is asked."""

    def answer(request: HttpRequest, provider_id: str) -> HttpResponseBase:
        wanted = QueryDict(mutable=True)
        if "next" in request.GET:
            wanted["next"] = request.GET["next"]
        request.GET = wanted  # type: ignore[assignment]
        return view(request, provider_id=provider_id)

    return answer


login = _or_say_that_it_failed(_only_with_next(views.login))
callback = _or_say_that_it_failed(views.callback)
