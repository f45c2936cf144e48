"""Voters for the casting measure: a consultation with many seats, everybody signed in, a ballot for each turn."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from consult import clock
from consult.accounts.models import SignIn
from consult.accounts.signing_in.sign_in import token_hash
from consult.ballots.models import OpenChoice
from consult.ballots.services import BallotDraft, open_ballot, prepare_ballot
from consult.ballots.states import BallotKind
from consult.consultations.models import Member
from consult.db import new_id, session, transaction
from consult.i18n import Localized
from consult.testing.plenary import fill_seats, vacate_seats
from consult.testing.world import World, make_world

CHOICES = ("for", "against", "abstain")
SEATS = {("municipal", "west"): 400, ("academic", ""): 200, ("cso", ""): 400}


@dataclass(frozen=True, slots=True)
class Voter:
    """A member with a seat, and the token of their sign-in."""

    member: uuid.UUID
    token: str


@dataclass(frozen=True, slots=True)
class OpenBallot:
    """An open ballot."""

    id: uuid.UUID
    number: int


def make_plenary() -> tuple[World, Sequence[Voter]]:
    """Make a consultation with a thousand seats and their holders, and sign all of them in."""
    world = make_world()
    vacate_seats(world)
    members = [member for group in fill_seats(world, SEATS).values() for member in group]
    return world, [Voter(member, token) for member, token in zip(members, _sign_in(members), strict=True)]


def _sign_in(members: Sequence[uuid.UUID]) -> list[str]:
    """Open a sign-in for each member; the rows are what `start_sign_in` writes, without its events."""
    people = {m.id: m.person_id for m in session.scalars(sa.select(Member))}
    tokens, now = [secrets.token_urlsafe(32) for _ in members], clock.now()
    rows = [
        {
            "id": new_id(),
            "person_id": people[member],
            "token_hash": token_hash(token),
            "method": "link",
            "created_at": now,
            "seen_at": now,
            "expires_at": now + timedelta(hours=12),
            "proved_at": now,
        }
        for member, token in zip(members, tokens, strict=True)
    ]
    with transaction():
        session.execute(sa.insert(SignIn), rows)
    return tokens


def new_ballot(world: World) -> OpenBallot:
    """Open a ballot for everybody, who all came in just now (so that last-seen is not due)."""
    draft = BallotDraft(BallotKind.PROCEDURAL, "GA-2/3", Localized(ar="هل نعتمد جدول الأعمال؟", en="Adopt the agenda?"))
    with transaction():
        session.execute(sa.update(SignIn).values(seen_at=clock.now()))
        row = prepare_ballot(draft, consultation=world.consultation, actor=world.actor("moderator"))
        open_ballot(row, actor=world.actor("moderator"))
        return OpenBallot(row.id, row.number)


def recorded(ballot: OpenBallot) -> Mapping[uuid.UUID, str]:
    """Return what was recorded of each voter."""
    rows = session.execute(sa.select(OpenChoice.voter_id, OpenChoice.choice).where(OpenChoice.ballot_id == ballot.id))
    found = dict(rows.tuples().all())
    session.rollback()  # the next look has to see what was written in between
    return found
