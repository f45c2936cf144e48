"""Reading ballots. Nobody reads a choice before the ballot is closed, but the voter whose choice it is."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from consult.ballots.count import Group
from consult.ballots.custom_rules import rules_for as rules_for
from consult.ballots.models import Ballot, OpenChoice, RollEntry
from consult.ballots.states import BallotState
from consult.consultations.models import Member
from consult.consultations.names import PublicName, public_names
from consult.db import prepared, session
from consult.i18n import Localized
from consult.paging import PAGE, Page, numbered_page


@dataclass(frozen=True, slots=True)
class ListedBallot:
    """A ballot as a line of a list."""

    id: uuid.UUID
    number: int
    state: BallotState
    questions: Localized
    rule_id: str
    round: int
    recommendation_id: uuid.UUID | None
    session_id: uuid.UUID | None
    opened_at: datetime | None
    closed_at: datetime | None
    outcome: str | None


@dataclass(frozen=True, slots=True)
class RollLine:
    """A voter on a roll: who they are to others, where they vote, and (of a counted ballot) how they voted.

    `represented_by` is who cast for them by proxy, as others may read it.
    """

    voter: uuid.UUID
    name: PublicName
    track: str
    constituency: str
    present: bool
    choice: str | None
    represented_by: PublicName | None = None


def ballot_by_number(consultation: uuid.UUID, number: int) -> Ballot | None:
    """Return a ballot by the number people see."""
    return session.scalars(*_by_number(consultation, number)).first()


@prepared
def _by_number(consultation: uuid.UUID, number: int) -> sa.Select[Ballot]:
    return sa.select(Ballot).where(Ballot.consultation_id == consultation, Ballot.number == number)


def ballots_on(recommendation: uuid.UUID) -> Sequence[Ballot]:
    """Return the ballots on a recommendation that were opened, newest first (1 query)."""
    return session.scalars(*_opened_on(recommendation)).all()


@prepared
def _opened_on(recommendation: uuid.UUID) -> sa.Select[Ballot]:
    return (
        sa.select(Ballot)
        .where(Ballot.recommendation_id == recommendation, Ballot.opened_at.is_not(None))
        .order_by(Ballot.number.desc())
    )


def standing_ballot(ballots: Sequence[Ballot]) -> Ballot | None:
    """Return the ballot whose result stands, among those of a recommendation, newest first."""
    return next((ballot for ballot in ballots if ballot.state == BallotState.CLOSED), None)


def ballots_page(
    consultation: uuid.UUID,
    *,
    which: sa.ColumnElement[bool] | None = None,
    sitting: uuid.UUID | None = None,
    below: int | None = None,
    above: int | None = None,
    limit: int = PAGE,
) -> Page[ListedBallot]:
    """Return a page of ballots (1 query): those with numbers `below` one, or `above` one; those that were opened, or `which`."""
    query = sa.select(*_LINE).where(Ballot.consultation_id == consultation)
    query = query.where(Ballot.opened_at.is_not(None) if which is None else which)
    if sitting is not None:
        query = query.where(Ballot.session_id == sitting)
    return numbered_page(query, Ballot.number, _as_listed, below=below, above=above, limit=limit)


_LINE: tuple[Any, ...] = (
    Ballot.id,
    Ballot.number,
    Ballot.state,
    Ballot.questions,
    Ballot.rule_id,
    Ballot.round,
    Ballot.recommendation_id,
    Ballot.session_id,
    Ballot.opened_at,
    Ballot.closed_at,
    Ballot.result["outcome"].as_string(),
)


def _as_listed(row: Any) -> ListedBallot:
    id_, number, state, *rest = row
    return ListedBallot(id_, number, BallotState(state), *rest)


def next_round_of(ballot: uuid.UUID) -> uuid.UUID | None:
    """Return the ballot that follows another, unless it was annulled."""
    return session.execute(
        sa.select(Ballot.id).where(Ballot.previous_id == ballot, Ballot.state != BallotState.ANNULLED)
    ).scalar_one_or_none()


def rounds_of(ballot: Ballot) -> Sequence[ListedBallot]:
    """Return the ballots before and after one on the same question, that were opened (1 query)."""
    near = sa.or_(Ballot.previous_id == ballot.id, Ballot.id == ballot.previous_id)
    query = sa.select(*_LINE).where(near, Ballot.opened_at.is_not(None)).order_by(Ballot.number)
    return [_as_listed(row) for row in session.execute(query)]


def groups_of(ballot: uuid.UUID) -> list[Group]:
    """Return the choices of a ballot, added up by track, constituency and choice, with those who did not vote (1 query)."""
    rows = session.execute(
        sa.select(
            RollEntry.track,
            RollEntry.constituency,
            OpenChoice.choice,
            sa.func.count(),
            sa.func.coalesce(sa.func.sum(OpenChoice.weight), 0),
        )
        .outerjoin(OpenChoice, _OF_ENTRY)
        .where(RollEntry.ballot_id == ballot)
        .group_by(RollEntry.track, RollEntry.constituency, OpenChoice.choice)
        .order_by(RollEntry.track, RollEntry.constituency, OpenChoice.choice)
    )
    return [
        Group(track, constituency, choice, voters, int(votes)) for track, constituency, choice, voters, votes in rows
    ]


_OF_ENTRY = sa.and_(OpenChoice.ballot_id == RollEntry.ballot_id, OpenChoice.voter_id == RollEntry.voter_id)


def turnout(ballot: uuid.UUID) -> tuple[int, int]:
    """Return how many stand on the roll and how many of them have voted; never how (1 query)."""
    voters, cast = session.execute(
        sa.select(sa.func.count(), sa.func.count(OpenChoice.voter_id))
        .select_from(RollEntry)
        .outerjoin(OpenChoice, _OF_ENTRY)
        .where(RollEntry.ballot_id == ballot)
    ).one()
    return voters, cast


def roll_of(ballot: Ballot) -> Sequence[RollLine]:
    """Return the roll by name (2 queries); choices stand in it only where there is a result."""
    counted = ballot.result is not None
    rows = session.execute(
        sa.select(
            RollEntry.voter_id,
            RollEntry.track,
            RollEntry.constituency,
            RollEntry.present,
            OpenChoice.choice if counted else sa.null(),
            RollEntry.represented_by_id,
        )
        .outerjoin(OpenChoice, _OF_ENTRY)
        .join(Member, Member.id == RollEntry.voter_id)
        .where(RollEntry.ballot_id == ballot.id)
        .order_by(RollEntry.track, Member.number)
    ).all()
    names = public_names({member for row in rows for member in (row.voter_id, row.represented_by_id) if member})
    return [RollLine(row[0], names[row[0]], *row[1:5], names.get(row.represented_by_id)) for row in rows]


def own_choices(ballot: uuid.UUID, casters: Collection[uuid.UUID]) -> Mapping[uuid.UUID, str | None]:
    """Return the voters on the roll for whom these members cast, with what was chosen so far, None for nothing (1 query).

    Those are the members themselves, unless a proxy of theirs was frozen, and the principals whose proxies they carry. For
    the casters themselves only: pass an actor's own members.
    """
    rows = session.execute(
        sa.select(RollEntry.voter_id, OpenChoice.choice)
        .outerjoin(OpenChoice, _OF_ENTRY)
        .where(RollEntry.ballot_id == ballot, _CASTER.in_(casters))
        .order_by(RollEntry.represented_by_id.is_not(None), RollEntry.voter_id)
    )
    return {row.voter_id: row.choice for row in rows}


_CASTER = sa.func.coalesce(RollEntry.represented_by_id, RollEntry.voter_id)
