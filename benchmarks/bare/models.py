"""What the bare view stores: the same texts in one table, and nothing more."""

from django.conf import settings
from django.db import models


class BarePair(models.Model):
    """A pair without versions, states, history or jobs. `migrate --run-syncdb` makes its table."""

    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    category = models.CharField(max_length=60)
    instruction = models.TextField()
    context = models.TextField(blank=True)
    response = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.instruction
