"""Events of figures. They say what the groups are made by, and no number or source: these stand on the page."""

from __future__ import annotations

from dataclasses import dataclass

from consult.events.types import Event


@dataclass(frozen=True, slots=True)
class ReferenceFiguresRecorded(Event):
    """Organisers recorded how many each group has by a source outside, or recorded it anew."""

    about: str
    groups: int


@dataclass(frozen=True, slots=True)
class ReferenceFiguresRemoved(Event):
    """Organisers took away what they had recorded of groups."""

    about: str


@dataclass(frozen=True, slots=True)
class ChannelsCounted(Event):
    """Texts whose author's name is withheld were counted by how they came in: of so many texts more this is told, as a sum."""

    texts: int


@dataclass(frozen=True, slots=True)
class AppealsCounted(Event):
    """Appeals that were decided were counted by outcome and ground: of so many more this is told, as a sum."""

    appeals: int
