"""A server killed while people hand in and vote: nothing acknowledged is lost, and nothing is there by half."""

from __future__ import annotations

import http.client
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial

import pytest
import sqlalchemy as sa
from flask import Flask

from consult import clock
from consult.accounts.signing_in.sign_in import start_sign_in
from consult.ballots.draft import BallotDraft
from consult.ballots.models import Ballot, OpenChoice
from consult.ballots.services import close_ballot, open_ballot, prepare_ballot
from consult.ballots.states import BallotKind
from consult.db import new_id, session, transaction
from consult.events.checkpoint import verify_log
from consult.events.models import EventRow
from consult.i18n import Localized
from consult.settings import Settings
from consult.submissions.models import Draft, Passage, Revision, Submission
from consult.testing.server import free_port, kill_server, running_server
from consult.testing.visitors import Visitor
from consult.testing.world import World

pytestmark = pytest.mark.faults

HOME = "/ar/c/test"
DRAFTS = 60
CHOICES = ("for", "against", "abstain")
#: What a connection to a server that was killed ends with.
BROKEN = (OSError, http.client.HTTPException)


@dataclass
class Crowd:
    """People who go on until they are stopped; whoever is not answered tries again when there is a server again."""

    port: int
    serving: threading.Event = field(default_factory=threading.Event)
    stopped: threading.Event = field(default_factory=threading.Event)
    #: draft -> the address of the receipt that its author was sent to
    receipts: dict[uuid.UUID, str] = field(default_factory=dict)
    #: voter -> the last choice that was acknowledged, and the one that was sent last
    acknowledged: dict[uuid.UUID, str] = field(default_factory=dict)
    sent: dict[uuid.UUID, str] = field(default_factory=dict)
    broken: int = 0

    def hand_in(self, visitor: Visitor, drafts: Sequence[uuid.UUID]) -> None:
        """Hand in drafts, each until there is a receipt; who is stopped stops, or a failed test would never end."""
        for draft in drafts:
            address = f"{HOME}/write/{draft}/check/"
            while draft not in self.receipts and not self.stopped.is_set():
                with self.trying():
                    visitor.get(address)
                    answer = visitor.post(address, {})
                    assert answer.status == 303, answer.page
                    self.receipts[draft] = answer.location

    def vote(self, visitor: Visitor, voter: uuid.UUID) -> None:
        """Cast one choice after another."""
        address, turn = f"{HOME}/ballots/1/vote/", 0
        while not self.stopped.is_set():
            with self.trying():
                if not visitor.form_token:
                    visitor.get(address)
                self.sent[voter] = choice = CHOICES[turn % 3]
                answer = visitor.post(address, {"choice": choice, "then": "cast"})
                assert answer.status == 303, answer.page
                self.acknowledged[voter] = choice
                turn += 1

    @contextmanager
    def trying(self) -> Iterator[None]:
        """Wait for a server, and take it when the connection breaks."""
        assert self.serving.wait(180)
        try:
            yield
        except BROKEN:
            self.broken += 1
            time.sleep(0.02)


def write_drafts(world: World, member: str) -> list[uuid.UUID]:
    """Write finished drafts of a member, ready to be handed in."""
    now = clock.now()
    answers = {
        "title": "سجل بلدي لبيانات الهجرة",
        "language": "ar",
        "topics": ["gcm-1"],
        "text": "تمر بغات أقدم طرق القوافل.\n\nولا يعرف أحد عدد المقيمين فيها.",
        "proposals": "نقترح سجلًا يحصي ولا يسمّي.",
        "track": ANSWERS[member],
    }
    drafts = [new_id() for _ in range(DRAFTS // 2)]
    with transaction():
        session.add_all(
            Draft(
                id=draft,
                consultation_id=world.consultation_id,
                member_id=world.members[member],
                answers=answers,
                created_at=now,
                saved_at=now,
            )
            for draft in drafts
        )
    return drafts


ANSWERS = {"professor": {"discipline": "law"}, "ghat": {"council_date": "2026-05-03", "council_decision": "31/2026"}}


def open_vote(world: World) -> uuid.UUID:
    """Open a ballot."""
    draft = BallotDraft(BallotKind.PROCEDURAL, "GA-2/3", Localized(ar="سؤال"))
    row = prepare_ballot(draft, consultation=world.consultation, actor=world.actor("organiser"))
    return open_ballot(row, actor=world.actor("moderator")).id


def check_what_stands(world: World, crowd: Crowd, ballot: uuid.UUID) -> int:
    """Check that what was acknowledged is there, and that whatever is there is whole; return how much that is."""
    session.rollback()
    rows = session.scalars(sa.select(Submission).order_by(Submission.number)).all()
    year = clock.now().year
    assert [row.number for row in rows] == [f"TT-{year}-{place:05}" for place in range(1, len(rows) + 1)]
    revisions = {row.id: row.submission_id for row in session.scalars(sa.select(Revision))}
    numbers = {row.id: row.number for row in rows}
    assert sorted(revisions.values()) == sorted(numbers)
    for draft, address in crowd.receipts.items():
        assert address == f"{HOME}/receipts/{numbers[revisions[draft]]}/"
    assert not set(revisions) & set(session.scalars(sa.select(Draft.id)))
    passages = sa.select(Passage.submission_id, sa.func.count()).group_by(Passage.submission_id)
    assert {tuple(row) for row in session.execute(passages)} == {(row.id, 3) for row in rows}
    told = session.scalars(sa.select(EventRow.facts).where(EventRow.type == "SubmissionReceived"))
    assert sorted(facts["submission"] for facts in told if facts) == sorted(str(row.id) for row in rows)
    choices = sa.select(OpenChoice.voter_id, OpenChoice.choice).where(OpenChoice.ballot_id == ballot)
    for voter, choice in session.execute(choices):
        assert choice in {crowd.acknowledged.get(voter), crowd.sent[voter]}
    return len(rows)


def test_nothing_acknowledged_is_lost_and_nothing_is_there_by_half(
    app: Flask, settings: Settings, world: World
) -> None:
    ballot, port = open_vote(world), free_port()
    crowd = Crowd(port)
    tokens = {key: start_sign_in(world.people[key], method="link") for key in ("professor", "ghat", "derna", "zuwara")}
    acts: list[Callable[[], None]] = [
        *(
            partial(crowd.hand_in, Visitor(port, tokens[who]), write_drafts(world, who))
            for who in ("professor", "ghat")
        ),
        *(partial(crowd.vote, Visitor(port, tokens[who]), world.members[who]) for who in ("derna", "zuwara")),
    ]
    session.rollback()
    with ThreadPoolExecutor(len(acts)) as pool:
        running = [pool.submit(act) for act in acts]
        try:
            for _ in range(2):
                with running_server(settings, port, workers=2) as server:
                    before = len(crowd.receipts)
                    crowd.serving.set()
                    while len(crowd.receipts) < min(before + 8, DRAFTS) and not any(act.done() for act in running[2:]):
                        time.sleep(0.005)
                    crowd.serving.clear()
                    kill_server(server)
                check_what_stands(world, crowd, ballot)
            with running_server(settings, port, workers=2):
                crowd.serving.set()
                for act in running[:2]:
                    act.result(timeout=120)
                crowd.stopped.set()
                for act in running[2:]:
                    act.result(timeout=60)
        finally:
            crowd.stopped.set()
            crowd.serving.set()
    assert crowd.broken > 0
    assert check_what_stands(world, crowd, ballot) == DRAFTS
    assert len(crowd.receipts) == DRAFTS
    result = close_ballot(session.get_one(Ballot, ballot), actor=world.actor("moderator")).result
    assert result is not None
    last = list(crowd.acknowledged.values())
    assert result["totals"] == {choice: last.count(choice) for choice in CHOICES}
    assert verify_log()[1] == []
