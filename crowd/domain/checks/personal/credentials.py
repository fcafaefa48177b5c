"""Keys, tokens and passwords: by the formats that their issuers document, and by what a text assigns to such a name."""

import base64
import json
import re
from collections.abc import Iterator
from typing import NamedTuple

from crowd.domain.checks.personal.hits import Hit


class _Format(NamedTuple):
    """An issuer's format. Only texts that hold `marker` are searched for it."""

    kind: str
    marker: str
    pattern: re.Pattern[str]


def _format(kind: str, marker: str, pattern: str) -> _Format:
    return _Format(kind, marker, re.compile(rf"(?<![A-Za-z0-9]){pattern}(?![A-Za-z0-9])"))


# Each as its issuer documents it; gitleaks (MIT) and detect-secrets (Apache-2.0) keep the same in their rules.
_FORMATS = (
    *(_format("an AWS access key", start, rf"{start}[A-Z2-7]{{16}}") for start in ("AKIA", "ASIA")),
    *(_format("a GitHub token", f"gh{of}_", rf"gh{of}_[A-Za-z0-9]{{36,255}}") for of in "pousr"),
    _format("a GitHub token", "github_pat_", r"github_pat_\w{36,255}"),
    _format("a GitLab token", "glpat-", r"glpat-[\w.-]{20,300}"),
    _format("a Slack token", "xox", r"xox[abeoprs]-[A-Za-z0-9-]{10,250}"),
    _format("a Slack token", "xapp-", r"xapp-\d-[A-Za-z0-9-]{10,250}"),
    _format("a Slack webhook", "hooks.slack.com", r"hooks\.slack\.com/services/[A-Za-z0-9/]{20,100}"),
    *(
        _format("a Stripe key", f"k_{mode}_", rf"[rsp]k_{mode}_[A-Za-z0-9]{{10,250}}")
        for mode in ("live", "test")
    ),
    _format("a Stripe webhook secret", "whsec_", r"whsec_[A-Za-z0-9+/]{24,100}={0,2}"),
    _format("a Google API key", "AIza", r"AIza[\w-]{35}"),
    _format("a Google client secret", "GOCSPX-", r"GOCSPX-[\w-]{28}"),
    _format("a Google access token", "ya29.", r"ya29\.[\w-]{20,500}"),
    _format("a Hugging Face token", "hf_", r"hf_[A-Za-z0-9]{30,50}"),
    _format("an OpenAI or Anthropic key", "sk-", r"sk-[\w-]{20,300}"),
    _format("an npm token", "npm_", r"npm_[A-Za-z0-9]{36}"),
    _format("a PyPI token", "pypi-", r"pypi-[\w-]{50,300}"),
    _format("a SendGrid key", "SG.", r"SG\.[\w-]{16,32}\.[\w-]{16,64}"),
    _format("a Databricks token", "dapi", r"dapi[a-f0-9]{32}(?:-\d)?"),
    _format("a DigitalOcean token", "do", r"do[opr]_v1_[a-f0-9]{64}"),
    _format("a Shopify token", "shp", r"shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}"),
    _format("a Telegram bot token", ":AA", r"\d{8,10}:AA[\w-]{33}"),
    _format("a Mailchimp key", "-us", r"[0-9a-f]{32}-us\d{1,2}"),
    _format("a Twilio key", "SK", r"SK[0-9a-f]{32}"),
    _format("an Azure storage key", "AccountKey=", r"AccountKey=[A-Za-z0-9+/]{86}=="),
)

_PRIVATE_KEY = re.compile(r"-----BEGIN (?:[A-Z0-9]{2,10} ){0,3}PRIVATE KEY(?: BLOCK)?-----")
_PRIVATE_KEY_END = re.compile(r"-----END (?:[A-Z0-9]{2,10} ){0,3}PRIVATE KEY(?: BLOCK)?-----")

_JWT = re.compile(r"(?<![\w-])(?P<header>eyJ[\w-]{8,}+)\.[\w-]{8,}+\.[\w-]{8,}+")
_BEARER = re.compile(r"\b(?:Bearer|Basic)\s(?P<value>[\w.~+/-]{20,1000}+=*)", re.IGNORECASE)
_IN_URL = re.compile(r"://[^\s/:@]{1,100}:(?P<value>[^\s/@:]{3,200})@(?=\w)")

_ASSIGNED = re.compile(
    r"(?:(?P<password>pass(?:word|wd|phrase|code)|pwd)"
    r"|secret|token|api[ _-]?key|(?:access|private|auth|client|secret)[_-]?key)[\"'\]]{0,2}"
    r"\s{0,2}(?P<sign>:=|=>|==?|:|\bis\b)\s{0,2}"
    r"(?:(?P<quote>[\"'`])(?P<quoted>[^\s\"'`]{6,200})(?P=quote)|(?P<bare>[^\s\"'`,;<>(){}]{6,200})(?![\w(]))",
    re.IGNORECASE,
)
# One of these stands in every text that `_BEARER` or `_ASSIGNED` can match.
_WORDS = (
    "bearer",
    "basic ",
    "passw",
    "passp",
    "passc",
    "pwd",
    "secret",
    "token",
    "api",
    "_key",
    "-key",
    "tkey",
    "hkey",
    "ekey",
    "skey",
)
_CAMEL = re.compile(r"[a-z]\w*[A-Z]")

# What stands where people should put their own.
_STAND_IN = re.compile(
    r"\A[$%<{\[*]|\.\.\.|…|your|my[_-]|example|sample|dummy|placeholder|change.?me|redacted|insert|replace"
    r"|xxxx|\*\*\*|abcdef|12345|password|secret|token|api.?key|environ|getenv|none|null|true|false|\Ahttps?:",
    re.IGNORECASE,
)
_FEWEST_DIFFERENT = 4


def credentials(text: str) -> Iterator[Hit]:
    yield from _private_keys(text)
    for kind, marker, pattern in _FORMATS:
        if marker in text:
            yield from _formatted(kind, pattern, text)
    yield from _tokens(text)
    yield from _assigned(text)


def _private_keys(text: str) -> Iterator[Hit]:
    if "PRIVATE KEY" not in text:
        return
    end = 0
    for match in _PRIVATE_KEY.finditer(text):
        if match.start() >= end:
            close = _PRIVATE_KEY_END.search(text, match.end(), match.end() + 20_000)
            end = (close or match).end()
            yield Hit(match.start(), end, "a private key")


def _formatted(kind: str, pattern: re.Pattern[str], text: str) -> Iterator[Hit]:
    for match in pattern.finditer(text):
        if not _is_filler(match.group()):
            yield Hit(*match.span(), kind, weak="EXAMPLE" in match.group())


def _tokens(text: str) -> Iterator[Hit]:
    if "eyJ" in text:
        for match in _JWT.finditer(text):
            if _is_header(match["header"]):
                yield Hit(*match.span(), "a JSON web token")
    if "://" in text:
        for match in _IN_URL.finditer(text):
            if not _is_stand_in(match["value"]) and match["value"] != "pass":
                yield Hit(*match.span("value"), "a password in an address")


def _assigned(text: str) -> Iterator[Hit]:
    lower = text.lower()
    if not any(word in lower for word in _WORDS):
        return
    for match in _BEARER.finditer(text):
        if _has_digit(match["value"]) and not _is_stand_in(match["value"]):
            yield Hit(*match.span("value"), "an access token")
    for match in _ASSIGNED.finditer(text):
        group = "quoted" if match["quoted"] else "bare"
        value = match[group].rstrip(".?")
        if _looks_chosen(match, value) and not _is_stand_in(value):
            start = match.start(group)
            yield Hit(start, start + len(value), "a password" if match["password"] else "a key or token")


def _looks_chosen(match: re.Match[str], value: str) -> bool:
    """Tell a password or key from a word of the sentence or a name of the program."""
    if match["quoted"]:
        return len(value) >= 8 or _has_digit(value)
    if match["sign"] == "is" or not match["password"]:
        return _has_digit(value) and not value.isdigit()
    return _has_digit(value) or (match["sign"] == ":" and _CAMEL.search(value) is not None)


def _has_digit(value: str) -> bool:
    return any(map(str.isdigit, value))


def _is_stand_in(value: str) -> bool:
    return _STAND_IN.search(value) is not None or _is_filler(value)


def _is_filler(value: str) -> bool:
    """Whether what follows a key's start is a few characters again and again: `sk-xxxxxxxx`."""
    body = value[len(value) // 3 :].lower()
    return "xxxx" in body or len(set(body)) < _FEWEST_DIFFERENT


def _is_header(part: str) -> bool:
    """Whether this is a JOSE header (RFC 7515): base64url of a JSON object that names its algorithm."""
    try:
        header = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, RecursionError):  # What is not base64, UTF-8 or JSON raises kinds of ValueError.
        return False
    return isinstance(header, dict) and ("alg" in header or "enc" in header)
