"""An accreditation that ends while somebody sits: the quorum, later ballots, an open one, and what the moderator is told."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from consult import clock
from consult.accounts.models import SignIn
from consult.ballots.box import cast
from consult.ballots.models import OpenChoice, RollEntry
from consult.ballots.queries import ballot_by_number, own_choices
from consult.ballots.services import BallotDraft, close_ballot, open_ballot, prepare_ballot
from consult.ballots.states import BallotKind
from consult.consultations.models import Member
from consult.consultations.services import end_membership
from consult.db import session, transaction
from consult.errors import Forbidden
from consult.i18n import Localized
from consult.sessions.models import Session
from consult.sessions.present import sitting
from consult.sessions.queries import quorum_now, seats_by_track
from consult.sessions.services import ask_floor
from consult.testing.sittings import opened_session
from consult.testing.web import form_token
from consult.testing.world import World

SOON = timedelta(minutes=2)
YES = "for"
QUESTION = Localized(ar="هل تعتمد؟", en="Do you adopt it?")


def _ends_soon(world: World) -> Session:
    """Three sit; Derna's accreditation ends in two minutes."""
    row = opened_session(world, "ghat", "derna", "professor")
    with transaction():
        session.get_one(Member, world.members["derna"]).until = clock.now() + SOON
    return row


def _counted(world: World, row: Session) -> tuple[int, int, tuple[int, int]]:
    session.rollback()
    now = sitting(world.consultation_id, row.number)
    assert now is not None
    return quorum_now(row).present, now.quorum.present, seats_by_track(row)["municipal"]


def _roll(ballot: uuid.UUID) -> set[uuid.UUID]:
    return set(session.scalars(sa.select(RollEntry.voter_id).where(RollEntry.ballot_id == ballot)))


def _ballot(world: World, row: Session, rule: str = "GA-2/3") -> int:
    draft = BallotDraft(kind=BallotKind.PROCEDURAL, rule=rule, questions=QUESTION, session=row.id)
    made = prepare_ballot(draft, consultation=world.consultation, actor=world.actor("organiser"))
    return open_ballot(made, actor=world.actor("moderator")).number


@pytest.mark.parametrize("by_itself", [True, False], ids=["by its date", "ended by an organiser"])
def test_a_seat_stops_counting_and_the_open_ballot_goes_on(world: World, by_itself: bool) -> None:
    row = _ends_soon(world)
    before = ballot_by_number(world.consultation_id, _ballot(world, row))
    assert before is not None
    total = seats_by_track(row)["municipal"][1]
    assert _counted(world, row) == (3, 3, (2, total))
    on_roll = _roll(before.id)
    assert world.members["derna"] in on_roll
    if not by_itself:
        derna = session.get_one(Member, world.members["derna"])
        end_membership(derna, consultation=world.consultation, actor=world.actor("organiser"))
    with clock.at(clock.now() + (SOON if by_itself else timedelta(0))):
        assert _counted(world, row) == (2, 2, (1, total)), "from that moment the seat does not count"
        derna_now = world.actor("derna")
        assert (derna_now.memberships, [m.member for m in derna_now.entitled]) == ((), [world.members["derna"]])
        with pytest.raises(Forbidden):
            ask_floor(row, actor=derna_now)
        cast(before, YES, actor=derna_now)
        assert own_choices(before.id, [world.members["derna"]]) == {world.members["derna"]: YES}
        later = ballot_by_number(world.consultation_id, _ballot(world, row))
        assert later is not None
        assert world.members["derna"] not in _roll(later.id)
        with pytest.raises(Forbidden):
            cast(later, YES, actor=world.actor("derna"))
        assert _roll(before.id) == on_roll, "frozen, as it was committed to"
        close_ballot(before, actor=world.actor("moderator"))
        assert session.scalar(sa.select(sa.func.count()).where(OpenChoice.ballot_id == before.id)) == 1
        close_ballot(later, actor=world.actor("moderator"))
        assert world.actor("derna").entitled == (), "with the last open ballot"


def test_the_moderators_page_says_so_at_once(app: Flask, world: World) -> None:
    row = _ends_soon(world)
    number = _ballot(world, row)
    moderator, derna = (world.sign_in(app.test_client(), who) for who in ("moderator", "derna"))
    desk = f"/en/c/test/facilitate/sessions/{row.number}/"
    first = moderator.get(desk)
    assert 'id="ended"' not in first.text
    tag = {"If-None-Match": first.headers["ETag"]}
    assert moderator.get(desk, headers=tag).status_code == 304
    with clock.at(clock.now() + SOON + timedelta(seconds=1)):
        with transaction():
            session.execute(sa.update(SignIn).values(seen_at=clock.now()))
        page = moderator.get(desk, headers=tag)
        assert (page.status_code, 'id="ended"' in page.text) == (200, True), "no event has told it, the clock has"
        assert "no longer counts" in page.text
        vote = f"/en/c/test/ballots/{number}/vote/"
        assert derna.get(vote).status_code == 200
        token = form_token(derna, vote)
        given = {"csrf_token": token, "choice": YES, "then": "cast", "voter": str(world.members["derna"])}
        assert derna.post(vote, data=given).status_code == 303
        assert derna.get("/en/c/test/mine/").status_code == 403, "and nothing else"
        out = re.findall(r'name="out" value="([^"]+)"', page.text)
        assert out == [str(world.members["derna"])]
        attendance = f"{desk}attendance/"
        sent = {"csrf_token": form_token(moderator, attendance), "out": out[0]}
        assert moderator.post(attendance, data=sent).status_code == 303
        assert 'id="ended"' not in moderator.get(desk).text
