"""The outline of a document: chapters of regions, each with its prose and with what the record adds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from consult.outcomes.addresses import Addresses
from consult.outcomes.material import BallotFact, Material, RecommendationFact
from consult.outcomes.results import ballot_token
from consult.outcomes.sentences import Said, sentence
from consult.outcomes.tree import Block, Inline, Item, Link, List, Paragraph, SectionKind, Source, Token, Tone
from consult.outcomes.walk import inlines

Record = Callable[[], tuple[Block, ...]]


def nothing() -> tuple[Block, ...]:
    """Return no blocks: what the record adds to most regions."""
    return ()


@dataclass(frozen=True, slots=True)
class Generated:
    """A region as generated: `prose` is what an organiser may rewrite, `record` what stands after it and nobody edits.

    `record` is called when it is printed, because it may read a long list. `sources` are those of every paragraph an
    organiser writes here. A `fixed` region cannot be hidden.
    """

    key: str
    title: tuple[Inline, ...]
    prose: tuple[Block, ...] = ()
    record: Record = nothing
    sources: tuple[Source, ...] = ()
    fixed: bool = False


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter, or a part of its own (`foreword`); one that holds a single region of its own key is that region."""

    key: str
    title: tuple[Inline, ...]
    regions: tuple[Generated, ...]
    kind: SectionKind = SectionKind.CHAPTER

    @property
    def single(self) -> bool:
        """Tell whether the chapter is one region."""
        return len(self.regions) == 1 and self.regions[0].key == self.key


@dataclass(frozen=True, slots=True)
class Publication:
    """What an edition has and a draft has not: its number, whether the consultation goes on, the log's checkpoint."""

    number: int
    interim: bool
    checkpoint: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Narrator:
    """Tells the material in one language."""

    material: Material
    language: str
    publication: Publication | None = None
    addresses: Addresses = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "addresses", Addresses(self.material.slug, self.language))

    def say(self, *said: Said) -> tuple[Inline, ...]:
        """Return sentences one after the other, with a space between."""
        found: list[str | Inline] = []
        for one in said:
            found += [" "] if found else []
            found += sentence(one, self.language)
        return inlines(*found)

    def paragraph(self, *said: Said, sources: tuple[Source, ...] = (), tone: Tone = Tone.BODY) -> Paragraph:
        """Return sentences as a paragraph."""
        return Paragraph(self.say(*said), tone=tone, sources=sources)

    def bullets(self, *items: tuple[Inline, ...], ordered: bool = False) -> List:
        """Return a list, each item one line."""
        return List(tuple(Item((Paragraph(item),)) for item in items), ordered=ordered)

    def result(self, ballot: BallotFact) -> Token:
        """Return the figure that says the result of a ballot, and follows the record."""
        key = f"ballot:{ballot.number}"
        return ballot_token(key, self.material, self.addresses) or Token(key, f"{{{{{key}}}}}")

    def to(self, recommendation: RecommendationFact, said: Said) -> tuple[Inline, ...]:
        """Return words that lead to a recommendation in this document."""
        return (Link(self.say(said), f"#recommendation:{recommendation.number}"),)
