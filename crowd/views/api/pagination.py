"""Cursor pagination: the newest first, and no row twice however many come in meanwhile."""

from rest_framework.pagination import CursorPagination


class NewestFirst(CursorPagination):
    """Pages by creation; `?page_size=` up to 100."""

    ordering = ("-created_at", "-id")
    page_size = 20
    page_size_query_param = "page_size"
    max_page_size = 100
