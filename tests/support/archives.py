"""A person's download, as they would open it."""

import io
import json
import zipfile
from typing import Any

from crowd.models import Person
from crowd.services import rights_archive
from tests.support.factories import NOW


def read(person: Person) -> dict[str, Any]:
    """The README's text, and what stands in each file."""
    return opened(b"".join(rights_archive.archive(person, now=NOW)))


def opened(content: bytes) -> dict[str, Any]:
    """What is in a download's bytes."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        texts = {name.rpartition("/")[2]: archive.read(name).decode() for name in archive.namelist()}
    return {name: json.loads(text) if name.endswith(".json") else text for name, text in texts.items()}
