"""Django's admin site: people, contests and categories. What has a history of its own can be read there, not changed."""

from datetime import datetime
from typing import Any, ClassVar
from zoneinfo import available_timezones

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.core.exceptions import ValidationError
from django.forms.utils import from_current_timezone, to_current_timezone
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from crowd.models import (
    Category,
    Contest,
    ContestCategory,
    Event,
    GrantWording,
    Job,
    Person,
    Submission,
    Version,
)
from crowd.models.contest import ContestQuerySet
from crowd.services import administration, grants
from crowd.services.errors import Conflict

admin.site.site_header = admin.site.site_title = _("Flock administration")


class ReadOnly(admin.ModelAdmin):
    """Rows that only services write."""

    def has_add_permission(self, request: HttpRequest, *_args: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class Noted(admin.ModelAdmin):
    """Rows whose every change is kept in the history."""

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        administration.save(
            obj, changed=form.changed_data, seen=form.initial, admin=request.user, now=timezone.now()
        )

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return super().changeform_view(request, *args, **kwargs)
        except Conflict as conflict:
            messages.error(request, str(conflict))
            return redirect(request.path)


class NewPersonForm(AdminUserCreationForm):
    class Meta:
        model = Person
        fields = ("email", "name", "role")
        field_classes: ClassVar[dict[str, Any]] = {}


class PersonForm(UserChangeForm):
    class Meta:
        model = Person
        fields = ("email", "name", "password", "role", "is_active")
        field_classes: ClassVar[dict[str, Any]] = {}


@admin.register(Person)
class PersonAdmin(Noted, UserAdmin):
    """Somebody who has left becomes inactive; what they wrote stays theirs, so nobody is deleted."""

    form = PersonForm
    add_form = NewPersonForm
    list_display = ("email", "name", "role", "is_active", "joined_at")
    list_filter = ("role", "is_active")
    search_fields = ("email", "name")
    ordering = ("email",)
    filter_horizontal = ()
    readonly_fields = ("last_login", "joined_at")
    fieldsets = (
        (None, {"fields": ("email", "name", "password")}),
        (_("May"), {"fields": ("role", "is_active")}),
        (_("Dates"), {"fields": ("joined_at", "last_login")}),
    )
    add_fieldsets = (
        (None, {"fields": ("email", "name", "role", "usable_password", "password1", "password2")}),
    )

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Who has left stays erased."""
        return super().has_change_permission(request, obj) and (obj is None or obj.left_at is None)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class CategoryInline(admin.TabularInline):
    model = ContestCategory
    verbose_name_plural = _("categories")
    extra = 0
    can_delete = False


class ContestForm(forms.ModelForm):
    """A contest, whose beginning and end are shown and typed by the clock of its own time zone."""

    MOMENTS = ("starts_at", "ends_at")

    class Meta:
        model = Contest
        fields = ("name", "description", "rules", "state", "time_zone", "starts_at", "ends_at")
        help_texts: ClassVar = dict.fromkeys(("starts_at", "ends_at"), _("In the contest's time zone."))

    def get_initial_for_field(self, field: forms.Field, field_name: str) -> Any:
        value = super().get_initial_for_field(field, field_name)
        if field_name in self.MOMENTS and value:
            return value.astimezone(self.instance.zone).replace(tzinfo=None)
        return value

    @cached_property
    def changed_data(self) -> list[str]:
        """The same hour in another zone is another moment."""
        changed = super().changed_data
        if "time_zone" not in changed:
            return changed
        return [*changed, *(name for name in self.MOMENTS if name not in changed and self.initial.get(name))]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for name in self.MOMENTS:
            if cleaned.get(name) and "time_zone" in cleaned:
                self._read_by_its_clock(cleaned, name)
        starts_at, ends_at = (cleaned.get(name) for name in self.MOMENTS)
        if starts_at and ends_at and ends_at <= starts_at:
            self.add_error("ends_at", _("The contest would end before it begins."))
        if cleaned.get("state") == Contest.State.RUNNING and self._others().open().exists():
            self.add_error("state", _("Another contest is running; freeze that one first."))
        return cleaned

    def _others(self) -> ContestQuerySet:
        return Contest.objects.exclude(pk=self.instance.pk)

    def _read_by_its_clock(self, cleaned: dict[str, Any], name: str) -> None:
        """Take the hour that was typed as one of the contest's zone, unless that skips it or has it twice.

        One that nobody changed stays the moment that it was: the contest can be frozen in an hour that comes twice.
        """
        if self.instance.pk and name not in self.changed_data:
            cleaned[name] = getattr(self.instance, name)
            return
        typed = to_current_timezone(cleaned[name])
        with timezone.override(cleaned["time_zone"]):
            try:
                cleaned[name] = from_current_timezone(typed)
            except ValidationError as problem:
                self.add_error(name, problem)

    def clean_time_zone(self) -> str:
        """Every page of the contest reads its days in this zone."""
        zone = self.cleaned_data["time_zone"]
        if zone not in available_timezones():
            raise ValidationError(_("There is no such time zone; it should look like Europe/Berlin."))
        return zone


@admin.register(Contest)
class ContestAdmin(Noted):
    form = ContestForm
    list_display = ("name", "state", "begins", "ends")
    inlines = (CategoryInline,)

    @admin.display(description=_("starts at"), ordering="starts_at")
    def begins(self, contest: Contest) -> str:
        return _by_its_clock(contest, contest.starts_at)

    @admin.display(description=_("ends at"), ordering="ends_at")
    def ends(self, contest: Contest) -> str:
        return _by_its_clock(contest, contest.ends_at)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        super().save_formset(request, form, formset, change)
        changes = {
            row.instance.category.key: {
                name: row.cleaned_data[name] for name in row.changed_data if name != "category"
            }
            for row in formset.forms
            if row.has_changed()
        }
        if changes:
            administration.note_categories(
                form.instance, changes=changes, admin=request.user, now=timezone.now()
            )

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def _by_its_clock(contest: Contest, moment: datetime | None) -> str:
    return date_format(moment.astimezone(contest.zone), "j M Y, H:i T") if moment else "–"


class CategoryForm(forms.ModelForm):
    def clean_key(self) -> str:
        """A key names a folder of an export, too, and many a disk knows no small and capital letters apart."""
        key = self.cleaned_data["key"]
        if Category.objects.filter(key__iexact=key).exclude(pk=self.instance.pk).exists():
            raise ValidationError(
                _("There is a category with this key already, in capital or small letters.")
            )
        return key


@admin.register(Category)
class CategoryAdmin(Noted):
    """A category's key is a value in released data: once there, it stays."""

    form = CategoryForm
    list_display = ("name", "key", "context_rule", "position")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("key",) if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(GrantWording)
class GrantWordingAdmin(ReadOnly):
    """A new wording can be added, and everybody is asked again; an old one never changes."""

    list_display = ("number", "licence", "created_at")
    fields = ("text", "licence")

    def has_add_permission(self, request: HttpRequest, *_args: Any) -> bool:
        return super(ReadOnly, self).has_add_permission(request)

    def save_model(self, request: HttpRequest, obj: GrantWording, form: Any, change: bool) -> None:
        saved = grants.add_wording(obj.text, licence=obj.licence)
        obj.pk = saved.pk


class VersionInline(admin.TabularInline):
    model = Version
    # Not the texts: an admin reads those where `permissions` says so.
    fields = ("number", "category", "origin", "licence", "sha256", "checked_at")
    readonly_fields = fields
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, *_args: Any) -> bool:
        return False


@admin.register(Submission)
class SubmissionAdmin(ReadOnly):
    list_display = ("public_id", "state", "author", "source", "created_at")
    list_filter = ("state", "source")
    search_fields = ("public_id", "author__email")
    list_select_related = ("author", "source")
    inlines = (VersionInline,)


@admin.register(Event)
class EventAdmin(ReadOnly):
    list_display = ("seq", "at", "action", "subject_kind", "subject_id", "actor", "from_state", "to_state")
    list_filter = ("action", "actor_kind")
    search_fields = ("subject_id",)
    list_select_related = ("actor",)


@admin.register(Job)
class JobAdmin(ReadOnly):
    list_display = ("kind", "key", "state", "attempt", "run_at", "finished_at")
    list_filter = ("state", "kind", "queue")
