"""Who acts for a seat: its holder, an alternate, or the bearer of a proxy. Pure: no database, no clock.

The rules, in their order (docs/seats.md says them to readers):

1. the holder, where present;
2. else the first alternate in order who is present, holds no seat, and does not act for another one;
3. else the bearer of a proxy that the holder gave: a holder of a seat, present where there is a room, who carries at
   most so many proxies as the consultation lets one member carry. A proxy is not passed on;
4. else nobody. A vote that does not ask who is present still has a voter then: the holder from afar, or for a seat without
   a holder its first alternate.

So nobody votes twice in their own name, and no seat has two who act for it.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from enum import StrEnum

from consult.i18n import N_, Message


class Capacity(StrEnum):
    """As what somebody acts for a seat."""

    HOLDER = "holder"
    ALTERNATE = "alternate"
    PROXY = "proxy"


CAPACITY_LABELS: Mapping[Capacity, Message] = {
    Capacity.HOLDER: N_("holder"),
    Capacity.ALTERNATE: N_("alternate"),
    Capacity.PROXY: N_("by proxy"),
}

#: What a proxy does not do. A quorum asks who came, and whoever carries a proxy came once.
PROXY_COUNTS_AS_PRESENT = False


@dataclass(frozen=True, slots=True)
class Standing:
    """A seat with whom it has: holder, alternates in order, and the bearer of the holder's proxy; all of them members."""

    seat: uuid.UUID
    holder: uuid.UUID | None = None
    alternates: Sequence[uuid.UUID] = ()
    bearer: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class Acting:
    """Who acts for a seat: the member in whose name it votes, as what, and who casts for them where it is by proxy."""

    voter: uuid.UUID
    capacity: Capacity
    present: bool
    represented_by: uuid.UUID | None = None

    @property
    def caster(self) -> uuid.UUID:
        """The member who casts."""
        return self.represented_by or self.voter


def acting(
    seats: Collection[Standing],
    present: Set[uuid.UUID] | None,
    *,
    proxies_each: int,
    from_afar: bool = False,
) -> Mapping[uuid.UUID, Acting]:
    """Return who acts for each seat that somebody acts for; earlier seats choose first.

    `present` holds the members in the room, None where there is none: then a holder who gave a proxy is represented, and
    everybody else acts for themselves. `from_afar` lets absent holders vote too (rule 4).
    """
    holders = frozenset(standing.holder for standing in seats if standing.holder is not None)
    found: dict[uuid.UUID, Acting] = {}
    found.update(_in_person(seats, holders, present or frozenset()))
    found.update(_by_proxy([one for one in seats if one.seat not in found], holders, present, proxies_each))
    if from_afar or present is None:
        found.update(_from_afar(seats, holders, found))
    return found


def _in_person(
    seats: Collection[Standing], holders: Set[uuid.UUID], present: Set[uuid.UUID]
) -> Iterator[tuple[uuid.UUID, Acting]]:
    busy: set[uuid.UUID] = set()
    for one in seats:
        if one.holder in present and one.holder is not None:
            yield one.seat, Acting(one.holder, Capacity.HOLDER, True)
            continue
        free = (member for member in one.alternates if member in present - holders - busy)
        if (standing_in := next(free, None)) is not None:
            busy.add(standing_in)
            yield one.seat, Acting(standing_in, Capacity.ALTERNATE, True)


def _by_proxy(
    seats: Collection[Standing], holders: Set[uuid.UUID], present: Set[uuid.UUID] | None, proxies_each: int
) -> Iterator[tuple[uuid.UUID, Acting]]:
    carried: Counter[uuid.UUID] = Counter()
    for one in seats:
        bearer = one.bearer
        if one.holder is None or bearer is None or bearer not in holders or bearer == one.holder:
            continue
        if (present is None or bearer in present) and carried[bearer] < proxies_each:
            carried[bearer] += 1
            yield one.seat, Acting(one.holder, Capacity.PROXY, PROXY_COUNTS_AS_PRESENT, bearer)


def _from_afar(
    seats: Collection[Standing], holders: Set[uuid.UUID], found: Mapping[uuid.UUID, Acting]
) -> Iterator[tuple[uuid.UUID, Acting]]:
    busy = {one.voter for one in found.values()}
    for one in seats:
        if one.seat in found:
            continue
        if one.holder is not None:
            yield one.seat, Acting(one.holder, Capacity.HOLDER, False)
        elif (stands_in := next((m for m in one.alternates if m not in holders | busy), None)) is not None:
            busy.add(stands_in)
            yield one.seat, Acting(stands_in, Capacity.ALTERNATE, False)
