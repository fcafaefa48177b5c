"""Source: a dataset that was imported, with the licence and origin its importer stated."""

from django.db import models


class Source(models.Model):
    """An imported dataset. Its records belong to it, not to an author or a contest."""

    name = models.SlugField(max_length=80, unique=True)
    licence = models.CharField(max_length=40)
    origin = models.CharField(max_length=20)
    attribution = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name
