"""Cursor pagination: the newest first, and no row twice however many come in meanwhile."""

import base64
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError as NoSuchValue
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.utils.urls import replace_query_param

from crowd.serializers.strict import StrictSerializer, TextField

PAGE_SIZE, MAX_PAGE_SIZE = 20, 100


class PageQuery(StrictSerializer):
    """Which page of a list."""

    cursor = TextField(required=False, help_text="From `next` or `previous` of another page.")
    page_size = serializers.IntegerField(
        required=False, min_value=1, max_value=MAX_PAGE_SIZE, default=PAGE_SIZE
    )


class Mark(NamedTuple):
    """A place in a list: the page behind it, or the one before it."""

    is_behind: bool
    created_at: datetime
    name: str

    def encoded(self) -> str:
        text = f"{int(self.is_behind)} {self.created_at.isoformat()} {self.name}"
        return base64.urlsafe_b64encode(text.encode()).decode()

    @classmethod
    def decoded(cls, cursor: str) -> "Mark":
        """Raises ValueError or OverflowError for what `encoded` did not make."""
        is_behind, moment, name = base64.urlsafe_b64decode(cursor).decode().split(" ")
        if not name.isprintable():
            raise ValueError(name)
        return cls(bool(int(is_behind)), datetime.fromisoformat(moment).astimezone(UTC), name)


class NewestFirst(CursorPagination):
    """Pages by creation, then by the rows' public name.

    DRF's own cursor holds the first ordering column alone and counts rows from there: the thousands of rows that an
    import makes in one moment would send it in circles.
    """

    # A unique column that may be seen: the cursor holds it.
    name = "public_id"

    def paginate_queryset(self, queryset: QuerySet[Any], request: Request, view: object = None) -> list[Any]:
        asked = PageQuery(data=request.query_params.dict())
        asked.is_valid(raise_exception=True)
        self.url, size = request.build_absolute_uri(), asked.validated_data["page_size"]
        mark = self._mark(asked.validated_data.get("cursor"), queryset)
        backwards = mark is not None and not mark.is_behind
        # Keys first: thousands of rows are sorted without their texts. One may be gone when the texts are read.
        keys = list(self._from(queryset, mark).values_list("pk", flat=True)[: size + 1])
        has_more, found = len(keys) > size, queryset.in_bulk(keys[:size])
        rows = [found[key] for key in keys[:size] if key in found]
        self.page = rows[::-1] if backwards else rows
        self.has_next = bool(rows) and (has_more or backwards)
        self.has_previous = bool(rows) and (has_more if backwards else mark is not None)
        return self.page

    def get_next_link(self) -> str | None:
        return self._link(self.page[-1], is_behind=True) if self.has_next else None

    def get_previous_link(self) -> str | None:
        return self._link(self.page[0], is_behind=False) if self.has_previous else None

    def _link(self, row: Any, *, is_behind: bool) -> str:
        mark = Mark(is_behind, row.created_at, str(getattr(row, self.name)))
        return str(replace_query_param(self.url, "cursor", mark.encoded()))

    def _mark(self, cursor: str | None, rows: QuerySet[Any]) -> Mark | None:
        if cursor is None:
            return None
        try:
            mark = Mark.decoded(cursor)
            rows.model._meta.get_field(self.name).to_python(mark.name)  # noqa: SLF001 -- Django's public way to a field
        except (ValueError, OverflowError, NoSuchValue):
            raise ValidationError({"cursor": [_("This cursor is not from a page of this list.")]}) from None
        return mark

    def _from(self, rows: QuerySet[Any], mark: Mark | None) -> QuerySet[Any]:
        """The rows behind the mark, the newest first; or those before it, the nearest first."""
        if mark is None:
            return rows.order_by("-created_at", f"-{self.name}")
        side, sign = ("lt", "-") if mark.is_behind else ("gt", "")
        beyond = Q(**{f"created_at__{side}": mark.created_at})
        same = Q(created_at=mark.created_at, **{f"{self.name}__{side}": mark.name})
        return rows.filter(beyond | same).order_by(f"{sign}created_at", f"{sign}{self.name}")
