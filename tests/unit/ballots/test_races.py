"""Real processes at the same ballot: nobody is counted twice, and closing and casting never cross."""

from __future__ import annotations

import random
import time

import pytest
import sqlalchemy as sa
from flask import Flask

from consult.ballots.models import Ballot, OpenChoice
from consult.ballots.services import BallotDraft, close_ballot, open_ballot, prepare_ballot
from consult.ballots.states import BallotKind
from consult.db import session
from consult.i18n import Localized
from consult.settings import Settings
from consult.testing.plenary import fill_seats, vacate_seats
from consult.testing.workers import cast_for_all, cast_until_closed, workers
from consult.testing.world import World

CHOICES = ("for", "against", "abstain")


def _open(world: World) -> Ballot:
    draft = BallotDraft(BallotKind.PROCEDURAL, "GA-2/3", Localized(ar="سؤال"))
    row = prepare_ballot(draft, consultation=world.consultation, actor=world.actor("organiser"))
    return open_ballot(row, actor=world.actor("moderator"))


def test_sixteen_processes_for_the_same_voters_never_count_twice(app: Flask, settings: Settings, world: World) -> None:
    ballot = _open(world)
    members = list(world.members.values())
    number, by_worker = ballot.id, [CHOICES[i % 3 :] + CHOICES[: i % 3] for i in range(16)]
    with workers(settings, 16) as pool:
        done = [task.result() for task in [pool.submit(cast_for_all, number, members, c) for c in by_worker]]
    assert done == [15] * 16
    closed = close_ballot(ballot, actor=world.actor("moderator"))
    assert closed.result is not None
    assert (closed.result["voters"], closed.result["cast"], sum(closed.result["totals"].values())) == (5, 5, 5)
    assert session.execute(sa.select(sa.func.count()).select_from(OpenChoice)).scalar_one() == 5


def _rounds(settings: Settings, world: World, rounds: int) -> None:
    """Close a ballot while others cast, again and again: what was acknowledged last is what is counted, for everybody."""
    vacate_seats(world)
    [members] = fill_seats(world, {("municipal", "west"): 4}).values()
    moderator, pause = world.actor("moderator"), random.Random(12)
    casts: list[int] = []
    with workers(settings, 4) as pool:
        for _ in range(rounds):
            ballot = _open(world)
            number = ballot.id
            session.rollback()
            tasks = {member: pool.submit(cast_until_closed, number, member, CHOICES) for member in members}
            time.sleep(pause.uniform(0.0, 0.08))
            close_ballot(session.get_one(Ballot, number), actor=moderator)
            acknowledged = {member: task.result() for member, task in tasks.items()}
            casts.append(sum(map(len, acknowledged.values())))
            stored = {
                voter: [choice]
                for voter, choice in session.execute(
                    sa.select(OpenChoice.voter_id, OpenChoice.choice).where(OpenChoice.ballot_id == number)
                )
            }
            assert stored == {member: cast[-1:] for member, cast in acknowledged.items() if cast}
            result = session.get_one(Ballot, number).result
            assert result is not None
            expected = [cast[-1] for cast in acknowledged.values() if cast]
            assert result["totals"] == {choice: expected.count(choice) for choice in CHOICES}
    assert sum(casts) > 4 * rounds, "the processes did not really meet"


def test_closing_against_casting(app: Flask, settings: Settings, world: World) -> None:
    _rounds(settings, world, 20)


@pytest.mark.faults
def test_closing_against_casting_fifty_rounds(app: Flask, settings: Settings, world: World) -> None:
    _rounds(settings, world, 50)
