"""The pretrained models that a run may start from: the folders `bases/NAME@REVISION/` that an operator put there.

That list is the allow-list. A base is chosen by its name in it, never by a path, and comes with its licence.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from django.conf import settings
from django.utils.translation import gettext as _

from crowd.domain import licences
from exports.domain.card import read_front_matter
from training.bases import read_shape
from training.config import ConfigError, Value
from training.recipes import Recipe, Shape

CARD: Final = "README.md"
MAX_LICENCE_CHARS: Final = 64
# What model cards write where nobody stated a licence, or not which.
_UNSTATED: Final = frozenset({"", "unknown", "other", licences.UNSTATED.lower()})
_NAME: Final = re.compile(r"(?P<model>[A-Za-z0-9][\w.-]*)@(?P<revision>[\w.-]+)", re.ASCII)
_SPDX: Final = {licence.lower(): licence for licence in licences.KNOWN}


@dataclass(frozen=True, slots=True)
class Base:
    """A pretrained model that may be used. `name` is its folder's."""

    name: str
    shape: Shape
    licence: str

    @property
    def is_commercial(self) -> bool:
        return self.licence not in licences.NON_COMMERCIAL

    def is_of(self, recipe: Recipe) -> bool:
        """Whether this is some revision of the model that the recipe names."""
        return self.name.partition("@")[0].casefold() == recipe.base.rpartition("/")[2].casefold()

    def fits(self, recipe: Recipe) -> bool:
        """Whether it has the sizes of the recipe, which may leave them open. Vocabularies are padded differently."""
        return not recipe.base or replace(self.shape, vocab_size=0) == replace(recipe.shape, vocab_size=0)


@dataclass(frozen=True, slots=True)
class Survey:
    """What the folder holds: the bases that can be used, and why others cannot, by name."""

    bases: list[Base]
    refused: dict[str, str]


def survey() -> Survey:
    """Look through the folder. Names without a revision are none of ours."""
    found = Survey([], {})
    root = Path(settings.BASES_DIR)
    for path in sorted(root.iterdir()) if root.is_dir() else ():
        if not _NAME.fullmatch(path.name):
            continue
        try:
            found.bases.append(_read(path))
        except ConfigError as error:
            found.refused[path.name] = str(error).replace(f"{path}", path.name)
    return found


def find(name: str) -> Base:
    """The base of that name. Raises ConfigError."""
    found = survey()
    for base in found.bases:
        if base.name == name:
            return base
    if name in found.refused:
        raise ConfigError("base", found.refused[name])
    raise ConfigError("base", _("This site keeps no base %(name)s.") % {"name": repr(name)})


def choose(recipe: Recipe, chosen: Mapping[str, Value], *, name: str) -> Base | None:
    """What a run with these settings starts from: the base that was asked for, else the recipe's own. Raises ConfigError."""
    is_random = chosen["init"] == "random"
    if name:
        base = find(name)
        if not (is_random or base.fits(recipe)):
            raise ConfigError(
                "base", _("%(base)s has not the sizes of %(recipe)s.") % {"base": name, "recipe": recipe.name}
            )
        return base
    return None if is_random or not recipe.needs_base else _own(recipe)


def _own(recipe: Recipe) -> Base:
    """The one base that is the recipe's."""
    own = [base for base in survey().bases if base.is_of(recipe) and base.fits(recipe)]
    if len(own) == 1:
        return own[0]
    if own:
        text = _("Say which base: %(names)s.") % {"names": ", ".join(base.name for base in own)}
    elif recipe.base:
        text = _(
            "%(recipe)s starts from %(base)s, which this site does not keep; init=random tries it out."
        ) % {
            "recipe": recipe.name,
            "base": recipe.base,
        }
    else:
        text = _("%(recipe)s needs a base: say which.") % {"recipe": recipe.name}
    raise ConfigError("base", text)


def _read(path: Path) -> Base:
    """Raises ConfigError for what cannot be used: no safetensors, another architecture, no licence."""
    shape = read_shape(path)
    licence = _licence(path)
    if licence.lower() in _UNSTATED or len(licence) > MAX_LICENCE_CHARS:
        reason = _(
            "%(base)s: no licence is stated; its README.md must begin with a model card's front matter."
        )
        raise ConfigError("base", reason % {"base": path.name})
    return Base(path.name, shape, licence)


def _licence(path: Path) -> str:
    """As the model card states it, by SPDX's id where that is known; empty where it does not."""
    try:
        stated = read_front_matter((path / CARD).read_text(encoding="utf-8")).get("license")
    except (OSError, ValueError):
        return ""
    licence = stated if isinstance(stated, str) else ""
    return _SPDX.get(licence.lower(), licence)
