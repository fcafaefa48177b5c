"""The WSGI application that the web server loads."""

import os

from django.core.wsgi import get_wsgi_application

from config.chunked import gather_body

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = gather_body(get_wsgi_application())
