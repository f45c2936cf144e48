"""How the members of a body voted, where that is public: in named ballots that were counted, under names others may read."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence

import sqlalchemy as sa

from consult.ballots.models import Ballot, OpenChoice, RollEntry
from consult.ballots.states import BallotState
from consult.consultations.models import Member
from consult.db import session


def votes_of_bodies(
    consultation: uuid.UUID, bodies: Collection[uuid.UUID], limit: int = 25
) -> Sequence[tuple[Ballot, str | None]]:
    """Return ballots on whose rolls members of these bodies stand, the newest first, with the choice, None for none (1 query).

    A member whose name is withheld is left out.
    """
    cast = sa.and_(OpenChoice.ballot_id == RollEntry.ballot_id, OpenChoice.voter_id == RollEntry.voter_id)
    rows = session.execute(
        sa.select(Ballot, OpenChoice.choice)
        .join(RollEntry, RollEntry.ballot_id == Ballot.id)
        .join(Member, Member.id == RollEntry.voter_id)
        .outerjoin(OpenChoice, cast)
        .where(
            Ballot.consultation_id == consultation,
            Ballot.state == BallotState.CLOSED,
            Member.body_id.in_(bodies),
            Member.withheld.is_(False),
        )
        .order_by(Ballot.number.desc(), Member.number)
        .limit(limit)
    )
    return [(ballot, choice) for ballot, choice in rows]
