"""The letter that each author gets: what became of every passage of their text; and the act of sending all of them."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from consult import clock
from consult.accounts.access import Actor, demand
from consult.accounts.models import Person
from consult.ballots.models import Ballot
from consult.consultations.models import Consultation, Member
from consult.db import new_id, session, transaction
from consult.errors import Conflict
from consult.events.record import record
from consult.i18n import N_, Localized
from consult.outcomes.events import LettersSent
from consult.outcomes.models import Citation, Edition, LetterRound, LetterSent
from consult.outcomes.reach import NOBODY, Reach
from consult.outcomes.trace import Step, way_of_recommendations
from consult.recommendations.answer_queries import GivenAnswer, answers_to, clause_gone, present_version
from consult.recommendations.models import Disposition, Recommendation, Version
from consult.recommendations.response_models import OfficialResponse
from consult.recommendations.response_queries import PublishedResponse, responses_beside
from consult.submissions.cosigning.services import cosigners_of
from consult.submissions.models import ReviewDecision, Submission
from consult.submissions.queries import passages_of
from consult.submissions.states import SubmissionState


@dataclass(frozen=True, slots=True)
class LetterPart:
    """What a letter says of one passage (`number` from 1, with its words) or of the whole (0): the answer and where it led.

    `before` is what the letter said when it was last sent, where another answer holds now.
    """

    number: int
    text: str
    answer: GivenAnswer
    steps: Sequence[Step]
    before: GivenAnswer | None = None


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter as it reads now; `ground` is why the text was returned or hidden, `sent_at` when it was last sent.

    `changed` tells that the letter says more now than when it was sent: the next round has one again.
    `passages` have an answer of their own; `rest` are the numbers of those that take that of the whole. `responses` are what
    bodies said officially to it, or to the recommendation (its number) that an answer names; `cosigned` the bodies that stand behind it.
    """

    number: str
    title: str
    language: str
    state: SubmissionState
    ground: str
    whole: LetterPart | None
    passages: Sequence[LetterPart]
    rest: Sequence[int]
    sent_at: datetime | None
    changed: bool
    responses: Sequence[tuple[int | None, PublishedResponse]] = ()
    cosigned: Sequence[Localized] = ()


def letter_of(row: Submission, language: str) -> Letter:
    """Return the letter to the author of a submission that is not withdrawn (at most 9 queries)."""
    accepted = row.state == SubmissionState.ACCEPTED
    answers = answers_to(row.id, row.revision)
    given = answers.in_force if accepted else {}
    cited = {one.recommendation for one in given.values() if one.recommendation is not None}
    ways = way_of_recommendations(row.id, cited, language)
    passages = passages_of(row.id, row.revision) if accepted else []
    sent_at = _last_sent(row.id)

    def part(number: int, text: str) -> LetterPart:
        answer = given[number]
        steps = ways[answer.recommendation] if answer.recommendation else []
        return LetterPart(number, text, answer, steps, answers.said_at(number, sent_at) if sent_at else None)

    return Letter(
        number=row.number,
        title=row.title,
        language=row.language,
        state=SubmissionState(row.state),
        ground="" if accepted else _ground(row.id),
        whole=part(0, "") if 0 in given else None,
        passages=[part(p.number, p.text) for p in passages if p.number in given],
        rest=[p.number for p in passages if p.number not in given],
        sent_at=sent_at,
        changed=sent_at is not None and _says_more(row),
        responses=responses_beside(row.id, cited) if accepted else (),
        cosigned=[names for _, names in cosigners_of([row.id]).get(row.id, ())],
    )


def _ground(submission: uuid.UUID) -> str:
    latest = (
        sa.select(ReviewDecision.ground)
        .where(ReviewDecision.submission_id == submission)
        .order_by(ReviewDecision.at.desc(), ReviewDecision.id.desc())
    )
    return session.scalars(latest.limit(1)).first() or ""


def _last_sent(submission: uuid.UUID) -> datetime | None:
    return session.scalar(
        sa.select(LetterRound.sent_at)
        .join(LetterSent, LetterSent.round_id == LetterRound.id)
        .where(LetterSent.submission_id == submission)
        .order_by(LetterRound.number.desc())
        .limit(1)
    )


def _says_more(row: Submission) -> bool:
    due = _due(row.consultation_id).where(Submission.id == row.id)
    return session.execute(sa.select(sa.exists(due))).scalar_one()


def send_letters(*, consultation: Consultation, actor: Actor) -> LetterRound:
    """Send a letter for each submission that is not withdrawn: all of them at first, later those that have something new.

    Something new is whatever a letter says: an answer, a moderator's decision, a body's response to the text or to a recommendation
    that an answer names, a vote on that, a place of it in a new edition. Raises Conflict where nothing is new since the letter before.
    """
    with transaction():
        demand(actor, "letters.send", consultation)
        # Whoever else sends waits here: two presses of the button are one round.
        session.get_one(Consultation, consultation.id, with_for_update={"key_share": True}, populate_existing=True)
        due = session.scalars(_due(consultation.id)).all()
        if not due:
            raise Conflict(N_("Every letter was sent, and nothing is new since."))
        row = LetterRound(
            id=new_id(),
            consultation_id=consultation.id,
            number=len(rounds_of(consultation.id)) + 1,
            letters=len(due),
            sent_by=actor.person,
            sent_at=clock.now(),
        )
        session.add(row)
        session.flush()
        session.execute(sa.insert(LetterSent), [{"round_id": row.id, "submission_id": one} for one in due])
        record(LettersSent(row.id, row.number, row.letters), stream=consultation.id, actor=actor.person)
        return row


def _due(consultation: uuid.UUID) -> sa.Select[uuid.UUID]:
    last = (
        sa.select(sa.func.max(LetterRound.sent_at))
        .join(LetterSent, LetterSent.round_id == LetterRound.id)
        .where(LetterSent.submission_id == Submission.id)
        .scalar_subquery()
    )
    return sa.select(Submission.id).where(
        Submission.consultation_id == consultation,
        Submission.state != SubmissionState.WITHDRAWN,
        sa.or_(
            last.is_(None),
            Submission.decided_at > last,
            sa.and_(Submission.state == SubmissionState.ACCEPTED, sa.or_(*_news(last))),
        ),
    )


def _news(last: sa.ScalarSelect[datetime]) -> Iterator[sa.ColumnElement[bool]]:
    """Yield, as conditions on accepted submissions, what a letter tells of beside the decision: each that came after a moment."""
    named = sa.select(Disposition.recommendation_id).where(
        Disposition.submission_id == Submission.id,
        Disposition.replaced_at.is_(None),
        Disposition.recommendation_id.is_not(None),
    )
    named = named.correlate(Submission)
    yield sa.exists().where(Disposition.submission_id == Submission.id, Disposition.at > last)
    yield sa.exists().where(
        sa.or_(OfficialResponse.submission_id == Submission.id, OfficialResponse.recommendation_id.in_(named)),
        OfficialResponse.published_at > last,
    )
    yield sa.exists().where(  # the clause that an answer names has gone
        Disposition.submission_id == Submission.id,
        Disposition.replaced_at.is_(None),
        Recommendation.id == Disposition.recommendation_id,
        clause_gone(),
        sa.exists().where(present_version(), Version.at > last).correlate(Recommendation, Submission),
    )
    yield sa.exists().where(
        Ballot.recommendation_id.in_(named),
        sa.or_(Ballot.opened_at > last, Ballot.closed_at > last, Ballot.annulled_at > last),
    )
    yield sa.exists().where(
        Citation.kind == "recommendation",
        Citation.subject_id.in_(named),
        Edition.id == Citation.edition_id,
        Edition.published_at > last,
    )


@dataclass(frozen=True, slots=True)
class Due:
    """How many letters a round would have now, and how many of them go by mail; the others are printed (`consult.outcomes.printing`).

    `bounced` of those that go by mail are for addresses from which mail has come back.
    """

    letters: int
    by_mail: int
    bounced: int

    @property
    def on_paper(self) -> int:
        """How many go to nobody with an address."""
        return self.letters - self.by_mail


def letters_due(consultation: uuid.UUID, bounced: sa.ColumnElement[bool] = NOBODY) -> Due:
    """Count the letters that would be sent now; `bounced` is a condition on persons (1 query)."""
    due, reach = _due(consultation).subquery(), Reach(Submission.consultation_id == consultation, bounced)
    counts = session.execute(
        sa.select(
            sa.func.count(),
            sa.func.count().filter(sa.not_(reach.on_paper)),
            sa.func.count().filter(sa.not_(reach.on_paper), reach.in_vain),
        )
        .select_from(due)
        .outerjoin(reach.rows, reach.joins(due.c.id))
    ).one()
    return Due(*counts)


def rounds_of(consultation: uuid.UUID) -> Sequence[LetterRound]:
    """Return the rounds that were sent, the newest first (1 query)."""
    return session.scalars(
        sa.select(LetterRound).where(LetterRound.consultation_id == consultation).order_by(LetterRound.number.desc())
    ).all()


def cases(consultation: uuid.UUID, among: sa.ColumnElement[bool] | None = None) -> Sequence[tuple[Submission, str]]:
    """Return three real texts to try the letters on, with the language each author reads, as unlike as there are (4 queries).

    `among` narrows the submissions, to those that somebody may read.
    One whose answer names a recommendation, one with another answer, one without any; where there is no such, any other.
    """
    in_force = sa.exists().where(Disposition.submission_id == Submission.id, Disposition.replaced_at.is_(None))
    wanted = (
        in_force.where(Disposition.recommendation_id.is_not(None)),
        sa.and_(in_force, sa.not_(in_force.where(Disposition.recommendation_id.is_not(None)))),
        sa.not_(in_force),
        sa.true(),
    )
    query = (
        sa.select(Submission, Person.language)
        .outerjoin(Member, Member.id == Submission.member_id)
        .outerjoin(Person, Person.id == Member.person_id)
        .where(Submission.consultation_id == consultation, Submission.state != SubmissionState.WITHDRAWN)
        .where(sa.true() if among is None else among)
    )
    found: dict[uuid.UUID, tuple[Submission, str]] = {}
    for condition in wanted:
        spoken = sa.case((Person.language.in_([language for _, language in found.values()]), 1), else_=0)
        others = query.where(condition, Submission.id.not_in(list(found))).order_by(spoken, Submission.number)
        for row, language in session.execute(others.limit(3)):
            if len(found) < 3:
                found[row.id] = (row, language or row.language)
            if condition is not wanted[-1]:
                break
    return list(found.values())
