"""Review, correction and withdrawal: every change of state, its event, and who may not."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa
from flask import Flask

from consult.accounts.access import Role
from consult.accounts.models import RoleGrant
from consult.attachments.pieces import pieces_path
from consult.consultations.upload_models import Upload
from consult.consultations.uploads import ComingFile
from consult.db import new_id, session, transaction
from consult.errors import Conflict, Forbidden, Rejected
from consult.events.models import EventRow
from consult.settings import Settings
from consult.submissions.documents.uploads import begin_upload, take_piece
from consult.submissions.drafting.drafts import answers_of, start_correction, submission_draft
from consult.submissions.models import Draft, Passage, ReviewDecision, Revision, Submission
from consult.submissions.services import (
    Review,
    SubmissionDraft,
    accept,
    correct,
    hide,
    restore,
    return_for_correction,
    submit,
    withdraw,
)
from consult.submissions.states import (
    AFTER_DECISION,
    DECISIONS,
    GROUNDS,
    TRANSITIONS,
    Decision,
    SubmissionState,
    may_become,
)
from consult.testing.small_tracks import MunicipalTrack, SmallPlugin, running_app
from consult.testing.world import World

HandIn = Callable[..., Submission]
S = SubmissionState
IN_ORDER = Review("in_order")
NAMES = Review("names_person", "اكتب «وسيط» بدل الاسم.")


def events_of(world: World) -> list[tuple[str, dict[str, object] | None]]:
    rows = session.execute(
        sa.select(EventRow.type, EventRow.facts)
        .where(EventRow.stream_id == world.consultation_id)
        .order_by(EventRow.seq)
    )
    return [(kind, facts) for kind, facts in rows]


def test_accepting_is_recorded_with_its_ground(world: World, handed_in: HandIn) -> None:
    row = accept(handed_in(), IN_ORDER, actor=world.actor("moderator"))
    decision = session.scalars(sa.select(ReviewDecision)).one()
    assert (row.state, row.decided_at) == ("accepted", decision.at)
    assert (decision.decision, decision.ground, decision.reason, decision.revision, decision.decided_by) == (
        "accept",
        "in_order",
        "",
        1,
        world.people["moderator"],
    )
    assert events_of(world)[-1] == (
        "SubmissionAccepted",
        {"submission": str(row.id), "number": row.number, "revision": 1, "ground": "in_order"},
    )


def test_returned_corrected_accepted_hidden_shown_again(world: World, handed_in: HandIn) -> None:
    row, moderator, author = handed_in(), world.actor("moderator"), world.actor("ghat")
    return_for_correction(row, NAMES, actor=moderator)
    draft = start_correction(row, actor=author)
    draft_again = start_correction(row, actor=author)
    assert draft.id == draft_again.id
    position = submission_draft(draft)
    correct(position, consultation=world.consultation, actor=author)
    assert (row.state, row.revision, row.decided_at) == ("received", 2, None)
    accept(row, IN_ORDER, actor=moderator)
    hide(row, NAMES, actor=moderator)
    restore(row, Review("restored", "لا اسم فيه."), actor=moderator)
    assert [kind for kind, _ in events_of(world)] == [
        "SubmissionReceived",
        "SubmissionReturned",
        "SubmissionCorrected",
        "SubmissionAccepted",
        "SubmissionHidden",
        "SubmissionAccepted",
    ]
    assert session.scalars(sa.select(Draft)).all() == []


def test_a_correction_keeps_the_first_text(world: World, handed_in: HandIn) -> None:
    row = return_for_correction(handed_in(), NAMES, actor=world.actor("moderator"))
    draft = start_correction(row, actor=world.actor("ghat"))
    assert draft.answers == {
        "title": "سجل بلدي لبيانات الهجرة",
        "language": "ar",
        "withheld": False,
        "topics": ["gcm-1"],
        "text": "تمر بغات أقدم طرق القوافل.\n\nولا تعرف البلدية عدد المقيمين.",
        "proposals": "نقترح سجلًا يحصي ولا يسمّي.",
        "track": {"decision": "31/2026"},
    }
    position = SubmissionDraft(
        id=draft.id,
        member=draft.member_id,
        corrects=row.id,
        title="سجل جديد",
        language="ar",
        text="نص واحد.",
        topics=("gcm-15",),
        answers={"decision": "32/2026"},
    )
    correct(position, consultation=world.consultation, actor=world.actor("ghat"))
    correct(position, consultation=world.consultation, actor=world.actor("ghat"))  # the button pressed twice
    found = session.execute(
        sa.select(Passage.revision, Passage.number).order_by(Passage.revision, Passage.number)
    ).all()
    assert [tuple(p) for p in found] == [(1, 1), (1, 2), (1, 3), (2, 1)]
    revisions = session.execute(sa.select(Revision.number, Revision.title).order_by(Revision.number)).all()
    assert [tuple(r) for r in revisions] == [(1, "سجل بلدي لبيانات الهجرة"), (2, "سجل جديد")]
    assert (row.title, row.answers) == ("سجل جديد", {"decision": "32/2026"})
    assert answers_of(row)["topics"] == ["gcm-15"]


def test_the_state_table_is_what_the_services_obey(world: World, handed_in: HandIn) -> None:
    moderator, author = world.actor("moderator"), world.actor("ghat")
    withdrawn = withdraw(handed_in(), actor=author)
    for act, review in ((accept, IN_ORDER), (return_for_correction, NAMES), (hide, NAMES)):
        with pytest.raises(Conflict, match="Text withdrawn"):
            act(withdrawn, review, actor=moderator)
    accepted = accept(handed_in(), IN_ORDER, actor=moderator)
    with pytest.raises(Conflict, match="Accepted for discussion"):
        return_for_correction(accepted, NAMES, actor=moderator)
    with pytest.raises(Conflict, match="can no longer be corrected"):
        start_correction(accepted, actor=author)


def test_withdrawing_takes_the_correction_along(world: World, handed_in: HandIn) -> None:
    with transaction():
        next(track for track in world.consultation.tracks if track.key == "municipal").files = 1
    row = return_for_correction(handed_in(), NAMES, actor=world.actor("moderator"))
    draft, here = start_correction(row, actor=world.actor("ghat")), world.consultation
    coming = begin_upload(draft, ComingFile("x.pdf", 9, "m"), consultation=here, actor=world.actor("ghat")).id
    take_piece(draft, coming, 0, b"half", actor=world.actor("ghat"))
    assert pieces_path(coming).exists()
    withdraw(row, actor=world.actor("ghat"))
    assert (pieces_path(coming).exists(), session.get(Upload, coming)) == (False, None)
    assert (row.state, session.scalars(sa.select(Draft)).all()) == ("withdrawn", [])
    facts = {"submission": str(row.id), "number": row.number, "instead": None}
    assert events_of(world)[-1] == ("SubmissionWithdrawn", facts)


def test_only_moderators_review_and_nobody_their_own(world: World, handed_in: HandIn) -> None:
    row = handed_in()
    for key in ("ghat", "derna", "organiser", "administrator"):
        with pytest.raises(Forbidden):
            accept(row, IN_ORDER, actor=world.actor(key))
    with transaction():
        session.add(
            RoleGrant(
                id=new_id(),
                person_id=world.people["ghat"],
                role=Role.MODERATOR,
                consultation_id=world.consultation_id,
                granted_at=row.received_at,
            )
        )
    with pytest.raises(Forbidden):
        accept(row, IN_ORDER, actor=world.actor("ghat"))
    assert accept(handed_in("derna"), IN_ORDER, actor=world.actor("ghat")).state == "accepted"


def test_only_the_author_corrects_and_withdraws(world: World, handed_in: HandIn) -> None:
    row = return_for_correction(handed_in(), NAMES, actor=world.actor("moderator"))
    for key in ("derna", "moderator", "organiser", "administrator"):
        with pytest.raises(Forbidden):
            withdraw(row, actor=world.actor(key))
        with pytest.raises(Forbidden):
            start_correction(row, actor=world.actor(key))


@pytest.mark.parametrize(
    ("act", "review", "problems"),
    [
        (accept, Review("names_person"), ["ground"]),
        (accept, Review(""), ["ground"]),
        (return_for_correction, Review("names_person", "  "), ["reason"]),
        (hide, Review("endorsement", "لا"), ["ground"]),
        (hide, Review("harm", "x" * 4001), ["reason"]),
        (hide, Review("nonsense", ""), ["ground", "reason"]),
    ],
)
def test_a_decision_without_its_reason_is_refused(
    world: World, handed_in: HandIn, act: Callable[..., Submission], review: Review, problems: list[str]
) -> None:
    row = handed_in()
    with pytest.raises(Rejected) as rejected:
        act(row, review, actor=world.actor("moderator"))
    assert [problem.field for problem in rejected.value.problems] == problems
    assert row.state == "received"


def test_a_decision_on_a_text_that_has_moved_on_is_refused(world: World, handed_in: HandIn) -> None:
    row, moderator = handed_in(), world.actor("moderator")
    return_for_correction(row, NAMES, actor=moderator)
    draft = start_correction(row, actor=world.actor("ghat"))
    correct(submission_draft(draft), consultation=world.consultation, actor=world.actor("ghat"))
    with pytest.raises(Conflict, match="new revision"):
        accept(row, Review("in_order", revision=1), actor=moderator)


def test_the_log_does_not_tell_who_withdrew_under_a_withheld_name(world: World, handed_in: HandIn) -> None:
    withdraw(handed_in("cso"), actor=world.actor("cso"))
    actors = session.scalars(sa.select(EventRow.actor_id).where(EventRow.stream_id == world.consultation_id)).all()
    assert actors == [None, None]


def test_every_ground_stands_for_a_decision() -> None:
    assert {decision for ground in GROUNDS.values() for decision in ground.decisions} == set(Decision)
    assert {s: [d.value for d in DECISIONS[s]] for s in S} == {
        S.RECEIVED: ["accept", "return", "hide"],
        S.ACCEPTED: ["hide"],
        S.RETURNED: [],
        S.HIDDEN: ["restore"],
        S.WITHDRAWN: [],
    }
    assert all(may_become(state, AFTER_DECISION[d]) for state in S for d in DECISIONS[state])


def test_a_hidden_text_is_restored_and_not_accepted(world: World, handed_in: HandIn) -> None:
    row = hide(handed_in(), NAMES, actor=world.actor("moderator"))
    with pytest.raises(Conflict, match="Text hidden"):
        accept(row, IN_ORDER, actor=world.actor("moderator"))


def test_a_withdrawn_submission_never_comes_back() -> None:
    assert TRANSITIONS[S.WITHDRAWN] == frozenset()
    assert [(a.value, b.value) for a in S for b in S if may_become(a, b)] == [
        ("received", "accepted"),
        ("received", "returned"),
        ("received", "hidden"),
        ("received", "withdrawn"),
        ("accepted", "hidden"),
        ("accepted", "withdrawn"),
        ("returned", "received"),
        ("returned", "accepted"),
        ("returned", "withdrawn"),
        ("hidden", "accepted"),
        ("hidden", "withdrawn"),
    ]


class TestWithAPluginThatRefuses:
    """What a plugin says against a change of state stops it."""

    @pytest.fixture
    def app(self, settings: Settings) -> Iterator[Flask]:
        """An application whose municipal plugin refuses the ground "harm"."""
        yield from running_app(settings, {"municipal": SmallPlugin(MunicipalTrack(), refuses="harm")})

    def test_the_refusal_stands_at_its_field(self, world: World, position: Callable[..., SubmissionDraft]) -> None:
        row = submit(position(), consultation=world.consultation, actor=world.actor("ghat"))
        with pytest.raises(Rejected, match="The plugin refuses this ground"):
            hide(row, Review("harm", "سبب"), actor=world.actor("moderator"))
        assert row.state == "received"


class TestWithoutThePlugin:
    """A track whose plugin is gone: what was handed in stays reviewable, drafts are kept."""

    @pytest.fixture
    def app(self, settings: Settings) -> Iterator[Flask]:
        """An application with all the small tracks."""
        yield from running_app(settings)

    def test_reviewable_and_readable(self, world: World, handed_in: HandIn, settings: Settings) -> None:
        row = handed_in()
        identity = row.id
        for _app in running_app(settings, {}):
            found = session.get_one(Submission, identity)
            return_for_correction(found, NAMES, actor=world.actor("moderator"))
            draft = start_correction(found, actor=world.actor("ghat"))
            with pytest.raises(Conflict, match="Your draft is kept"):
                correct(submission_draft(draft), consultation=world.consultation, actor=world.actor("ghat"))
            assert session.get_one(Draft, draft.id).answers["track"] == {"decision": "31/2026"}
