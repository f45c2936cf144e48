"""What is done with submissions: handed in, corrected, withdrawn, reviewed."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import sqlalchemy as sa

from consult import clock, search
from consult.accounts.access import Actor, demand
from consult.accounts.models import Person
from consult.cleaning import clean_line, clean_text
from consult.consultations.models import Consultation, Member, Topic
from consult.consultations.phases import Right
from consult.consultations.rights import demand_right
from consult.db import new_id, session, transaction
from consult.errors import Conflict, Problem, Rejected
from consult.events.record import record
from consult.events.types import Event
from consult.i18n import N_
from consult.plugins.manager import Hooks
from consult.plugins.questions import Question, clean_answers
from consult.plugins.track import Track
from consult.runtime import runtime
from consult.submissions.content import (
    TOPIC_LIMIT,
    is_language,
    number_passages,
    text_problems,
)
from consult.submissions.events import (
    SubmissionAccepted,
    SubmissionCorrected,
    SubmissionHidden,
    SubmissionLookedOver,
    SubmissionReceived,
    SubmissionReturned,
    SubmissionWithdrawn,
)
from consult.submissions.grounds import grounds_of
from consult.submissions.models import Draft, ReviewDecision, Revision, Submission
from consult.submissions.states import (
    AFTER_DECISION,
    BY_RULE,
    MODES,
    SEALING,
    Decision,
    Ground,
    Mode,
    SubmissionState,
    demand_decision,
    demand_transition,
)
from consult.submissions.tracks import demand_track, moderation_of, track_settings
from consult.submissions.writing import Origin, Writing, topic_ids, write_revision, write_submission

#: Characters of a moderator's words to an author.
REASON_LIMIT = 4000
#: Decisions for which an author needs no explanation.
WORDLESS = (Decision.ACCEPT, Decision.KEEP)


@dataclass(frozen=True, slots=True)
class SubmissionDraft:
    """A position as it is handed in, and what plugins are asked about.

    `member` is who hands it in; `track` and `body` follow from that and are filled in by the service, which also cleans
    texts and answers before plugins see them. `topics` are slugs (`gcm-1`). `text` and `proposals` are plain text whose
    paragraphs become numbered passages. `answers` are those to the track's questions, private ones included.
    `corrects` is the submission of which this is a new revision. The same `id` is handed in once, however often it comes.
    """

    member: uuid.UUID
    title: str
    language: str
    text: str
    proposals: str = ""
    topics: tuple[str, ...] = ()
    answers: Mapping[str, Any] = field(default_factory=dict)
    withheld: bool = False
    track: str = ""
    body: uuid.UUID | None = None
    corrects: uuid.UUID | None = None
    id: uuid.UUID = field(default_factory=new_id)


@dataclass(frozen=True, slots=True)
class Transition:
    """A change of state that is about to happen: which revision of which submission, from where to where, why.

    `ground` is the key of a moderator's ground, "" where nobody needs one (handing in, withdrawing).
    """

    submission: uuid.UUID
    number: str
    track: str
    revision: int
    before: SubmissionState | None
    after: SubmissionState
    ground: str = ""


@dataclass(frozen=True, slots=True)
class Review:
    """A moderator's grounds: `ground` is public, `reason` is for the author; `revision` is the one that was read."""

    ground: str
    reason: str = ""
    revision: int | None = None


def submit(draft: SubmissionDraft, *, consultation: Consultation, actor: Actor) -> Submission:
    """Hand in a position: receipt number, first revision, numbered passages. The same draft again gives the same submission.

    Where the track publishes at once, it is accepted in the same act, by nobody.
    Raises Conflict if no phase is open or the track is not there, and Rejected with every problem at its field.
    """
    with transaction():
        member = _author(draft, actor)
        if (done := _handed_in(draft.id)) is not None:
            return done
        demand_right(consultation, Right.SUBMIT)
        track = demand_track(consultation, member.track)
        draft, writing = _checked(draft, member, track, consultation, actor)
        mode = MODES[moderation_of(consultation, member.track)]
        origin = replace(_origin(draft, member), id=new_id(), state=mode.enters)
        _ask(consultation, Transition(origin.id, "", member.track, 1, None, mode.enters))
        row, revision = write_submission(writing, origin, consultation=consultation, by=actor.person)
        session.execute(sa.delete(Draft).where(Draft.id == draft.id))
        _record(
            SubmissionReceived(row.id, row.number, row.track, row.body_id, row.channel, revision.fingerprint),
            row,
            actor,
        )
        _publish_by_rule(row, mode)
        return row


def _publish_by_rule(row: Submission, mode: Mode) -> None:
    """Record that a text is public before anybody read it, where its track is so; it may stand in the queue to look over."""
    if mode.enters is not SubmissionState.ACCEPTED:
        return
    row.look_over, row.decided_at = mode.looked_over, clock.now()
    _write_decision(row, Decision.ACCEPT, Review(BY_RULE), by=None)
    session.flush()
    search.refresh(row.id)
    record(SubmissionAccepted(row.id, row.number, row.revision, BY_RULE), stream=row.consultation_id, actor=None)


def correct(draft: SubmissionDraft, *, consultation: Consultation, actor: Actor) -> Submission:
    """Hand in a new revision of a returned submission, which `draft.corrects` names; it waits for review again.

    Raises as `submit` does, and Conflict if the submission was not returned.
    """
    with transaction():
        member = _author(draft, actor)
        if (done := _handed_in(draft.id)) is not None:
            return done
        row = _locked(draft.corrects or draft.id)
        demand(actor, "submission.own", row)
        demand_transition(row.state, SubmissionState.RECEIVED)
        demand_right(consultation, Right.SUBMIT)
        track = demand_track(consultation, member.track)
        draft, writing = _checked(draft, member, track, consultation, actor)
        _ask(consultation, _transition(row, SubmissionState.RECEIVED, revision=row.revision + 1))
        origin = _origin(draft, member)
        row.withheld, row.body_id, row.author = origin.withheld, origin.body, origin.author
        row.state, row.decided_at = SubmissionState.RECEIVED, None
        revision = write_revision(row, writing, by=actor.person)
        session.execute(sa.delete(Draft).where(Draft.id == draft.id))
        _record(SubmissionCorrected(row.id, row.number, row.revision, revision.fingerprint), row, actor)
        return row


def withdraw(submission: Submission, *, actor: Actor) -> Submission:
    """Take back one's own submission, in whatever state it is: from then on nobody else can read it."""
    with transaction():
        row = _locked(submission.id)
        demand(actor, "submission.own", row)
        demand_transition(row.state, SubmissionState.WITHDRAWN)
        consultation = session.get_one(Consultation, row.consultation_id)
        _ask(consultation, _transition(row, SubmissionState.WITHDRAWN))
        row.state, row.decided_at, row.look_over = SubmissionState.WITHDRAWN, clock.now(), False
        session.execute(sa.delete(Draft).where(Draft.submission_id == row.id))
        session.flush()
        search.refresh(row.id)
        _record(SubmissionWithdrawn(row.id, row.number), row, actor)
        return row


def accept(submission: Submission, review: Review, *, actor: Actor) -> Submission:
    """Accept a submission for discussion: from now on everybody can read it."""
    return _decide(submission, Decision.ACCEPT, review, actor)


def keep(submission: Submission, review: Review, *, actor: Actor) -> Submission:
    """Look over a submission that was published at once: it stays public, and leaves the queue."""
    return _decide(submission, Decision.KEEP, review, actor)


def return_for_correction(submission: Submission, review: Review, *, actor: Actor) -> Submission:
    """Return a submission to its author, with words on what would make it right."""
    return _decide(submission, Decision.RETURN, review, actor)


def hide(submission: Submission, review: Review, *, actor: Actor) -> Submission:
    """Hide the text of a submission; the original is kept, and number and ground stay in the register."""
    return _decide(submission, Decision.HIDE, review, actor)


def restore(submission: Submission, review: Review, *, actor: Actor) -> Submission:
    """Show the text of a hidden submission again."""
    return _decide(submission, Decision.RESTORE, review, actor)


_DecisionEvent = SubmissionAccepted | SubmissionLookedOver | SubmissionReturned | SubmissionHidden
_DECIDED: Mapping[Decision, type[_DecisionEvent]] = {
    Decision.ACCEPT: SubmissionAccepted,
    Decision.KEEP: SubmissionLookedOver,
    Decision.RETURN: SubmissionReturned,
    Decision.HIDE: SubmissionHidden,
    Decision.RESTORE: SubmissionAccepted,
}


def _decide(submission: Submission, decision: Decision, review: Review, actor: Actor) -> Submission:
    with transaction():
        row = _locked(submission.id)
        demand(actor, "submission.review", row)
        demand_decision(row.state, decision, look_over=row.look_over)
        if review.revision not in (None, row.revision):
            raise Conflict(
                N_("The author has handed in a new revision since you opened the page. Read it, then decide.")
            )
        review = replace(review, reason=clean_text(review.reason))
        consultation, after = session.get_one(Consultation, row.consultation_id), AFTER_DECISION[decision]
        if problems := list(_review_problems(decision, review, grounds_of(consultation))):
            raise Rejected(problems)
        seals = decision in SEALING and grounds_of(consultation)[review.ground].seals
        if after != row.state:
            _ask(consultation, _transition(row, after, ground=review.ground))
        row.state, row.decided_at, row.look_over = after, clock.now(), False
        _write_decision(row, decision, review, by=actor.person, seals=seals)
        session.flush()
        search.refresh(row.id)
        event = _DECIDED[decision](row.id, row.number, row.revision, review.ground)
        record(event, stream=row.consultation_id, actor=actor.person)
        return row


def _write_decision(
    row: Submission, decision: Decision, review: Review, *, by: uuid.UUID | None, seals: bool = False
) -> None:
    session.add(
        ReviewDecision(
            id=new_id(),
            consultation_id=row.consultation_id,
            submission_id=row.id,
            revision=row.revision,
            decision=decision,
            ground=review.ground,
            reason=review.reason,
            seals=seals,
            decided_by=by,
            at=row.decided_at,
        )
    )


def _review_problems(decision: Decision, review: Review, grounds: Mapping[str, Ground]) -> Iterator[Problem]:
    ground = grounds.get(review.ground)
    if ground is None or ground.retired or decision not in ground.decisions:
        yield Problem("ground", N_("Choose a ground that fits the decision."))
    if decision not in WORDLESS and not review.reason:
        yield Problem("reason", N_("Write to the author what is wrong and, where it can be mended, how."))
    if len(review.reason) > REASON_LIMIT:
        yield Problem("reason", N_("Write at most %(limit)s characters.", limit=REASON_LIMIT))


def _author(draft: SubmissionDraft, actor: Actor) -> Member:
    """Return the member who hands in; their row is locked, so that two presses of the button come one after the other."""
    member = session.get_one(Member, draft.member, with_for_update={"key_share": True}, populate_existing=True)
    demand(actor, "submission.submit", member)
    return member


def _handed_in(draft: uuid.UUID) -> Submission | None:
    return session.scalars(
        sa.select(Submission).join(Revision, Revision.submission_id == Submission.id).where(Revision.id == draft)
    ).first()


def _locked(submission: uuid.UUID) -> Submission:
    return session.get_one(Submission, submission, with_for_update=True, populate_existing=True)


def _checked(
    draft: SubmissionDraft, member: Member, track: Track, consultation: Consultation, actor: Actor
) -> tuple[SubmissionDraft, Writing]:
    """Return the draft cleaned, and what is to be written; Rejected with every problem, the plugins' ones last."""
    questions = tuple(track.questions(track_settings(consultation, track.key)))
    answers, wrong = clean_answers(questions, draft.answers)
    draft = replace(
        draft,
        title=clean_line(draft.title),
        text=clean_text(draft.text),
        proposals=clean_text(draft.proposals),
        answers=answers,
        withheld=member.withheld or (draft.withheld and track.may_withhold_name),
        track=member.track,
        body=member.body_id,
    )
    problems = [*draft_problems(draft, consultation), *wrong, *_scoped(consultation).review_submission(draft, actor)]
    if problems:
        raise Rejected(problems)
    private = private_questions(questions)
    return draft, Writing(
        id=draft.id,
        title=draft.title,
        language=draft.language,
        passages=number_passages(draft.text, draft.proposals),
        topics=draft.topics,
        answers={key: answer for key, answer in answers.items() if key not in private},
        private_answers={key: answer for key, answer in answers.items() if key in private},
    )


def draft_problems(draft: SubmissionDraft, consultation: Consultation) -> Iterator[Problem]:
    """Yield what is wrong with the common part of a cleaned draft, each problem at its field (at most 2 queries)."""
    yield from text_problems(draft.title, draft.text, draft.proposals)
    if not is_language(draft.language):
        yield Problem("language", N_("Choose the language you wrote in."))
    has_topics = session.execute(sa.select(sa.exists().where(Topic.consultation_id == consultation.id))).scalar_one()
    if has_topics and not 1 <= len(draft.topics) <= TOPIC_LIMIT:
        yield Problem("topics", N_("Choose one to %(limit)s topics.", limit=TOPIC_LIMIT))
    if len(topic_ids(consultation.id, draft.topics)) < len(set(draft.topics)):
        yield Problem("topics", N_("Choose among the topics of this consultation."))


def _origin(draft: SubmissionDraft, member: Member) -> Origin:
    """Return whom it is from as others may know it: the body where there is one, else the person; nobody when withheld."""
    if draft.withheld:
        return Origin(track=member.track, member=member.id, withheld=True)
    name = "" if member.body_id else clean_line(session.get_one(Person, member.person_id).name)
    return Origin(track=member.track, member=member.id, body=member.body_id, author=name)


def _transition(row: Submission, after: SubmissionState, *, revision: int = 0, ground: str = "") -> Transition:
    before = SubmissionState(row.state)
    return Transition(row.id, row.number, row.track, revision or row.revision, before, after, ground)


def _ask(consultation: Consultation, change: Transition) -> None:
    """Ask the plugins whether anything speaks against a change of state; Rejected if so."""
    if problems := _scoped(consultation).review_transition(change):
        raise Rejected(problems)


def _scoped(consultation: Consultation) -> Hooks:
    return runtime().hooks.scoped(consultation.enabled_tracks())


def _record(event: Event, row: Submission, actor: Actor) -> None:
    """Record an act of the author; the actor is left out where the name is withheld."""
    record(event, stream=row.consultation_id, actor=None if row.withheld else actor.person)


def private_questions(questions: Sequence[Question]) -> frozenset[str]:
    """Return the keys of the questions whose answers are for the author alone."""
    return frozenset(question.key for question in questions if question.private)
