"""A decision rule as data: what is counted, on which base, how much of it is needed, and what follows."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from consult.ballots.rules.votes import RULINGS, Outcome
from consult.i18n import Localized

HALF = Fraction(1, 2)
NOTHING_SAID = Localized()


class Kind(StrEnum):
    """What is put to the voters under a rule."""

    QUESTION = "question"
    CHOICE = "choice"
    ENDORSEMENT = "endorsement"
    CONSENSUS = "consensus"
    RULING = "ruling"


class Counted(StrEnum):
    """What a requirement counts; in favour means, in a choice, for the leading option."""

    FAVOUR = "favour"
    OBJECTIONS = "objections"
    ENDORSEMENTS = "endorsements"
    COMPONENTS = "components"
    PRESENT = "present"


class Base(StrEnum):
    """What a share is taken of.

    `cast` and `valid` are the same number in the words of two kinds of rules: votes for a side or an option, without
    abstentions and without spoilt ballots. `objections` stands for those who could have objected.
    """

    CAST = "cast"
    CAST_WITH_ABSTENTIONS = "cast_with_abstentions"
    VALID = "valid"
    PRESENT = "present"
    MEMBERS = "members"
    OBJECTIONS = "objections"
    NONE = "none"


class Operator(StrEnum):
    """How a count is held against a share of the base; on whole numbers `>` and `+1` come to the same."""

    AT_LEAST = ">="
    MORE_THAN = ">"
    PLUS_ONE = "+1"


class Reading(StrEnum):
    """How far the source of a rule was read before the rule was written down."""

    READ = "read"
    SECOND_HAND = "read (secondary)"
    QUOTED = "read (article quoted)"
    NOT_OPENED = "general knowledge, text not opened"
    NOT_SEEN = "NOT VERIFIED - article not seen"
    OWN = "own rule"


@dataclass(frozen=True, slots=True)
class Threshold:
    """A share of the base, exact: two thirds of 75 is 50, and 50 meets "at least two thirds"."""

    share: Fraction
    operator: Operator = Operator.AT_LEAST

    def needed(self, base: int) -> int:
        """Return the smallest count that meets this share of `base`."""
        exact = self.share * base
        return math.ceil(exact) if self.operator is Operator.AT_LEAST else math.floor(exact) + 1

    def is_met(self, count: int, needed: int) -> bool:
        """Return whether the count reaches what is needed."""
        return count >= needed

    @property
    def allows_tie(self) -> bool:
        """Whether two options could both meet this share."""
        return self.share < HALF or (self.share == HALF and self.operator is Operator.AT_LEAST)


@dataclass(frozen=True, slots=True)
class Minimum:
    """A fixed number, whatever the base."""

    number: int

    def needed(self, base: int) -> int:  # the number does not depend on it
        """Return the number itself."""
        return self.number

    def is_met(self, count: int, needed: int) -> bool:
        """Return whether the count reaches what is needed."""
        return count >= needed

    @property
    def allows_tie(self) -> bool:
        """Two options could both reach a fixed number."""
        return True


@dataclass(frozen=True, slots=True)
class AtMost:
    """The greatest number that still does not stand in the way; what consensus asks of objections."""

    number: int

    def needed(self, base: int) -> int:  # the number does not depend on it
        """Return the number that is allowed."""
        return self.number

    def is_met(self, count: int, needed: int) -> bool:
        """Return whether the count does not exceed what is allowed."""
        return count <= needed

    @property
    def allows_tie(self) -> bool:
        """Objections are not votes for an option."""
        return False


Needs = Threshold | Minimum | AtMost


@dataclass(frozen=True, slots=True)
class Requirement:
    """One thing a rule asks for: what is counted, on which base, and how much of it. `key` names its row in the table."""

    key: str
    counted: Counted
    needs: Needs
    base: Base


@dataclass(frozen=True, slots=True)
class PerConstituency:
    """What a rule asks of constituencies, each counted by itself.

    It holds for the constituencies in `names`, or for all when there are none, and must be met in `at_least` of them, or
    in each when that is None.
    """

    requirement: Requirement
    names: tuple[str, ...] = ()
    at_least: int | None = None


def slug_of(identifier: str) -> str:
    """Return the form of an id that can stand in an address or a file name: `GA-2/3` becomes `ga-2-3`."""
    return re.sub(r"[^a-z0-9]+", "-", identifier.lower()).strip("-")


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRule:
    """A rule under which a ballot is decided.

    Adopted when the quorum is met, and any one of `admission` (if there are any), and any one of `stages`, and everything
    in `per_constituency`. Stages are looked at together on the same votes, in order: the first that is met adopts. When it
    falls short, the decision goes on to the rule `next`, with the `advance` best options of a choice. Under `each_alone`
    the stage is put to each constituency by itself. A ruling has no stages: one of `rulings` is declared by the chair or
    the rapporteur. `status` says how far `source` was read.
    """

    id: str
    kind: Kind
    name: Localized
    in_words: Localized
    source: str
    status: Reading = Reading.OWN
    note: Localized = NOTHING_SAID
    quorum: Requirement | None = None
    admission: tuple[Requirement, ...] = ()
    stages: tuple[Requirement, ...] = ()
    per_constituency: tuple[PerConstituency, ...] = ()
    each_alone: bool = False
    advance: int | None = None
    rulings: tuple[Outcome, ...] = RULINGS
    next: str | None = None

    @property
    def slug(self) -> str:
        """The rule's id as it stands in an address."""
        return slug_of(self.id)

    @property
    def declared(self) -> bool:
        """Whether the outcome is declared by a person, without arithmetic."""
        return self.kind is Kind.RULING

    def requirements(self) -> Iterator[Requirement]:
        """Yield everything that is asked of all voters together, in the order of the table."""
        if self.quorum is not None:
            yield self.quorum
        yield from self.admission
        yield from self.stages
