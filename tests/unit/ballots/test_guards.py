"""The database's own guards: what no code of ours, and nobody with a database client, can do to a ballot."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from consult import clock
from consult.ballots.box import cast
from consult.ballots.models import Ballot, OpenChoice, RollEntry
from consult.ballots.services import BallotDraft, annul, close_ballot, open_ballot, prepare_ballot
from consult.ballots.states import BallotKind
from consult.db import new_id, session, transaction
from consult.i18n import Localized
from consult.testing.world import World


@pytest.fixture
def ballot(world: World) -> Ballot:
    """An open ballot in which one vote was cast."""
    draft = BallotDraft(BallotKind.PROCEDURAL, "GA-2/3", Localized(ar="سؤال"))
    row = prepare_ballot(draft, consultation=world.consultation, actor=world.actor("organiser"))
    open_ballot(row, actor=world.actor("moderator"))
    cast(row, "for", actor=world.actor("ghat"))
    return row


def _refused(statement: sa.Executable, words: str) -> None:
    with pytest.raises(DBAPIError, match=words), transaction():
        session.execute(statement)


def _choice(world: World, ballot: Ballot, who: str) -> sa.Insert:
    return sa.insert(OpenChoice).values(
        ballot_id=ballot.id,
        voter_id=world.members[who],
        choice="against",
        cast_by=world.people[who],
        at=clock.now(),
    )


def test_a_second_choice_of_one_voter_is_refused(world: World, ballot: Ballot) -> None:
    with pytest.raises(DBAPIError), transaction():
        session.execute(_choice(world, ballot, "ghat"))


def test_a_choice_of_somebody_who_is_not_on_the_roll_is_refused(world: World, ballot: Ballot) -> None:
    with pytest.raises(DBAPIError), transaction():
        session.execute(_choice(world, ballot, "ghat").values(voter_id=new_id()))


def test_a_choice_is_never_deleted(ballot: Ballot) -> None:
    _refused(sa.delete(OpenChoice), "a choice is never deleted")


def test_a_closed_ballot_takes_no_choice_and_changes_none(world: World, ballot: Ballot) -> None:
    close_ballot(ballot, actor=world.actor("moderator"))
    _refused(_choice(world, ballot, "derna"), "the ballot is not open")
    _refused(sa.update(OpenChoice).values(choice="against"), "the ballot is not open")


def test_a_prepared_and_an_annulled_ballot_take_no_choice(world: World, ballot: Ballot) -> None:
    annul(ballot, "سبب", actor=world.actor("moderator"))
    _refused(_choice(world, ballot, "derna"), "the ballot is not open")


def test_the_roll_is_never_changed(world: World, ballot: Ballot) -> None:
    _refused(sa.update(RollEntry).values(weight=2), "the roll is frozen")
    _refused(sa.delete(RollEntry), "the roll is frozen")
    entry = session.scalars(sa.select(RollEntry)).first()
    assert entry is not None
    late = sa.insert(RollEntry).values(
        ballot_id=ballot.id, voter_id=entry.voter_id, seat_id=entry.seat_id, track="cso", constituency=""
    )
    _refused(late, "the roll is frozen")


@pytest.mark.parametrize(
    "values",
    [
        {"rule": {"id": "GA-SIMPLE"}},
        {"options": [{"key": "a"}]},
        {"electorate": {"tracks": {}}},
        {"seats": 1},
        {"present": 1},
        {"roll_hash": "0" * 64},
        {"version": 9},
        {"state": "prepared"},
    ],
)
def test_what_was_frozen_at_the_opening_is_never_changed(ballot: Ballot, values: dict[str, object]) -> None:
    _refused(sa.update(Ballot).values(**values), "what was frozen at the opening of a ballot is never changed")


def test_a_closed_ballot_is_never_changed_and_an_annulled_one_neither(world: World, ballot: Ballot) -> None:
    close_ballot(ballot, actor=world.actor("moderator"))
    for values in ({"result": {"outcome": "adopted"}}, {"state": "open"}, {"questions": Localized(ar="سؤال آخر")}):
        _refused(sa.update(Ballot).values(**values), "a closed ballot is never changed")
    _refused(
        sa.update(Ballot).values(state="annulled", result={"outcome": "adopted"}), "a closed ballot is never changed"
    )
    annul(ballot, "سبب", actor=world.actor("moderator"))
    for values in ({"annulled_because": "سبب آخر"}, {"state": "closed"}):
        _refused(sa.update(Ballot).values(**values), "a closed ballot is never changed")
