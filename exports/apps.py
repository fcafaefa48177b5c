"""The exports app: approved submissions become a release, a release becomes a model."""

from django.apps import AppConfig


class ExportsConfig(AppConfig):
    """Registers who does the jobs of this app."""

    name = "exports"
    verbose_name = "Exports"
