"""Flock's one settings file. Every knob comes from the environment through the typed readers in `environment`."""

import re
import sys
from pathlib import Path
from urllib.parse import quote

from config import environment as env
from config.data_folder import prepare_data_folder, site_secret
from config.valkey import socket_url

BASE_DIR = Path(__file__).resolve().parent.parent
VERSION = re.search(
    r"^## (\d+\.\d+\.\d+)", (BASE_DIR / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE
)[1]  # type: ignore[index]

env.refuse_unknown(
    {
        "FLOCK_MODE",
        "FLOCK_DATA_DIR",
        "FLOCK_SECRET_KEY",
        "FLOCK_ALLOWED_HOSTS",
        "FLOCK_HTTPS",
        "FLOCK_TRUST_PROXY",
        "FLOCK_WIKI_URL",
        "FLOCK_CONTACT",
        "FLOCK_LICENCE_HOLDER",
        "FLOCK_OIDC_URL",
        "FLOCK_OIDC_NAME",
        "FLOCK_OIDC_CLIENT_ID",
        "FLOCK_OIDC_SECRET",
        "FLOCK_OIDC_SCOPES",
        "FLOCK_OIDC_REVIEWER_GROUPS",
        "FLOCK_OIDC_ADMIN_GROUPS",
    }
)

MODE = env.choice("FLOCK_MODE", ("embedded", "production"), "embedded")
PRODUCTION = MODE == "production"
DATA_DIR = prepare_data_folder(Path(env.text("FLOCK_DATA_DIR", "var") or "var").resolve())

DEBUG = False
SECRET_KEY = site_secret(env.text("FLOCK_SECRET_KEY"), DATA_DIR, required=PRODUCTION)
ALLOWED_HOSTS = env.hosts("FLOCK_ALLOWED_HOSTS", "" if PRODUCTION else "*")
HTTPS = env.boolean("FLOCK_HTTPS", default=PRODUCTION)

# --- the house

INSTALLED_APPS = [
    "config",  # for its commands: up, work
    "crowd",
    "exports",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "csp",
    "django_htmx",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "knox",
    "rest_framework",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "config.middleware.limit_body",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "crowd.views.context.site",
            ]
        },
    }
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- database, broker, cache

# Production never falls back to an empty SQLite or a broker that nobody started.
_OWN_DATABASE = "postgresql:///flock" if PRODUCTION else f"sqlite:///{quote(str(DATA_DIR / 'flock.sqlite3'))}"
_OWN_BROKER = "redis://127.0.0.1:6379/0" if PRODUCTION else socket_url(DATA_DIR)
DATABASES = {"default": env.database("DATABASE_URL", _OWN_DATABASE)}

REDIS_URL = env.redis("REDIS_URL", _OWN_BROKER)
CELERY_BROKER_URL = re.sub(r"^unix://", "redis+socket://", REDIS_URL)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_ACKS_ON_FAILURE_OR_TIMEOUT = True
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# A job that the broker forgot goes on: its lease and fence decide, and a second message for it finds nothing to do.
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
# The bell may fail, the request must not: one quick try, and the sweeper rings again.
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BROKER_TRANSPORT_OPTIONS = {
    # Redelivery is not what saves a lost task here (our leases do), so this only has to exceed the longest one.
    "visibility_timeout": 12 * 3600,
    # kombu's defaults look for lost messages only every 100 seconds (10 times 10).
    "unacked_restore_interval": 2,
    "unacked_restore_throttle": 1,
    "socket_timeout": 5,
    "socket_connect_timeout": 0.25,
    # kombu otherwise tries for six seconds before a publisher learns that nobody answers.
    "max_retries": 0,
}

CACHES = {
    "default": (
        {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
        if PRODUCTION
        else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    )
}

# --- people and sessions

AUTH_USER_MODEL = "crowd.Person"
# The e-mail is unique without regard to case, by a constraint on Lower("email") that this check does not see.
SILENCED_SYSTEM_CHECKS = ["auth.W004"]
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "crowd:contest"
ACCOUNT_ADAPTER = "config.sign_in.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_REDIRECT_URL = "crowd:contest"
SOCIALACCOUNT_ADAPTER = "config.single_sign_on.Adapter"
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False
# A link leads to the directory, not a form: form-action would hold for every address that it sends people on to.
SOCIALACCOUNT_LOGIN_ON_GET = True
SOCIALACCOUNT_PROVIDERS = env.single_sign_on()
OIDC_REVIEWER_GROUPS = env.words("FLOCK_OIDC_REVIEWER_GROUPS")
OIDC_ADMIN_GROUPS = env.words("FLOCK_OIDC_ADMIN_GROUPS")

# Nothing is sent by mail: a link that opens an account would otherwise end up in a log.
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"

# --- forms

FORM_RENDERER = "config.forms.Renderer"

# --- texts, times, files

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English")]
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = DATA_DIR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    # Compressing takes a minute, once: a deployment does it, the first start of an embedded site does not.
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"
    },
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = False

RELEASES_DIR = DATA_DIR / "releases"
RUNS_DIR = DATA_DIR / "runs"
BASES_DIR = DATA_DIR / "bases"
# How workers start `training`; it runs in BASE_DIR, in a process of its own.
TRAINING_COMMAND = (sys.executable, "-m", "training")

# --- what a request may be

MAX_BODY_BYTES = 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = MAX_BODY_BYTES
DATA_UPLOAD_MAX_NUMBER_FIELDS = 200

# --- headers

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
        "form-action": ["'self'"],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SESSION_COOKIE_AGE = 30 * 24 * 3600
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
if env.boolean("FLOCK_TRUST_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
CSRF_TRUSTED_ORIGINS = [f"https://{host.lstrip('.')}" for host in ALLOWED_HOSTS if host != "*"]

# --- the API

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "crowd.views.api.authentication.BearerAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["crowd.views.api.parsers.StrictJSONParser"],
    "DEFAULT_PAGINATION_CLASS": "crowd.views.api.pagination.NewestFirst",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "crowd.views.api.problems.as_problem_details",
    "DATETIME_FORMAT": "%Y-%m-%dT%H:%M:%S.%fZ",
}
REST_KNOX = {"AUTH_HEADER_PREFIX": "Bearer", "TOKEN_TTL": None, "AUTO_REFRESH": False}
SPECTACULAR_SETTINGS = {
    "TITLE": "Flock",
    "DESCRIPTION": "Write, review, release and fine-tune instruction data.",
    # The API's own version: which release of Flock answers is nobody's business.
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "persistAuthorization": False, "validatorUrl": None},
    "ENUM_NAME_OVERRIDES": {
        "SubmissionState": "crowd.domain.workflow.State",
        "ContestState": "crowd.models.Contest.State",
        "ReleaseState": "exports.domain.release.State",
        "RunState": "exports.domain.run_workflow.RunState",
    },
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SCHEMA_PATH_PREFIX": "/api/v1",
}

# --- outside services

WIKI_URL = env.address("FLOCK_WIKI_URL", "", schemes=env.WEB, good="https://en.wikipedia.org/w/")
CONTACT = env.text("FLOCK_CONTACT", "flock@localhost")
LICENCE_HOLDER = env.text("FLOCK_LICENCE_HOLDER", "the contributors of this Flock site")
HF_ENDPOINT = env.address(
    "HF_ENDPOINT", "https://huggingface.co", schemes=env.WEB, good="https://huggingface.co"
)
HF_TOKEN = env.text("HF_TOKEN")

# --- logs: ids, never people's texts

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        "django.request": {"level": "ERROR"},
        "celery.worker.strategy": {"level": "WARNING"},
        "celery.app.trace": {"level": "WARNING"},
        # Every request to a hub or a wiki, with its address; commands would show them among their messages.
        "httpx2": {"level": "WARNING"},
    },
}
