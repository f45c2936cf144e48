"""Casting: one voter's own open choice, in one statement that is a transaction by itself and that closing cannot cross."""

from __future__ import annotations

import uuid
from collections.abc import Collection

import sqlalchemy as sa

from consult import clock
from consult.accounts.access import Actor, demand
from consult.ballots.frozen import OpenedBallot, paper
from consult.ballots.models import Ballot, RollEntry
from consult.ballots.states import REFUSALS, BallotState
from consult.db import DriverQuery, session
from consult.errors import Conflict, Forbidden, NotFound, Rejected
from consult.i18n import N_

# The ballot's row is read in the same statement that writes the choice. On PostgreSQL it is share-locked: closing takes
# it FOR UPDATE, so it waits for every cast that has begun, and a cast that comes later finds the ballot closed. On
# SQLite the lock that all writers take does the same.
_CAST = DriverQuery(
    """
    INSERT INTO open_choice (ballot_id, voter_id, choice, weight, cast_by, at)
    SELECT entry.ballot_id, entry.voter_id, :choice, entry.weight, :cast_by, :at
    FROM ballot JOIN roll_entry AS entry ON entry.ballot_id = ballot.id
    WHERE ballot.id = :ballot AND ballot.state = 'open' AND entry.voter_id = :voter
    AND COALESCE(entry.represented_by_id, entry.voter_id) = :caster {locks}
    ON CONFLICT (ballot_id, voter_id)
    DO UPDATE SET choice = excluded.choice, cast_by = excluded.cast_by, at = excluded.at
    RETURNING voter_id
    """,
    locks="FOR SHARE OF ballot",
)


def cast(ballot: Ballot | OpenedBallot, choice: str, *, actor: Actor, voter: uuid.UUID | None = None) -> None:
    """Cast or change one's own choice while the ballot is open. Not an event; nothing about it is logged.

    `voter` is the member in whose name it is, needed only by somebody who takes part as several members or carries a proxy:
    the bearer casts for each principal apart, and a principal whose proxy was frozen does not cast. Raises Rejected for a choice that is not on the ballot paper, Conflict when the ballot is not open, Forbidden for
    somebody who does not stand on the roll, NotFound for a ballot that is not there.
    """
    demand(actor, "ballot.cast", ballot)
    member, caster = _voter(ballot, actor, voter)
    if choice not in (ballot.choices if isinstance(ballot, OpenedBallot) else paper(ballot)):
        raise Rejected(N_("Choose one of the answers."), "choice")
    chosen, now = ballot.id, clock.now()
    if not _CAST.write(choice=choice, cast_by=actor.person, at=now, ballot=chosen, voter=member, caster=caster):
        _refuse(chosen)


def _voter(ballot: Ballot | OpenedBallot, actor: Actor, voter: uuid.UUID | None) -> tuple[uuid.UUID, uuid.UUID]:
    """Return in whose name the actor votes and as which member they cast; Forbidden for a name they do not speak for."""
    own = actor.votes_as(ballot.consultation_id)
    likely = [m.member for m in own if m.seated] or [m.member for m in own]
    if voter is None and len(likely) == 1:
        return likely[0], likely[0]
    if voter is None:
        raise Forbidden
    if any(m.member == voter for m in own):
        return voter, voter
    return voter, _bearer(ballot.id, voter, {m.member for m in own})


def _bearer(ballot: uuid.UUID, principal: uuid.UUID, own: Collection[uuid.UUID]) -> uuid.UUID:
    entry = sa.select(RollEntry.represented_by_id).where(
        RollEntry.ballot_id == ballot, RollEntry.voter_id == principal, RollEntry.represented_by_id.in_(own)
    )
    if (bearer := session.scalar(entry)) is None:
        raise Forbidden
    return bearer


def _refuse(ballot: uuid.UUID) -> None:
    """Say why nothing was written: the ballot is not open, or the voter is not on its roll."""
    state = session.execute(sa.select(Ballot.state).where(Ballot.id == ballot)).scalar_one_or_none()
    if state is None:
        raise NotFound
    if state != BallotState.OPEN:
        raise Conflict(REFUSALS[BallotState(state)])
    raise Forbidden(N_("You are not on the roll of this ballot."))
