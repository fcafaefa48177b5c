"""The facts of one record of a release: what the gate asks about and what the provenance tells. Pure."""

from dataclasses import dataclass, field

from crowd.domain.records import parse_record


@dataclass(frozen=True, slots=True)
class Grant:
    """The licence a contributor gave, and the wording they saw."""

    wording: str
    sha256: str
    licence: str


@dataclass(frozen=True, slots=True)
class Source:
    """An imported dataset, as its importer described it."""

    name: str
    licence: str
    origin: str
    attribution: str

    @property
    def credit(self) -> str:
        """Who to name: the dataset's own attribution, or its name where the importer gave none."""
        return self.attribution or self.name


@dataclass(frozen=True, slots=True)
class Passage:
    """Where a context comes from. An imported one has no page of its own: it is unpinned."""

    wiki: str
    title: str
    page_id: int | None
    revision_id: int
    section: str
    url: str
    licence: str
    sha256: str
    is_verified: bool


@dataclass(frozen=True, slots=True)
class Review:
    """What a reviewer decided about this version."""

    reviewer: int
    decision: str


@dataclass(frozen=True, slots=True)
class Texts:
    """What the data line holds beside the category."""

    instruction: str
    context: str
    response: str


@dataclass(frozen=True, slots=True)
class Record:
    """One approved version of a submission. `author` and `reviewer` are inner keys and never leave as they are."""

    id: str
    version: int
    category: str
    line: bytes  # in data/train.jsonl, with its LF
    origin: str
    licence: str
    author: int | None
    grant: Grant | None
    source: Source | None
    passage: Passage | None
    reviews: tuple[Review, ...]
    checks: tuple[tuple[str, str, str], ...]  # rule, severity, field
    sha256: str  # of the line that was approved
    texts: Texts = field(init=False)

    def __post_init__(self) -> None:
        read = parse_record(self.line)
        object.__setattr__(self, "texts", Texts(read.instruction, read.context, read.response))

    @property
    def licences(self) -> tuple[str, ...]:
        """Every licence the record's material is under: its grant's or import's, and its passage's."""
        return (self.licence, self.passage.licence) if self.passage else (self.licence,)
