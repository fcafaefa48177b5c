"""Person: the custom user model. The e-mail address is the login, kept in small letters and unique without regard to case."""

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from crowd.domain.rights import ERASED_DOMAIN


class Role(models.TextChoices):
    """Roles nest: an admin may all that a reviewer may, a reviewer all that a contributor may."""

    CONTRIBUTOR = "contributor", _("Contributor")
    REVIEWER = "reviewer", _("Reviewer")
    ADMIN = "admin", _("Admin")


class PersonManager(BaseUserManager["Person"]):
    """Looks people up by e-mail, without regard to case."""

    def get_by_natural_key(self, username: str | None) -> "Person":
        return self.get(email__iexact=username)

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "Person":
        """Store a new person; without a password they can only come in by single sign-on."""
        person = self.model(email=self.model.normalize_username(email), **fields)
        person.set_password(password)
        person.save(using=self._db)
        return person

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "Person":
        """Django's own command asks for this; a superuser is simply an admin here."""
        return self.create_user(email, password, **{**fields, "role": Role.ADMIN})


class Person(AbstractBaseUser):
    """Somebody who writes, reviews or administers."""

    email = models.EmailField(_("e-mail"), max_length=254)
    name = models.CharField(_("name"), max_length=120, blank=True)
    role = models.CharField(_("role"), max_length=20, choices=Role.choices, default=Role.CONTRIBUTOR)
    is_active = models.BooleanField(_("active"), default=True)
    joined_at = models.DateTimeField(auto_now_add=True)
    # Set when they left: who they were is erased, and the row stays as the author of what they wrote.
    left_at = models.DateTimeField(null=True, editable=False)

    objects = PersonManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints: ClassVar = [
            models.UniqueConstraint(Lower("email"), name="person_email_unique_any_case"),
            models.CheckConstraint(
                condition=Q(left_at=None) | Q(is_active=False, name="", email__endswith=ERASED_DOMAIN),
                name="who_left_stays_erased",
            ),
        ]

    def __str__(self) -> str:
        return self._shown(self.email)

    @classmethod
    def normalize_username(cls, username: str) -> str:
        """An e-mail address in small letters, in which sign-in looks for it. Django asks this of every form."""
        return super().normalize_username(username).strip().lower()

    def get_short_name(self) -> str:
        return self._shown(self.email.partition("@")[0])

    def _shown(self, otherwise: str) -> str:
        return gettext("Somebody who has left") if self.left_at else self.name or otherwise

    @property
    def is_reviewer(self) -> bool:
        """Whether they may review: reviewers and admins."""
        return self.role in {Role.REVIEWER, Role.ADMIN}

    @property
    def is_admin(self) -> bool:
        """Whether they run the contest."""
        return self.role == Role.ADMIN

    # The three questions that Django's admin site asks of a user.
    @property
    def is_staff(self) -> bool:
        return self.is_admin

    def has_perm(self, perm: str, obj: object = None) -> bool:
        return self.is_active and self.is_admin

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_active and self.is_admin
