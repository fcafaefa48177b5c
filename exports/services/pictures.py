"""Draw the pictures of a release's figures. Needs Django's templates and no database, so that a check can draw them again."""

from django.template.loader import render_to_string
from django.utils import translation

from exports.domain.pictures import WIDTH, Picture


def draw(picture: Picture) -> bytes:
    """The picture's SVG: it loads nothing and runs nothing, and is legible on light and on dark."""
    with translation.override("en"):
        drawn = render_to_string(picture.template, {"picture": picture, "width": WIDTH})
    return drawn.strip().encode() + b"\n"
