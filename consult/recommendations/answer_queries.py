"""Reading answers: of one text, of all of them as counts and lists, and what can be answered from sources."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from consult.accounts.models import Body
from consult.consultations.models import Consultation
from consult.db import prepared, read, seconds_between, session
from consult.i18n import Localized
from consult.recommendations.models import Clause, Disposition, Recommendation, Source, Version
from consult.recommendations.states import RecommendationState
from consult.submissions.dispositions import DispositionKind
from consult.submissions.figures.suppression import LEAST
from consult.submissions.models import CampaignMember, Passage, Submission, SubmissionTopic
from consult.submissions.paging import Page, edge_at
from consult.submissions.review.appeal_queries import Times, times_of
from consult.submissions.states import SubmissionState
from consult.testimony.queries import count_without_end

#: What stands in the place of a kind: a text without any answer, and one whose passages are all answered on their own.
UNANSWERED, BY_PASSAGE = "", "by_passage"
#: Rows of the list of the desk: as many as somebody reads before they answer them alike.
PAGE = 50
#: Passages of sources that are proposed at a time.
MOST_PROPOSED = 500


@dataclass(frozen=True, slots=True)
class GivenAnswer:
    """An answer: `passage` is the passage's number, 0 for the whole text; `replaced_at` is set once it is no longer in force.

    `number`, `titles` and `state` are those of the recommendation it names, if it names one. `gone` tells that its clause is in
    the present version no more.
    """

    passage: int
    kind: DispositionKind
    recommendation: uuid.UUID | None
    number: int | None
    titles: Localized | None
    state: RecommendationState | None
    gone: bool
    clause: str
    reason: str
    language: str
    at: datetime
    replaced_at: datetime | None


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers to a text: those in force by number of the passage (0 is the whole), and those that were replaced."""

    in_force: dict[int, GivenAnswer]
    replaced: Sequence[GivenAnswer]

    def to(self, passage: int) -> GivenAnswer | None:
        """Return the answer that a passage has: its own, else that to the whole text."""
        return self.in_force.get(passage) or self.in_force.get(0)

    def said_at(self, passage: int, moment: datetime) -> GivenAnswer | None:
        """Return the answer that a passage, or the whole (0), had of its own at a moment, where another has replaced it since."""
        return next(
            (
                one
                for one in self.replaced
                if one.passage == passage and one.at <= moment and one.replaced_at and one.replaced_at > moment
            ),
            None,
        )

    @property
    def newest(self) -> datetime | None:
        """The moment of the newest answer, None where there is none."""
        return max((one.at for one in self.in_force.values()), default=None)


def answers_to(submission: uuid.UUID, revision: int) -> Answers:
    """Return the answers to a text in its present revision, the newest of the replaced ones first (1 query)."""
    given = [_given(row) for row in read(*_answers(submission, revision))]
    return Answers(
        {one.passage: one for one in given if one.replaced_at is None},
        [one for one in given if one.replaced_at is not None],
    )


@prepared
def _answers(submission: uuid.UUID, revision: int) -> sa.Select[Any]:
    columns: tuple[Any, ...] = (
        sa.func.coalesce(Passage.number, 0).label("passage"),
        Disposition.kind,
        Disposition.recommendation_id,
        Recommendation.number,
        Recommendation.titles,
        Recommendation.state,
        sa.case((clause_gone(), 1), else_=0),
        Disposition.clause,
        Disposition.reason,
        Disposition.language,
        Disposition.at,
        Disposition.replaced_at,
    )
    return (
        sa.select(*columns)
        .outerjoin(Passage, Passage.id == Disposition.passage_id)
        .outerjoin(Recommendation, Recommendation.id == Disposition.recommendation_id)
        .where(
            Disposition.submission_id == submission,
            sa.or_(Disposition.passage_id.is_(None), Passage.revision == revision),
        )
        .order_by(Disposition.at.desc(), Disposition.id.desc())
    )


def _given(row: Any) -> GivenAnswer:
    passage, kind, recommendation, number, titles, state, gone, *rest = row
    known = None if state is None else RecommendationState(state)
    return GivenAnswer(passage, DispositionKind(kind), recommendation, number, titles, known, bool(gone), *rest)


def present_version() -> sa.ColumnElement[bool]:
    """Return the condition that a version is the present one of its recommendation."""
    return sa.and_(Version.recommendation_id == Recommendation.id, Version.number == Recommendation.version)


def clause_gone() -> sa.ColumnElement[bool]:
    """Return, as a condition on answers and the recommendations they name, that the present version has their clause no more."""
    present = sa.select(Version.id).where(present_version()).correlate(Recommendation).scalar_subquery()
    there = (
        sa.exists()
        .where(Clause.version_id == present, Clause.key == Disposition.clause)
        .correlate(Disposition, Recommendation)
    )
    return sa.and_(Disposition.clause != "", sa.not_(there))


_WHOLE = sa.and_(
    Disposition.submission_id == Submission.id, Disposition.passage_id.is_(None), Disposition.replaced_at.is_(None)
)

#: What is said of a passage: for itself, or for the whole of its text.
_SAID = sa.and_(
    Disposition.submission_id == Submission.id,
    sa.or_(Disposition.passage_id.is_(None), Disposition.passage_id == Passage.id),
)


def _each_passage_answered() -> sa.ColumnElement[bool]:
    """Return, as a condition on submissions, that there are passages and each of them has an answer of its own."""
    of_text = (Passage.submission_id == Submission.id, Passage.revision == Submission.revision)
    own = sa.exists().where(Disposition.passage_id == Passage.id, Disposition.replaced_at.is_(None))
    return sa.and_(sa.exists().where(*of_text), sa.not_(sa.exists().where(*of_text, sa.not_(own))))


def _kind_of_text() -> sa.ColumnElement[str]:
    """Return the kind of a text's answer; the query joins what is in force for the whole of it."""
    return sa.case(
        (Disposition.kind.is_not(None), Disposition.kind),
        (_each_passage_answered(), BY_PASSAGE),
        else_=UNANSWERED,
    )


def _accepted(consultation: uuid.UUID) -> tuple[sa.ColumnElement[bool], ...]:
    return Submission.consultation_id == consultation, Submission.state == SubmissionState.ACCEPTED


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
    kind = _kind_of_text().label("kind")
    each = (
        sa.select(kind, Submission.track.label("track"))
        .outerjoin(Disposition, _WHOLE)
        .where(*_accepted(consultation))
        .subquery()
    )
    texts = sa.select(sa.literal("text").label("what"), each.c.kind, each.c.track, sa.func.count().label("number"))
    own = (
        sa.select(sa.literal("passage"), Disposition.kind, sa.literal(""), sa.func.count())
        .join(Submission, Submission.id == Disposition.submission_id)
        .join(Passage, sa.and_(Passage.id == Disposition.passage_id, Passage.revision == Submission.revision))
        .where(*_accepted(consultation), Disposition.replaced_at.is_(None))
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
        .outerjoin(Disposition, sa.and_(_SAID, Disposition.replaced_at.is_(None)))
        .where(*_accepted(consultation), Disposition.id.is_(None))
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
        .where(*_accepted(consultation))
        .group_by(Submission.id)
        .subquery()
    )
    return times_of(each.c.waited, sa.true())


@dataclass(frozen=True, slots=True)
class AnswerFilter:
    """What a list of texts is narrowed to: the kind of answer (UNANSWERED for none yet), track, topic, language, confirmed campaign."""

    kind: str = UNANSWERED
    track: str = ""
    topic: uuid.UUID | None = None
    language: str = ""
    campaign: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class AnswerLine:
    """A text as a line of a list of answers; `recommendation` is the number of the one that its answer names."""

    number: str
    title: str
    language: str
    track: str
    received_at: datetime
    author: str
    withheld: bool
    body: Localized | None
    recommendation: int | None


def answers_page(
    consultation: uuid.UUID, wanted: AnswerFilter, *, after: str = "", limit: int = PAGE
) -> Page[AnswerLine]:
    """Return accepted submissions whose answer is of a kind, the oldest first, from after a receipt number on (1 query)."""
    columns: tuple[Any, ...] = (
        Submission.number,
        Submission.title,
        Submission.language,
        Submission.track,
        Submission.received_at,
        Submission.author,
        Submission.withheld,
        Body.names,
        Recommendation.number,
    )
    query = (
        sa.select(*columns)
        .outerjoin(Disposition, _WHOLE)
        .outerjoin(Body, Body.id == Submission.body_id)
        .outerjoin(Recommendation, Recommendation.id == Disposition.recommendation_id)
        .where(*_accepted(consultation), *_narrowed(wanted))
        .order_by(Submission.received_at, Submission.id)
        .limit(limit + 1)
    )
    if after:
        query = query.where(sa.tuple_(Submission.received_at, Submission.id) > edge_at(consultation, after))
    rows = [AnswerLine(*row) for row in session.execute(query)]
    more, rows = len(rows) > limit, rows[:limit]
    return Page(rows, older=rows[-1].number if more else None)


def _narrowed(wanted: AnswerFilter) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]]
    if wanted.kind in (UNANSWERED, BY_PASSAGE):
        each = _each_passage_answered()
        found = [Disposition.id.is_(None), each if wanted.kind == BY_PASSAGE else sa.not_(each)]
    else:
        found = [Disposition.kind == wanted.kind]
    if wanted.track:
        found.append(Submission.track == wanted.track)
    if wanted.language:
        found.append(Submission.language == wanted.language)
    if wanted.campaign is not None:
        found.append(of_campaign(wanted.campaign))
    if wanted.topic is not None:
        about = (SubmissionTopic.submission_id == Submission.id, SubmissionTopic.topic_id == wanted.topic)
        found.append(sa.exists().where(*about))
    return found


def of_campaign(campaign: uuid.UUID) -> sa.ColumnElement[bool]:
    """Return, as a condition on submissions, that they belong to a confirmed campaign."""
    return sa.exists().where(
        CampaignMember.submission_id == Submission.id, CampaignMember.proposal_id == campaign, CampaignMember.belongs
    )


@dataclass(frozen=True, slots=True)
class ProposedAnswer:
    """A passage without an answer of its own that is a source of a recommendation: it can be said to be taken up there."""

    submission: uuid.UUID
    receipt: str
    language: str
    passage: uuid.UUID
    number: int
    text: str
    recommendation: int
    titles: Localized


def proposed_answers(
    consultation: uuid.UUID, *, members: Collection[uuid.UUID] = (), limit: int = MOST_PROPOSED
) -> Sequence[ProposedAnswer]:
    """Return what can be answered from sources, by recommendation and text, without the texts of `members` (1 query).

    A passage that several recommendations draw on is proposed for the one with the lowest number: the trace tells the rest.
    """
    own = sa.exists().where(Disposition.passage_id == Passage.id, Disposition.replaced_at.is_(None))
    query = (
        sa.select(
            Submission.id,
            Submission.number,
            Submission.language,
            Passage.id,
            Passage.number,
            Passage.text,
            Recommendation.number,
            Recommendation.titles,
        )
        .select_from(Source)
        .join(Recommendation, Recommendation.id == Source.recommendation_id)
        .join(Passage, Passage.id == Source.passage_id)
        .join(Submission, Submission.id == Source.submission_id)
        .where(
            *_accepted(consultation),
            Passage.revision == Submission.revision,
            Recommendation.state != RecommendationState.DRAFT,
            sa.not_(own),
        )
        .order_by(Recommendation.number, Submission.number, Passage.number)
        .limit(limit)
    )
    if members:
        query = query.where(sa.or_(Submission.member_id.is_(None), Submission.member_id.not_in(list(members))))
    found: dict[uuid.UUID, ProposedAnswer] = {}
    for row in session.execute(query):
        found.setdefault(row[3], ProposedAnswer(*row))
    return list(found.values())


@dataclass(frozen=True, slots=True)
class ChosenText:
    """A text that somebody chose to answer, or a passage of one (`number` from 1, 0 for the whole) with its words."""

    submission: uuid.UUID
    passage: uuid.UUID | None
    receipt: str
    number: int
    title: str
    language: str
    text: str
    revision: int

    @property
    def key(self) -> str:
        """How forms and addresses name it: the receipt number and, of a passage, its number after a point."""
        return f"{self.receipt}.{self.number}" if self.number else self.receipt


def chosen_texts(consultation: uuid.UUID, keys: Collection[str]) -> Sequence[ChosenText]:
    """Return the accepted texts and passages with these keys, in their order; others are left out (1 query)."""
    wanted = {key.partition(".")[0] for key in keys}
    query = (
        sa.select(
            Submission.id,
            Passage.id,
            Submission.number,
            sa.func.coalesce(Passage.number, 0),
            Submission.title,
            Submission.language,
            sa.func.coalesce(Passage.text, ""),
            Submission.revision,
        )
        .outerjoin(
            Passage,
            sa.and_(
                Passage.submission_id == Submission.id,
                Passage.revision == Submission.revision,
                sa.literal(any("." in key for key in keys)),
            ),
        )
        .where(*_accepted(consultation), Submission.number.in_(wanted))
    )
    found: dict[str, ChosenText] = {}
    for row in session.execute(query):
        one = ChosenText(*row)
        found[one.key] = one
        found.setdefault(one.receipt, replace(one, passage=None, number=0, text=""))
    return [found[key] for key in dict.fromkeys(keys) if key in found]


def unanswered(consultation: uuid.UUID) -> sa.Select[uuid.UUID]:
    """Return, as a query to build on, the accepted submissions without an answer: neither whole nor passage by passage."""
    return (
        sa.select(Submission.id)
        .outerjoin(Disposition, _WHOLE)
        .where(*_accepted(consultation), Disposition.id.is_(None), sa.not_(_each_passage_answered()))
    )
