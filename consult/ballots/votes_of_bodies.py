"""How a body voted, where that is public: in named ballots that were counted, under names others may read."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from consult.ballots.models import Ballot, OpenChoice, RollEntry
from consult.ballots.states import BallotState
from consult.consultations.models import Member
from consult.db import session
from consult.typed_numbers import as_number


@dataclass(frozen=True, slots=True)
class VotesPage:
    """Ballots with the choice of a body in each, None where it cast none; `older` is where the next page begins, None at the end."""

    votes: Sequence[tuple[Ballot, str | None]]
    older: str | None


def votes_of_body(consultation: uuid.UUID, body: uuid.UUID, *, before: str = "", limit: int = 25) -> VotesPage:
    """Return the ballots on whose rolls a body stands, the newest first, with what its members chose (1 query).

    The roll says for whom a member voted, wherever they take part now. One whose name is withheld is left out. `before` is
    the `older` of another page; what is none is the first page.
    """
    cast = sa.and_(OpenChoice.ballot_id == RollEntry.ballot_id, OpenChoice.voter_id == RollEntry.voter_id)
    query = (
        sa.select(Ballot, OpenChoice.choice, Member.number)
        .join(RollEntry, RollEntry.ballot_id == Ballot.id)
        .join(Member, Member.id == RollEntry.voter_id)
        .outerjoin(OpenChoice, cast)
        .where(
            Ballot.consultation_id == consultation,
            Ballot.state == BallotState.CLOSED,
            RollEntry.body_id == body,
            Member.withheld.is_(False),
        )
        .order_by(Ballot.number.desc(), Member.number)
        .limit(limit + 1)
    )
    if (place := _place(before)) is not None:
        ballot, member = place
        on = sa.and_(Ballot.number == ballot, Member.number > member)
        query = query.where(sa.or_(Ballot.number < ballot, on))
    rows = session.execute(query).all()
    votes = [(ballot, choice) for ballot, choice, _ in rows[:limit]]
    last = rows[limit - 1] if len(rows) > limit else None
    return VotesPage(votes, f"{last[0].number}.{last[2]}" if last is not None else None)


def _place(before: str) -> tuple[int, int] | None:
    ballot, _, member = before.partition(".")
    place = as_number(ballot, None), as_number(member, None)
    return None if place[0] is None or place[1] is None else (place[0], place[1])
