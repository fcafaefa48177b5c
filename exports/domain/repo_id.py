"""What a repository at a hub is called. Pure."""

import re

MAX_CHARS = 193
_REPO_ID = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}", re.ASCII)


def is_repo_id(text: str) -> bool:
    """Whether the text names a repository as ORG/NAME."""
    return _REPO_ID.fullmatch(text) is not None and "--" not in text and ".." not in text
