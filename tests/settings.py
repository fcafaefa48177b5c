"""The site's settings with the few overrides that tests need; the deployment comes from the environment."""

from config.settings import *  # noqa: F403
from config.settings import DATA_DIR, DATABASES, STORAGES

# Real hashing takes a tenth of a second per person on purpose.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# No collected files and no manifest: templates name static files that nobody has hashed.
STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
# A file, as the site has it: Django's default for tests is in memory, where other processes cannot look.
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["TEST"] = {"NAME": str(DATA_DIR / "tests.sqlite3")}
# WhiteNoise warns of a folder that collectstatic has not made.
(DATA_DIR / "static").mkdir(exist_ok=True)
