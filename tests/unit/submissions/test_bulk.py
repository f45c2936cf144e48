"""Decisions on several texts at once: held, undone, carried out text by text, whatever happens meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from consult import clock
from consult.accounts.models import RoleGrant
from consult.db import session, transaction
from consult.errors import Conflict, Forbidden, Rejected
from consult.notifications.models import Mail
from consult.submissions.drafting.drafts import start_correction, submission_draft
from consult.submissions.models import BulkDecision, BulkText, ReviewDecision, Submission
from consult.submissions.review.bulk import BulkDraft, carry_out_due, carry_out_now, foresee, hold, undo
from consult.submissions.review.bulk_queries import held_until, recent_acts, texts_of_act
from consult.submissions.review.bulk_states import Outcome
from consult.submissions.review.queries import count_waiting, review_queue
from consult.submissions.services import Review, accept, correct, hide, return_for_correction, withdraw
from consult.testing.acts import deliver, recorded
from consult.testing.at_once import at_once
from consult.testing.world import World

HandIn = Callable[..., Submission]
REPEATED = ("hide", "repeated", "نص مكرر.")


@pytest.fixture
def texts(handed_in: HandIn) -> list[Submission]:
    """Three texts that wait."""
    return [handed_in(key) for key in ("ghat", "derna", "zuwara")]


def draft_of(rows: list[Submission], decision: str = "accept", ground: str = "in_order", reason: str = "") -> BulkDraft:
    return BulkDraft({row.number: row.revision for row in rows}, decision, ground, reason)


def held(world: World, rows: list[Submission], *decision: str) -> BulkDecision:
    return hold(draft_of(rows, *decision), consultation=world.consultation, actor=world.actor("moderator"))


def later(minutes: int = 11) -> None:
    """Let the worker come round when the time is over."""
    with clock.at(clock.now() + timedelta(minutes=minutes)):
        while carry_out_due():
            pass


def outcomes(act: BulkDecision) -> list[str]:
    return [text.outcome for text in texts_of_act(act.id)]


def test_nothing_happens_while_it_is_held(world: World, texts: list[Submission]) -> None:
    act = held(world, texts, *REPEATED)
    assert (act.state, act.due_at - act.made_at) == ("held", timedelta(minutes=10))
    assert carry_out_due() is False
    later(9)
    deliver()
    assert [row.state for row in texts] == ["received"] * 3
    kinds = session.scalars(sa.select(Mail.kind).distinct()).all()
    assert kinds == ["submission_received"]
    assert [r.facts for r in recorded("BulkDecisionHeld")] == [
        {"act": str(act.id), "decision": "hide", "ground": "repeated", "texts": 3}
    ]
    assert review_queue(world.consultation_id).rows == []
    assert count_waiting(world.consultation_id) == {}
    assert held_until(texts[0].id) == (act.due_at, "hide")


def test_after_ten_minutes_each_is_decided_and_told(world: World, texts: list[Submission]) -> None:
    act = held(world, texts, *REPEATED)
    later()
    assert [row.state for row in texts] == ["hidden"] * 3
    assert (act.state, outcomes(act)) == ("done", ["decided"] * 3)
    decisions = session.scalars(sa.select(ReviewDecision)).all()
    assert {(d.ground, d.reason, d.decided_by) for d in decisions} == {
        ("repeated", "نص مكرر.", world.people["moderator"])
    }
    assert len(recorded("SubmissionHidden")) == 3
    assert [r.facts for r in recorded("BulkDecisionDone")] == [{"act": str(act.id), "decided": 3, "skipped": 0}]
    later()
    assert len(recorded("BulkDecisionDone")) == 1


def test_undone_nothing_has_happened(world: World, texts: list[Submission]) -> None:
    act = held(world, texts)
    undo(act, actor=world.actor("moderator"))
    later()
    assert (act.state, outcomes(act)) == ("undone", ["undone"] * 3)
    assert [row.state for row in texts] == ["received"] * 3
    assert len(review_queue(world.consultation_id).rows) == 3
    with pytest.raises(Conflict):
        undo(act, actor=world.actor("moderator"))
    with pytest.raises(Conflict):
        carry_out_now(act, actor=world.actor("moderator"))


def test_at_once_if_the_moderator_says_so(world: World, texts: list[Submission]) -> None:
    act = carry_out_now(held(world, texts), actor=world.actor("moderator"))
    assert (act.state, [row.state for row in texts]) == ("done", ["accepted"] * 3)
    with pytest.raises(Conflict):
        undo(act, actor=world.actor("moderator"))


def test_what_moves_on_meanwhile_is_skipped(world: World, texts: list[Submission], handed_in: HandIn) -> None:
    moderator, author = world.actor("moderator"), world.actor("zuwara")
    texts.append(handed_in("professor"))
    act = held(world, texts)
    withdraw(texts[0], actor=world.actor("ghat"))
    hide(texts[1], Review("harm", "سبب"), actor=moderator)
    return_for_correction(texts[2], Review("unclear", "سبب"), actor=moderator)
    position = submission_draft(start_correction(texts[2], actor=author))
    correct(position, consultation=world.consultation, actor=author)
    later()
    assert [row.state for row in texts] == ["withdrawn", "hidden", "received", "accepted"]
    assert outcomes(act) == ["moved", "moved", "moved", "decided"]
    assert [r.facts["skipped"] for r in recorded("BulkDecisionDone")] == [3]
    assert [(one.texts, one.skipped) for one in recent_acts(world.consultation_id)] == [(4, 3)]


def test_what_is_foreseen_is_what_happens(world: World, texts: list[Submission]) -> None:
    accept(texts[0], Review("in_order"), actor=world.actor("moderator"))
    held(world, [texts[1]])
    draft = draft_of(texts, "return", "unclear", "اشرح الفقرة 2.")
    found = foresee(draft, consultation=world.consultation, actor=world.actor("moderator"))
    assert [one.skip for one in found] == [Outcome.MOVED, Outcome.MOVED, None]
    act = hold(draft, consultation=world.consultation, actor=world.actor("moderator"))
    assert [text.number for text in texts_of_act(act.id)] == [texts[2].number]
    with pytest.raises(Rejected) as refused:
        hold(draft, consultation=world.consultation, actor=world.actor("moderator"))
    assert [problem.field for problem in refused.value.problems] == ["texts"]


def test_another_revision_than_the_one_that_was_listed_is_left_out(world: World, texts: list[Submission]) -> None:
    draft = BulkDraft({texts[0].number: 2, texts[1].number: 1, "TT-9999-00001": 1}, "accept", "in_order")
    act = hold(draft, consultation=world.consultation, actor=world.actor("moderator"))
    assert [text.number for text in texts_of_act(act.id)] == [texts[1].number]


def test_nobody_decides_on_their_own_text(world: World, texts: list[Submission]) -> None:
    with transaction():
        session.add(
            RoleGrant(
                person_id=world.people["ghat"],
                role="moderator",
                consultation_id=world.consultation_id,
                granted_at=clock.now(),
            )
        )
    act = hold(draft_of(texts), consultation=world.consultation, actor=world.actor("ghat"))
    assert len(texts_of_act(act.id)) == 2
    with pytest.raises(Forbidden):
        undo(act, actor=world.actor("moderator"))


def test_whoever_lost_the_role_meanwhile_decides_nothing(world: World, texts: list[Submission]) -> None:
    act = held(world, texts)
    with transaction():
        session.execute(
            sa.update(RoleGrant).where(RoleGrant.person_id == world.people["moderator"]).values(revoked_at=clock.now())
        )
    later()
    assert outcomes(act) == ["refused"] * 3
    assert [row.state for row in texts] == ["received"] * 3


@pytest.mark.parametrize(
    ("draft", "fields"),
    [
        (BulkDraft({}, "accept", "in_order"), ["texts"]),
        (BulkDraft({"x": 1}, "restore", "restored", "x"), ["decision"]),
        (BulkDraft({"x": 1}, "hide", "in_order", " "), ["ground", "reason"]),
        (BulkDraft({str(n): 1 for n in range(101)}, "accept", "in_order"), ["texts"]),
    ],
)
def test_what_is_not_in_order_is_refused(world: World, draft: BulkDraft, fields: list[str]) -> None:
    for act in (foresee, hold):
        with pytest.raises(Rejected) as refused:
            act(draft, consultation=world.consultation, actor=world.actor("moderator"))
        assert [problem.field for problem in refused.value.problems] == fields
    with pytest.raises(Forbidden):
        hold(draft, consultation=world.consultation, actor=world.actor("organiser"))


def test_two_workers_an_author_and_another_moderator_at_once(app: Flask, world: World, texts: list[Submission]) -> None:
    act = held(world, texts, *REPEATED)
    identity, rows = act.id, [row.id for row in texts]
    author, moderator = world.actor("ghat"), world.actor("moderator")
    over = act.due_at + timedelta(seconds=1)
    session.remove()

    def work() -> None:
        with clock.at(over):
            carry_out_due()

    got = at_once(
        app,
        [
            work,
            work,
            lambda: withdraw(session.get_one(Submission, rows[0]), actor=author),
            lambda: accept(session.get_one(Submission, rows[1]), Review("in_order"), actor=moderator),
        ],
    )
    session.rollback()
    assert got[:3] == ["done"] * 3
    first, second, third = (session.get_one(Submission, row) for row in rows)
    assert (first.state, third.state) == ("withdrawn", "hidden")
    assert second.state == {"done": "accepted", "Conflict": "hidden"}[got[3]]
    taken = session.scalars(sa.select(ReviewDecision.decision).where(ReviewDecision.submission_id == rows[1])).all()
    assert taken in (["accept"], ["hide"])
    while carry_out_due():
        pass
    assert session.get_one(BulkDecision, identity).state == "done"
    assert len(recorded("BulkDecisionDone")) == 1
    counted = session.execute(
        sa.select(sa.func.count()).select_from(ReviewDecision).where(ReviewDecision.ground == "repeated")
    ).scalar_one()
    decided = session.execute(
        sa.select(sa.func.count()).select_from(BulkText).where(BulkText.outcome == Outcome.DECIDED)
    ).scalar_one()
    assert counted == decided == recorded("BulkDecisionDone")[0].facts["decided"]


def test_undo_and_do_it_now_at_once(app: Flask, world: World, texts: list[Submission]) -> None:
    act, rows, moderator = held(world, texts).id, [row.id for row in texts], world.actor("moderator")
    session.remove()
    got = at_once(
        app,
        [
            lambda: undo(session.get_one(BulkDecision, act), actor=moderator),
            lambda: carry_out_now(session.get_one(BulkDecision, act), actor=moderator),
        ],
    )
    session.rollback()
    assert sorted(got) == ["Conflict", "done"]
    wanted = "received" if got[0] == "done" else "accepted"
    assert {session.get_one(Submission, row).state for row in rows} == {wanted}


def test_a_text_is_held_in_one_act_however_many_press(app: Flask, world: World, texts: list[Submission]) -> None:
    draft, here, moderator = draft_of(texts), world.consultation_id, world.actor("moderator")
    session.remove()

    def press() -> None:
        hold(draft, consultation=world.consultation, actor=moderator)

    assert sorted(at_once(app, [press, press])) == ["Rejected", "done"]
    session.rollback()
    assert [one.texts for one in recent_acts(here)] == [3]
