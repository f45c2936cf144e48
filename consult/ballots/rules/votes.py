"""What was counted, and what was decided on it: votes in, a table of conditions and an outcome out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any


class Outcome(StrEnum):
    """What a decision rule says about the votes put to it."""

    ADOPTED = "adopted"
    REJECTED = "rejected"
    NEXT_ROUND = "next_round"
    NO_QUORUM = "no_quorum"
    NO_DECISION = "no_decision"
    CONTESTED = "contested"


#: What a chair or a rapporteur may declare.
RULINGS = (Outcome.ADOPTED, Outcome.REJECTED, Outcome.CONTESTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Votes:
    """Everything that was counted, of all voters or of one constituency; weights are already added up.

    `options` is None for a yes/no question, else the votes for each option. None in the other figures means "not said",
    which is not the same as zero. `by_constituency` holds the same figures for each constituency, which may overlap.
    """

    in_favour: int = 0
    against: int = 0
    abstentions: int = 0
    options: Mapping[str, int] | None = None
    spoilt: int = 0
    members: int | None = None
    present: int | None = None
    objections: int | None = None
    endorsements: int | None = None
    components: int = 0
    ruling: Outcome | None = None
    dissents: int | None = None
    by_constituency: Mapping[str, Votes] = field(default_factory=dict)

    @property
    def cast(self) -> int:
        """Votes for one side or one option: neither abstentions nor spoilt ballots."""
        return self.in_favour + self.against if self.options is None else sum(self.options.values())

    @property
    def participants(self) -> int:
        """Everyone who took part in the vote, in whatever way."""
        return self.cast + self.abstentions + self.spoilt

    @property
    def attending(self) -> int:
        """Members present; when that was not said, those who took part were certainly there."""
        return self.participants if self.present is None else self.present

    @property
    def favour(self) -> int:
        """Votes in favour, or votes for the option that has the most."""
        return self.in_favour if self.options is None else max(self.options.values(), default=0)

    @property
    def objecting(self) -> int:
        """Stated objections; when they were not asked for apart, each vote against is one."""
        return self.against if self.objections is None else self.objections

    @property
    def able_to_object(self) -> int | None:
        """Those who could have objected, as far as is known; None when objections are all that was said."""
        if self.members is not None or self.present is not None:
            return self.members if self.members is not None else self.present
        return self.participants if self.objections is None else None

    @property
    def is_choice(self) -> bool:
        """Whether voters chose among options, in all or in any constituency."""
        return self.options is not None or any(part.is_choice for part in self.by_constituency.values())

    @property
    def leader(self) -> str | None:
        """The option that alone has the most votes; None on a tie, without votes, or for a yes/no question."""
        leaders = [name for name, count in (self.options or {}).items() if count == self.favour > 0]
        return leaders[0] if len(leaders) == 1 else None

    @property
    def lead(self) -> int:
        """How many votes the first option is ahead of the second."""
        first, second, *_ = sorted([0, 0, *(self.options or {}).values()], reverse=True)
        return first - second

    def best(self, number: int) -> tuple[str, ...]:
        """Return the `number` options with the most votes, best first; a tie at the edge lets all tied options in."""
        ranked = sorted((self.options or {}).items(), key=lambda option: (-option[1], option[0]))
        edge = ranked[:number][-1:]
        return tuple(name for name, count in ranked if edge and count >= edge[0][1])

    def favouring(self, option: str | None) -> Votes:
        """Return a choice seen from one option: votes for it are in favour, votes for any other are against."""
        if self.options is None:
            return self
        for_it = self.options.get(option, 0) if option is not None else 0
        return replace(self, options=None, in_favour=for_it, against=self.cast - for_it)


@dataclass(frozen=True, slots=True)
class Condition:
    """One row of the table: `count` of `base`, how many are `needed`, and whether that is met.

    `base` is None where the number needed does not depend on one; a base of zero decides nothing. For objections `needed`
    is the number allowed: the condition is met while `count` does not exceed it.
    """

    key: str
    count: int
    base: int | None
    needed: int
    met: bool

    @property
    def verdict(self) -> bool | None:
        """Met, not met, or None when the base is zero."""
        return None if self.base == 0 else self.met


@dataclass(frozen=True, slots=True)
class Result:
    """The outcome and the table it follows from.

    `next` is the id of the rule the decision goes on to, `qualified` the options it carries over, best first. `winner` is
    the option that won; `winners` the option of each constituency where each votes alone.
    """

    outcome: Outcome
    conditions: tuple[Condition, ...] = ()
    next: str | None = None
    qualified: tuple[str, ...] = ()
    winner: str | None = None
    winners: Mapping[str, str] = field(default_factory=dict)
    dissents: int | None = None

    def condition(self, key: str) -> Condition | None:
        """Return the row of the table with this key, if there is one."""
        return next((row for row in self.conditions if row.key == key), None)


def result_as_mapping(result: Result) -> dict[str, Any]:
    """Return a result as plain JSON: outcome, conditions by key, and what else applies."""
    rows = {
        row.key: {"count": row.count, "base": row.base, "needed": row.needed, "met": row.met}
        for row in result.conditions
    }
    rest = {
        "next": result.next,
        "qualified": list(result.qualified) or None,
        "winner": result.winner,
        "winners": dict(result.winners) or None,
        "dissents": result.dissents,
    }
    said = {key: value for key, value in rest.items() if value is not None}
    return {"outcome": result.outcome.value, "conditions": rows, **said}


def result_from_mapping(mapping: Mapping[str, Any]) -> Result:
    """Return the result that `result_as_mapping` wrote down."""
    return Result(
        outcome=Outcome(mapping["outcome"]),
        conditions=tuple(Condition(key, **row) for key, row in mapping["conditions"].items()),
        next=mapping.get("next"),
        qualified=tuple(mapping.get("qualified", ())),
        winner=mapping.get("winner"),
        winners=dict(mapping.get("winners", {})),
        dissents=mapping.get("dissents"),
    )
