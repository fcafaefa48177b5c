"""The composition root: settings, URLs, Celery and the processes of `up`. Imports everything; imported by nobody."""

from config.sqlite import use_unaffected_library

use_unaffected_library()
