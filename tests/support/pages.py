"""Looking at pages as a reader does, without a browser."""

import re

from django.http import HttpResponse


def text_of(response: HttpResponse) -> str:
    """What a reader sees: the page's words, without its tags."""
    visible = re.sub(r"(?s)<head>.*?</head>|<[^>]+>", " ", response.content.decode())
    return " ".join(visible.split())
