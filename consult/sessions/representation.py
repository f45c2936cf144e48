"""Who acts for which seat in a session at this moment."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

from consult.consultations.models import Consultation
from consult.consultations.seats.acting import Capacity, acting
from consult.consultations.seats.standing import plenary
from consult.sessions.models import Session


@dataclass(frozen=True, slots=True)
class ActsFor:
    """A seat that a member acts for now: its number, as what, and for an alternate or a bearer whose seat it is."""

    number: int
    capacity: Capacity
    holder: uuid.UUID | None


def acting_now(
    sitting: Session, consultation: Consultation, present: Set[uuid.UUID]
) -> Mapping[uuid.UUID, Sequence[ActsFor]]:
    """Return, for each member in the room (`present`) who acts for a seat, which seats they act for (3 queries).

    Proxies are those for everything and for this session: one for a kind of ballot speaks in such ballots only.
    """
    seats = plenary(sitting.consultation_id, session=sitting.id)
    found: dict[uuid.UUID, list[ActsFor]] = defaultdict(list)
    now = acting([seat.standing for seat in seats], present, proxies_each=consultation.proxies_each)
    for seat in seats:
        if (one := now.get(seat.standing.seat)) is not None:
            found[one.caster].append(ActsFor(seat.number, one.capacity, seat.standing.holder))
    return found
