"""Counting answers: what has come to no end, what stands at which kind, and how long texts waited."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace

import sqlalchemy as sa

from consult.consultations.models import Consultation
from consult.db import seconds_between, session
from consult.recommendations.answer_conditions import SAID, WHOLE, accepted_in, kind_of_text, unanswered
from consult.recommendations.models import Disposition
from consult.submissions.figures.suppression import LEAST
from consult.submissions.models import Passage, Submission
from consult.submissions.review.appeal_queries import Times, times_of
from consult.submissions.states import SubmissionState
from consult.testimony.queries import count_without_end

#: Where a text stands of which nobody has said yet what becomes of it: a moderator has not decided, its author has not corrected it.
UNDECIDED = (SubmissionState.RECEIVED, SubmissionState.RETURNED)


@dataclass(frozen=True, slots=True)
class OpenTexts:
    """How many submissions have come to no end: accepted without an answer, not decided on, returned and not handed in again.

    `testimonies` are confidential ones of which nobody has said what becomes of them, of before today.
    """

    unanswered: int = 0
    received: int = 0
    returned: int = 0
    testimonies: int = 0

    @property
    def texts(self) -> int:
        """Return the number of submissions: what everybody can count."""
        return self.unanswered + self.received + self.returned

    @property
    def total(self) -> int:
        """All of them: what an edition, or the end of the phase, would pass over in silence."""
        return self.texts + self.testimonies

    @property
    def told(self) -> int:
        """How many are told in public when a reason is given: fewer than LEAST testimonies are not counted with the texts."""
        return self.texts + (self.testimonies if self.testimonies >= LEAST else 0)


def count_open(consultation: Consultation) -> OpenTexts:
    """Count what has come to no end (2 queries)."""
    texts = _open_texts(consultation.id)
    return replace(texts, testimonies=count_without_end(consultation))


def _open_texts(consultation: uuid.UUID) -> OpenTexts:
    accepted = sa.select(sa.literal("unanswered"), sa.func.count()).select_from(unanswered(consultation).subquery())
    states = (
        sa.select(sa.literal(state.value), sa.func.count())
        .select_from(Submission)
        .where(Submission.consultation_id == consultation, Submission.state == state)
        for state in UNDECIDED
    )
    return OpenTexts(**dict(session.execute(sa.union_all(accepted, *states)).all()))


@dataclass(frozen=True, slots=True)
class AnswerCounts:
    """How many accepted submissions stand at each kind in each track, and how many passages have an answer of their own.

    `undecided` counts the submissions that are not accepted and not at an end either, by state and track; `silent` the
    passages of which nothing is said, neither for them nor for their text.
    """

    texts: dict[tuple[str, str], int]
    passages: dict[str, int]
    undecided: dict[tuple[str, str], int]
    silent: int

    def in_state(self, state: str) -> int:
        """Return how many texts wait in a state, in all tracks."""
        return sum(number for (one, _), number in self.undecided.items() if one == state)

    def of_kind(self, kind: str) -> int:
        """Return how many texts stand at a kind, in all tracks."""
        return sum(number for (one, _), number in self.texts.items() if one == kind)

    @property
    def total(self) -> int:
        """How many texts there are."""
        return sum(self.texts.values())


def count_answers(consultation: uuid.UUID) -> AnswerCounts:
    """Count answers by kind and track, and what waits for a decision (1 query)."""
    kind = kind_of_text().label("kind")
    each = (
        sa.select(kind, Submission.track.label("track"))
        .outerjoin(Disposition, WHOLE)
        .where(*accepted_in(consultation))
        .subquery()
    )
    texts = sa.select(sa.literal("text").label("what"), each.c.kind, each.c.track, sa.func.count().label("number"))
    own = (
        sa.select(sa.literal("passage"), Disposition.kind, sa.literal(""), sa.func.count())
        .join(Submission, Submission.id == Disposition.submission_id)
        .join(Passage, sa.and_(Passage.id == Disposition.passage_id, Passage.revision == Submission.revision))
        .where(*accepted_in(consultation), Disposition.replaced_at.is_(None))
    )
    waiting = (
        sa.select(sa.literal("waiting"), Submission.state, Submission.track, sa.func.count())
        .where(Submission.consultation_id == consultation, Submission.state.in_(UNDECIDED))
        .group_by(Submission.state, Submission.track)
    )
    silent = (
        sa.select(sa.literal("silent"), sa.literal(""), sa.literal(""), sa.func.count())
        .select_from(Submission)
        .join(Passage, sa.and_(Passage.submission_id == Submission.id, Passage.revision == Submission.revision))
        .outerjoin(Disposition, sa.and_(SAID, Disposition.replaced_at.is_(None)))
        .where(*accepted_in(consultation), Disposition.id.is_(None))
    )
    rows = session.execute(
        sa.union_all(texts.group_by(each.c.kind, each.c.track), own.group_by(Disposition.kind), waiting, silent)
    ).all()
    return AnswerCounts(
        {(row.kind, row.track): row.number for row in rows if row.what == "text"},
        {row.kind: row.number for row in rows if row.what == "passage"},
        {(row.kind, row.track): row.number for row in rows if row.what == "waiting"},
        sum(row.number for row in rows if row.what == "silent"),
    )


def answer_times(consultation: uuid.UUID) -> Times | None:
    """Return how long accepted submissions waited for their first answer, None where none has one (3 queries)."""
    first = sa.func.min(seconds_between(Submission.received_at, Disposition.at)).label("waited")
    each = (
        sa.select(first)
        .select_from(Submission)
        .join(Disposition, Disposition.submission_id == Submission.id)
        .where(*accepted_in(consultation))
        .group_by(Submission.id)
        .subquery()
    )
    return times_of(each.c.waited, sa.true())
