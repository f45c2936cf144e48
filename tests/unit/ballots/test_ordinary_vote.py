"""The short way of an ordinary vote: it takes what the page takes, and leaves everything else to the page."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
import sqlalchemy as sa

from consult import clock
from consult.accounts.models import SignIn
from consult.accounts.signing_in.sign_in import start_sign_in
from consult.ballots import frozen
from consult.ballots.models import Ballot, OpenChoice, RollEntry
from consult.ballots.ordinary_vote import Vote, cast_at_once
from consult.ballots.services import BallotDraft, close_ballot, open_ballot, prepare_ballot
from consult.ballots.states import BallotKind
from consult.consultations.models import Member, Seat
from consult.db import session, transaction
from consult.errors import Conflict, Forbidden
from consult.i18n import Localized
from consult.testing.world import World


def _prepare(world: World) -> Ballot:
    draft = BallotDraft(BallotKind.PROCEDURAL, "GA-2/3", Localized(ar="هل تعتمد؟"))
    return prepare_ballot(draft, consultation=world.consultation, actor=world.actor("organiser"))


@pytest.fixture
def ballot(world: World) -> Ballot:
    """An open ballot."""
    return open_ballot(_prepare(world), actor=world.actor("moderator"))


@pytest.fixture
def token(world: World) -> str:
    """The token of the member for Ghat."""
    return start_sign_in(world.people["ghat"], method="link")


def _choices() -> dict[uuid.UUID, tuple[str, int, uuid.UUID | None]]:
    session.rollback()
    return {row.voter_id: (row.choice, row.weight, row.cast_by) for row in session.scalars(sa.select(OpenChoice))}


def _vote(ballot: Ballot, token: str, choice: str = "for", slug: str = "test") -> bool:
    return cast_at_once(Vote(token, slug, ballot.number, choice))


def test_an_ordinary_vote_is_cast_and_may_be_changed(world: World, ballot: Ballot, token: str) -> None:
    assert _vote(ballot, token)
    assert _choices() == {world.members["ghat"]: ("for", 1, world.people["ghat"])}
    assert _vote(ballot, token, "against")
    assert _choices() == {world.members["ghat"]: ("against", 1, world.people["ghat"])}


@pytest.mark.parametrize("choice", ["", "For", "maybe", "for "])
def test_what_does_not_stand_on_the_paper_is_left_to_the_page(ballot: Ballot, token: str, choice: str) -> None:
    assert not _vote(ballot, token, choice)
    assert _choices() == {}


def test_a_ballot_that_is_prepared_or_not_there_is_left_to_the_page(world: World, token: str) -> None:
    prepared = _prepare(world)
    assert not _vote(prepared, token)
    assert not cast_at_once(Vote(token, "test", prepared.number + 1, "for"))
    assert not _vote(prepared, token, slug="elsewhere")
    assert _choices() == {}


@pytest.mark.parametrize("ends", ["ended_at", "expires_at", "seen_at"])
def test_a_sign_in_that_is_over_votes_no_more(ballot: Ballot, token: str, ends: str) -> None:
    with transaction():
        session.execute(sa.update(SignIn).values({ends: clock.now() - timedelta(days=30)}))
    assert not _vote(ballot, token)
    assert not _vote(ballot, "another")
    assert not _vote(ballot, "")
    assert _choices() == {}


def test_whoever_ended_taking_part_or_has_no_seat_is_left_to_the_page(world: World, ballot: Ballot, token: str) -> None:
    moderator = start_sign_in(world.people["moderator"], method="link")
    assert not _vote(ballot, moderator)
    with transaction():
        session.execute(sa.update(Seat).where(Seat.holder_id == world.members["ghat"]).values(holder_id=None))
    assert not _vote(ballot, token)
    with transaction():
        session.execute(sa.update(Member).where(Member.id == world.members["derna"]).values(part_ended_at=clock.now()))
    assert not _vote(ballot, start_sign_in(world.people["derna"], method="link"))
    assert _choices() == {}


def test_a_consultation_that_is_not_public_is_left_to_the_page(world: World, ballot: Ballot, token: str) -> None:
    with transaction():
        world.consultation.public = False
    assert not _vote(ballot, token)
    assert _choices() == {}


def test_somebody_with_several_seats_chooses_on_the_page(world: World, ballot: Ballot, token: str) -> None:
    with transaction():
        session.execute(
            sa.update(Member).where(Member.id == world.members["professor"]).values(person_id=world.people["ghat"])
        )
    assert not _vote(ballot, token)
    assert _choices() == {}


def test_a_closed_ballot_takes_nothing(world: World, ballot: Ballot, token: str) -> None:
    close_ballot(ballot, actor=world.actor("moderator"))
    with pytest.raises(Conflict):
        _vote(ballot, token)
    assert _choices() == {}


def test_whoever_is_not_on_the_roll_is_refused(world: World, token: str) -> None:
    with transaction():
        seat = session.scalars(sa.select(Seat).where(Seat.holder_id == world.members["ghat"])).one()
        seat.holder_id = None
    ballot = open_ballot(_prepare(world), actor=world.actor("moderator"))
    with transaction():
        session.get_one(Seat, seat.id).holder_id = world.members["ghat"]
    assert session.scalar(sa.select(sa.func.count()).where(RollEntry.voter_id == world.members["ghat"])) == 0
    with pytest.raises(Forbidden):
        _vote(ballot, token)
    assert _choices() == {}


def test_a_restored_database_is_noticed(
    world: World, ballot: Ballot, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process keeps a ballot by its number; after a restore another ballot may stand there."""
    other = frozen.OpenedBallot(uuid.uuid4(), world.consultation_id, ("for",))
    monkeypatch.setitem(frozen._opened, (world.consultation_id, ballot.number), other)
    assert not _vote(ballot, token)
    assert _vote(ballot, token)
    assert _choices() == {world.members["ghat"]: ("for", 1, world.people["ghat"])}
