"""The data folder: made at the start, writable or the start ends; it also keeps the embedded mode's own secret."""

import os
import secrets
from pathlib import Path

from config.environment import BadSetting

MIN_SECRET_CHARS = 50  # what `check --deploy` (security.W009) asks for
PUBLISHED_SECRETS = ("django-insecure-", "changeme", "secret", "1234")


def prepare_data_folder(folder: Path) -> Path:
    """Make the folder and prove that it can be written. Raises BadSetting."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        writable = os.access(folder, os.W_OK | os.X_OK)
    except OSError as error:
        raise BadSetting(
            "FLOCK_DATA_DIR", f"is {folder}, which cannot be made ({error.strerror})", "var"
        ) from None
    if not writable:
        raise BadSetting("FLOCK_DATA_DIR", f"is {folder}, which cannot be written", "var")
    return folder


def site_secret(given: str, folder: Path, *, required: bool) -> str:
    """The site's key: the given one, or in embedded mode a random one made once and kept with mode 0600.

    Raises BadSetting where production mode has none, or one that is short or published.
    """
    if given:
        _refuse_weak(given)
        return given
    if required:
        raise BadSetting("FLOCK_SECRET_KEY", "is not set, and production mode needs it", _example())
    try:
        return _own_secret(folder / "secret_key")
    except OSError as error:  # a full disk, or a folder that says it can be written and cannot
        raise BadSetting(
            "FLOCK_DATA_DIR", f"is {folder}, which cannot keep the site's key ({error.strerror})", "var"
        ) from None


def _own_secret(path: Path) -> str:
    if path.exists():
        return path.read_text(encoding="ascii").strip()
    # Two processes may start at once: the link decides whose key it is, and neither reads half a file.
    attempt = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    with os.fdopen(
        os.open(attempt, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii"
    ) as file:
        file.write(secrets.token_urlsafe(64))
        file.flush()
        os.fsync(file.fileno())
    try:
        path.hardlink_to(attempt)
    except FileExistsError:
        pass
    finally:
        attempt.unlink()
    return path.read_text(encoding="ascii").strip()


def _refuse_weak(secret: str) -> None:
    published = any(secret.lower().startswith(known) for known in PUBLISHED_SECRETS)
    if published or len(secret) < MIN_SECRET_CHARS or len(set(secret)) < 5:
        raise BadSetting("FLOCK_SECRET_KEY", "is a published or a short one", _example())


def _example() -> str:
    return "$(python3 -c 'import secrets; print(secrets.token_urlsafe(64))')"
