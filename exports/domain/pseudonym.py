"""Who wrote a record, without saying who: a name that holds within one release and means nothing outside it. Pure."""

import hashlib
import hmac
import re

# 96 bits: no two of a site's people meet, and the key cannot be guessed back.
HEX_DIGITS = 24
_SPELLING = re.compile(rf"[0-9a-f]{{{HEX_DIGITS}}}")


def pseudonym(person: int, *, release: str, key: str) -> str:
    """An HMAC of the site's key, the release and the person."""
    message = f"flock:pseudonym:{release}:{person}".encode()
    return hmac.new(key.encode(), message, hashlib.sha256).hexdigest()[:HEX_DIGITS]


def is_pseudonym(text: str) -> bool:
    """Whether this is spelled as a pseudonym is, somebody's or not."""
    return _SPELLING.fullmatch(text) is not None
