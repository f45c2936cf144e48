"""When moderators read: before, afterwards or never, by track; and what an author is told of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from consult.consultations.frame import TrackDraft, set_track
from consult.consultations.moderation import Moderation
from consult.db import session
from consult.errors import Conflict, Rejected
from consult.notifications.models import Mail
from consult.submissions.drafting.drafts import start_correction, submission_draft
from consult.submissions.models import ReviewDecision, Submission
from consult.submissions.review.queries import count_waiting, review_queue
from consult.submissions.services import Review, accept, correct, hide, keep, restore, return_for_correction, withdraw
from consult.submissions.states import MODES, Decision, SubmissionState, decisions_on
from consult.testing.acts import deliver, recorded
from consult.testing.world import World

HandIn = Callable[..., Submission]
IN_ORDER = Review("in_order")
HARM = Review("harm", "سبب")


def set_moderation(world: World, mode: str, key: str = "municipal") -> None:
    draft = TrackDraft(key, enabled=True, seats=3, moderation=mode)
    set_track(draft, consultation=world.consultation, actor=world.actor("organiser"))


def test_one_table_says_how_a_text_comes_in() -> None:
    assert {mode.value: (of.enters.value, of.looked_over) for mode, of in MODES.items()} == {
        "pre": ("received", False),
        "post": ("accepted", True),
        "none": ("accepted", False),
    }
    assert decisions_on("accepted", look_over=True) == (Decision.KEEP, Decision.HIDE)
    assert decisions_on("hidden", look_over=True) == decisions_on("hidden") == (Decision.RESTORE,)


@pytest.mark.parametrize(("mode", "queued"), [("post", True), ("none", False)])
def test_published_at_once_by_nobody(world: World, handed_in: HandIn, mode: str, queued: bool) -> None:
    earlier = handed_in("derna")
    set_moderation(world, mode)
    row = handed_in()
    assert (row.state, row.look_over, earlier.state) == ("accepted", queued, "received")
    decision = session.scalars(sa.select(ReviewDecision)).one()
    assert (decision.ground, decision.decided_by, decision.at) == ("by_rule", None, row.decided_at)
    assert [(r.facts["ground"], r.actor) for r in recorded("SubmissionAccepted")] == [("by_rule", None)]
    assert [r.facts for r in recorded("TrackModerationSet")] == [{"track": "municipal", "moderation": mode}]
    here = world.consultation_id
    assert [w.number for w in review_queue(here).rows] == [earlier.number]
    assert [w.number for w in review_queue(here, look_over=True).rows] == ([row.number] if queued else [])
    assert dict(count_waiting(here, look_over=True)) == ({"municipal": 1} if queued else {})


def test_looked_over_it_leaves_the_queue_and_is_not_told_twice(world: World, handed_in: HandIn) -> None:
    set_moderation(world, "post")
    row = keep(handed_in(), IN_ORDER, actor=world.actor("moderator"))
    assert (row.state, row.look_over) == ("accepted", False)
    assert [r.facts["number"] for r in recorded("SubmissionLookedOver")] == [row.number]
    with pytest.raises(Conflict):
        keep(row, IN_ORDER, actor=world.actor("moderator"))
    deliver()
    mails = session.scalars(sa.select(Mail).where(Mail.person_id == world.people["ghat"])).all()
    assert [mail.kind for mail in mails] == ["submission_received"]


def test_hidden_or_withdrawn_it_leaves_the_queue_too(world: World, handed_in: HandIn) -> None:
    set_moderation(world, "post")
    row = hide(handed_in(), HARM, actor=world.actor("moderator"))
    assert (row.state, row.look_over) == ("hidden", False)
    assert restore(row, Review("restored", "سبب"), actor=world.actor("moderator")).look_over is False
    assert withdraw(handed_in("derna"), actor=world.actor("derna")).look_over is False


def test_what_was_returned_is_read_again_whatever_the_track_does_now(world: World, handed_in: HandIn) -> None:
    row = return_for_correction(handed_in(), HARM, actor=world.actor("moderator"))
    set_moderation(world, "none")
    draft = submission_draft(start_correction(row, actor=world.actor("ghat")))
    assert correct(draft, consultation=world.consultation, actor=world.actor("ghat")).state == SubmissionState.RECEIVED
    assert accept(row, IN_ORDER, actor=world.actor("moderator")).state == SubmissionState.ACCEPTED


def test_the_setting_stays_unless_it_is_changed(world: World) -> None:
    set_moderation(world, "post")
    set_moderation(world, "post")
    draft = TrackDraft("municipal", enabled=True, seats=4)
    assert set_track(draft, consultation=world.consultation, actor=world.actor("organiser")).moderation == "post"
    assert len(recorded("TrackModerationSet")) == 1
    with pytest.raises(Rejected) as refused:
        set_moderation(world, "later")
    assert [problem.field for problem in refused.value.problems] == ["moderation"]
    assert set(Moderation) == set(MODES)
