"""The parts in which votes are counted apart: tracks and constituencies, with their seats and names as frozen. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from consult.ballots.rules.model import Base, Counted, DecisionRule, Requirement
from consult.i18n import Localized


@dataclass(frozen=True, slots=True)
class Part:
    """A track or a constituency: how many seats it has, held or vacant, and what it is called."""

    seats: int
    names: Localized = field(default_factory=Localized)


@dataclass(frozen=True, slots=True)
class Electorate:
    """All seats, in all and by parts; `present` is None for a ballot outside a session."""

    seats: int
    present: int | None = None
    tracks: Mapping[str, Part] = field(default_factory=dict)
    constituencies: Mapping[str, Part] = field(default_factory=dict)

    def part(self, name: str) -> Part | None:
        """Return a part by the name a rule uses: a constituency first, else a track."""
        return self.constituencies.get(name) or self.tracks.get(name)

    def names(self) -> Mapping[str, object]:
        """Return what each part is called."""
        parts = {**self.tracks, **self.constituencies}
        return {key: part.names for key, part in parts.items() if part.names}

    def stored(self) -> dict[str, Any]:
        """Return the parts as they are kept with the ballot."""
        return {"tracks": _stored(self.tracks), "constituencies": _stored(self.constituencies)}

    @classmethod
    def read(cls, seats: int, present: int | None, stored: Mapping[str, Any]) -> Electorate:
        """Return what `stored` wrote down."""
        return cls(seats, present, _parts(stored.get("tracks", {})), _parts(stored.get("constituencies", {})))


def _stored(parts: Mapping[str, Part]) -> dict[str, Any]:
    return {key: {"seats": part.seats, "names": dict(part.names)} for key, part in parts.items()}


def _parts(stored: Mapping[str, Any]) -> dict[str, Part]:
    return {key: Part(part["seats"], Localized(part["names"])) for key, part in stored.items()}


def parts_counted_apart(rule: DecisionRule, electorate: Electorate) -> tuple[str, ...]:
    """Return the names of the parts whose votes this rule counts apart.

    A rule that names none means every constituency; tracks are counted apart by the rules that name them.
    """
    if rule.each_alone or any(not group.names for group in rule.per_constituency):
        return tuple(electorate.constituencies)
    named = (name for group in rule.per_constituency for name in group.names)
    return tuple(dict.fromkeys(name for name in named if electorate.part(name) is not None))


def parts_missing(rule: DecisionRule, electorate: Electorate) -> tuple[str, ...]:
    """Return what a rule asks for and the seats do not have: names of parts, "*" for constituencies of any name."""
    if (rule.each_alone or any(not group.names for group in rule.per_constituency)) and not electorate.constituencies:
        return ("*",)
    named = (name for group in rule.per_constituency for name in group.names)
    return tuple(name for name in named if electorate.part(name) is None)


def needs_presence(rule: DecisionRule) -> bool:
    """Tell whether a rule counts who is present: in a session, only they stand on the roll then."""
    return any(asked.base is Base.PRESENT or asked.counted is Counted.PRESENT for asked in _everything(rule))


def _everything(rule: DecisionRule) -> Iterable[Requirement]:
    yield from rule.requirements()
    yield from (group.requirement for group in rule.per_constituency)
