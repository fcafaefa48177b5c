"""Who wrote a record, without saying who: a name that holds within one release and means nothing outside it. Pure."""

import hashlib
import hmac

# 96 bits: no two of a site's people meet, and the key cannot be guessed back.
HEX_DIGITS = 24


def pseudonym(person: int, *, release: str, key: str) -> str:
    """An HMAC of the site's key, the release and the person."""
    message = f"flock:pseudonym:{release}:{person}".encode()
    return hmac.new(key.encode(), message, hashlib.sha256).hexdigest()[:HEX_DIGITS]
