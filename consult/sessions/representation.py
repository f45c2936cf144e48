"""Who acts for which seat in a session at this moment."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from consult.consultations.acting import Capacity, acting
from consult.consultations.models import Consultation
from consult.consultations.standing import plenary
from consult.db import session
from consult.sessions.models import Session
from consult.sessions.queries import present_members


@dataclass(frozen=True, slots=True)
class ActsFor:
    """A seat that a member acts for now: its number, as what, and for an alternate or a bearer whose seat it is."""

    number: int
    capacity: Capacity
    holder: uuid.UUID | None


def acting_now(sitting: Session) -> Mapping[uuid.UUID, Sequence[ActsFor]]:
    """Return, for each member in the room who acts for a seat, which seats they act for (5 queries at most).

    Proxies are those for everything and for this session: one for a kind of ballot speaks in such ballots only.
    """
    limit = session.get_one(Consultation, sitting.consultation_id).proxies_each
    seats = plenary(sitting.consultation_id, session=sitting.id)
    found: dict[uuid.UUID, list[ActsFor]] = defaultdict(list)
    now = acting([seat.standing for seat in seats], present_members(sitting.id), proxies_each=limit)
    for seat in seats:
        if (one := now.get(seat.standing.seat)) is not None:
            found[one.caster].append(ActsFor(seat.number, one.capacity, seat.standing.holder))
    return found
