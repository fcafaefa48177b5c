"""The composition root: settings, URLs, Celery and the processes of `up`. Imports everything; imported by nobody."""

from config.celery import app as celery_app
from config.sqlite import use_unaffected_library

__all__ = ["celery_app"]

# Before Django's database backend is loaded, which binds to whatever `sqlite3` is then.
use_unaffected_library()
