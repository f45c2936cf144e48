"""Judging a text: saved as one goes, handed in once; and what those who judge say to each other."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa

from consult import clock
from consult.accounts.access import Actor, demand
from consult.cleaning import clean_text
from consult.db import new_id, session, transaction
from consult.errors import Conflict, Forbidden, Problem, Rejected
from consult.events.record import record
from consult.i18n import LANGUAGES, N_
from consult.peer_review.assigning import WAITS
from consult.peer_review.criteria import criteria_of
from consult.peer_review.events import AssessmentHandedIn, ReviewNoted
from consult.peer_review.models import Assessment, Reviewer, ReviewNote
from consult.peer_review.states import HIGH, LOW, Recommendation
from consult.plugins.track import ReviewCriterion
from consult.submissions.models import Submission

#: Characters of a reviewer's words, and of one note in a discussion.
WORDS_LIMIT, NOTE_LIMIT = 8000, 4000
#: Notes in the discussion of one revision.
MOST_NOTES = 500


@dataclass(frozen=True, slots=True)
class AssessmentDraft:
    """What a reviewer found so far: points by key of the criterion, what they recommend, words to those who decide and to the author.

    `version` is the one they saw, `language` that of their words.
    """

    version: int
    scores: Mapping[str, int] = field(default_factory=dict)
    recommendation: str = ""
    inside: str = ""
    to_author: str = ""
    language: str = "ar"


def save_assessment(draft: AssessmentDraft, *, assessment: uuid.UUID, actor: Actor) -> Assessment:
    """Save what a reviewer found so far; nobody else sees it, and it is no event. Raises Rejected at the fields, Conflict."""
    with transaction():
        row, submission = _own(assessment, actor)
        return _save(draft, row, submission, whole=False)


def hand_in_assessment(draft: AssessmentDraft, *, assessment: uuid.UUID, actor: Actor) -> Assessment:
    """Save and hand in: from now on those who judge and decide see it, and it stays. Raises Rejected for what is missing."""
    with transaction():
        row, submission = _own(assessment, actor)
        _save(draft, row, submission, whole=True)
        row.handed_in_at = row.saved_at
        session.flush()
        record(AssessmentHandedIn(row.id), stream=submission.consultation_id, actor=None)
        return row


def _own(assessment: uuid.UUID, actor: Actor) -> tuple[Assessment, Submission]:
    """Return an assessment of the actor, locked, with its text. Raises Conflict if it is over."""
    row = session.get_one(Assessment, assessment, with_for_update=True, populate_existing=True)
    demand(actor, "peer_review.assess", session.get_one(Reviewer, row.reviewer_id))
    if row.handed_in_at is not None:
        raise Conflict(N_("You have handed this in: it stays. Say in the discussion what you see otherwise now."))
    submission = session.scalars(
        sa.select(Submission).where(Submission.id == row.submission_id, Submission.revision == row.revision, WAITS)
    ).first()
    if submission is None:
        raise Conflict(N_("This text was decided on, corrected or withdrawn meanwhile: it is judged no more."))
    return row, submission


def _save(draft: AssessmentDraft, row: Assessment, submission: Submission, *, whole: bool) -> Assessment:
    if row.version != draft.version:
        raise Conflict(
            N_("This was saved from another page meanwhile. Nothing was written over: look at both, then save.")
        )
    criteria = criteria_of(submission.consultation_id, submission.track)
    inside, to_author = clean_text(draft.inside), clean_text(draft.to_author)
    problems = [*_problems(draft, criteria, inside, to_author)]
    problems += _gaps(draft, criteria, inside) if whole else []
    if problems:
        raise Rejected(problems)
    row.scores, row.recommendation = dict(draft.scores), draft.recommendation
    row.inside, row.to_author, row.language = inside, to_author, draft.language
    row.version += 1
    row.saved_at = clock.now()
    session.flush()
    return row


def _problems(
    draft: AssessmentDraft, criteria: Sequence[ReviewCriterion], inside: str, to_author: str
) -> Iterator[Problem]:
    known = {one.key for one in criteria}
    for key, points in draft.scores.items():
        if key not in known or not LOW <= points <= HIGH:
            yield Problem(f"score_{key}", N_("Choose one of the answers."))
    if draft.recommendation not in {"", *Recommendation}:
        yield Problem("recommendation", N_("Choose one of the answers."))
    if draft.language not in LANGUAGES:
        yield Problem("language", N_("Choose the language you wrote in."))
    for name, words in (("inside", inside), ("to_author", to_author)):
        if len(words) > WORDS_LIMIT:
            yield Problem(name, N_("Write at most %(limit)s characters.", limit=WORDS_LIMIT))


def _gaps(draft: AssessmentDraft, criteria: Sequence[ReviewCriterion], inside: str) -> Iterator[Problem]:
    for one in criteria:
        if one.key not in draft.scores:
            yield Problem(f"score_{one.key}", N_("Give points for this."))
    if not draft.recommendation:
        yield Problem("recommendation", N_("Choose what you recommend."))
    if not inside:
        yield Problem("inside", N_("Say why you recommend this."))


@dataclass(frozen=True, slots=True)
class NoteDraft:
    """What somebody says in the discussion of a text, about the `revision` they read."""

    text: str
    language: str
    revision: int


def add_note(draft: NoteDraft, *, submission: Submission, actor: Actor) -> ReviewNote:
    """Say something to those who judge a text: its reviewers who have handed in, and whoever reads what they found.

    Raises Forbidden for a reviewer who has not handed in yet, Rejected, and Conflict once the text moved on.
    """
    with transaction():
        row = session.get_one(Submission, submission.id, with_for_update=True, populate_existing=True)
        reviewer = _speaks_as(row, actor)
        if row.revision != draft.revision or not session.scalar(
            sa.select(sa.exists().where(Submission.id == row.id, WAITS))
        ):
            raise Conflict(N_("This text was decided on, corrected or withdrawn meanwhile: it is judged no more."))
        text = clean_text(draft.text)
        if not text:
            raise Rejected(N_("Write what you want to say."), "text")
        if len(text) > NOTE_LIMIT:
            raise Rejected(N_("Write at most %(limit)s characters.", limit=NOTE_LIMIT), "text")
        of_text = (ReviewNote.submission_id == row.id, ReviewNote.revision == row.revision)
        if (session.scalar(sa.select(sa.func.count()).where(*of_text)) or 0) >= MOST_NOTES:
            raise Conflict(N_("This discussion is full."))
        made = ReviewNote(
            id=new_id(),
            submission_id=row.id,
            revision=row.revision,
            reviewer_id=reviewer,
            written_by=None if reviewer else actor.person,
            text=text,
            language=draft.language if draft.language in LANGUAGES else "ar",
            at=clock.now(),
        )
        session.add(made)
        session.flush()
        record(ReviewNoted(made.id), stream=row.consultation_id, actor=None)
        return made


def _speaks_as(row: Submission, actor: Actor) -> uuid.UUID | None:
    """Return the reviewer as whom somebody speaks, None for whoever reads the results. Raises Forbidden."""
    found = session.execute(
        sa.select(Reviewer, Assessment.handed_in_at)
        .join(Assessment, Assessment.reviewer_id == Reviewer.id)
        .where(
            Assessment.submission_id == row.id,
            Assessment.revision == row.revision,
            Reviewer.person_id == actor.person,
        )
    ).first()
    if found is None:
        demand(actor, "peer_review.results", row)
        return None
    reviewer, handed_in_at = found
    demand(actor, "peer_review.assess", reviewer)
    if handed_in_at is None:
        raise Forbidden
    identity: uuid.UUID = reviewer.id
    return identity
