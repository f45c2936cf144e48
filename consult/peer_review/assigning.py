"""Giving texts to reviewers: many at once after a preview, one by hand, and taking one back."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from string import ascii_uppercase
from typing import Any

import sqlalchemy as sa

from consult import clock
from consult.accounts.access import Actor, demand
from consult.accounts.heirs import heirs
from consult.consultations.models import Consultation, Member
from consult.db import new_id, session, transaction
from consult.errors import Conflict, NotFound, Problem, Rejected
from consult.events.record import record
from consult.i18n import N_
from consult.peer_review.earlier import put_back
from consult.peer_review.events import ReviewsAssigned, ReviewTakenBack
from consult.peer_review.models import Assessment, DeclaredInterest, Reviewer
from consult.peer_review.sharing import Desk, Shared, Wanted, digest_of, share_out
from consult.submissions.models import Submission
from consult.submissions.review.blind import bodies_behind
from consult.submissions.states import SubmissionState

#: Texts given out at once, and reviewers of one text: they are called by a letter.
MOST_AT_ONCE = 5_000
MOST_EACH = 9

#: That a text waits to be judged: it was handed in and nobody decided on it, or it is public and waits to be looked over.
WAITS = sa.or_(
    Submission.state == SubmissionState.RECEIVED,
    sa.and_(Submission.state == SubmissionState.ACCEPTED, Submission.look_over.is_(True)),
)
#: That an assessment is of the revision that waits.
LIVE = sa.and_(Assessment.revision == Submission.revision, WAITS)


@dataclass(frozen=True, slots=True)
class Giving:
    """Which texts: those of a track that wait, in one language ("" for all), so that each has `each` reviewers, until `due_on`."""

    track: str
    each: int = 2
    language: str = ""
    due_on: date | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """Who would get what. `digest` is what is carried out; `desks` are the reviewers as they would then be."""

    shared: Sequence[Shared]
    desks: Sequence[Desk]
    digest: str

    @property
    def assessments(self) -> int:
        """How many assessments would be asked for."""
        return sum(len(one.reviewers) for one in self.shared)

    @property
    def texts(self) -> int:
        """How many texts would get a reviewer."""
        return sum(bool(one.reviewers) for one in self.shared)

    @property
    def short(self) -> int:
        """How many texts would have fewer reviewers than asked for."""
        return sum(bool(one.short) for one in self.shared)

    @property
    def unread(self) -> int:
        """How many texts no reviewer may judge at all."""
        return sum(one.nobody for one in self.shared)


def plan_reviews(giving: Giving, *, consultation: Consultation) -> Plan:
    """Return who would get what: nothing is written. Raises Rejected at the fields (5 queries)."""
    if problems := list(_problems(giving, consultation)):
        raise Rejected(problems)
    reviewers = _working(consultation.id, giving.track)
    desks = _desks(reviewers)
    shared = share_out(_wanted(giving, consultation, reviewers), desks)
    return Plan(shared, desks, digest_of(shared))


def assign_reviews(giving: Giving, digest: str, *, consultation: Consultation, actor: Actor) -> Plan:
    """Give the texts out as the preview with this digest showed it. Raises Rejected; Conflict if it would be another by now."""
    with transaction():
        demand(actor, "peer_review.organise", consultation)
        _hold(consultation.id, giving.track)
        plan = plan_reviews(giving, consultation=consultation)
        if not plan.assessments:
            raise Rejected(N_("There is no text that could be given out."))
        if plan.digest != digest:
            raise Conflict(N_("Something changed since you opened the preview. Look at it again, then give them out."))
        act = _give([(one.text, one.reviewers) for one in plan.shared if one.reviewers], giving.due_on)
        facts = ReviewsAssigned(act, giving.track, plan.texts, plan.assessments)
        record(facts, stream=consultation.id, actor=actor.person)
        return plan


def give_review(submission: Submission, number: int, *, due_on: date | None, actor: Actor) -> None:
    """Give one text to one reviewer by hand, past their limit and languages but not past an interest. Raises Rejected, Conflict."""
    with transaction():
        row = session.get_one(Submission, submission.id, with_for_update=True, populate_existing=True)
        consultation = session.get_one(Consultation, row.consultation_id)
        demand(actor, "peer_review.organise", consultation)
        if not session.scalar(sa.select(sa.exists().where(Submission.id == row.id, WAITS))):
            raise Conflict(N_("This text does not wait for a decision any more."))
        reviewer = next((one for one in _working(row.consultation_id, row.track) if one.number == number), None)
        if reviewer is None:
            raise Rejected(N_("Choose a reviewer of this track."), "reviewer")
        if reviewer.id in _barred([row.id], [reviewer])[row.id]:
            raise Rejected(N_("This reviewer judges it already, or may not: choose another one."), "reviewer")
        act = _give([(row.id, (reviewer.id,))], due_on)
        record(ReviewsAssigned(act, row.track, 1, 1), stream=row.consultation_id, actor=actor.person)


def take_back(assessment: uuid.UUID, *, consultation: Consultation, actor: Actor) -> None:
    """Take a text back from a reviewer who has not handed in: what they saved is lost, what they had handed in before stands again. Raises NotFound, Conflict."""
    with transaction():
        demand(actor, "peer_review.organise", consultation)
        row = session.scalars(
            sa.select(Assessment)
            .join(Reviewer, Reviewer.id == Assessment.reviewer_id)
            .where(Assessment.id == assessment, Reviewer.consultation_id == consultation.id)
            .with_for_update(of=Assessment)
        ).first()
        if row is None:
            raise NotFound
        if row.handed_in_at is not None:
            raise Conflict(N_("It has been handed in: it stays."))
        if not put_back(row):
            session.delete(row)
        session.flush()
        record(ReviewTakenBack(assessment), stream=consultation.id, actor=actor.person)


def _problems(giving: Giving, consultation: Consultation) -> Iterator[Problem]:
    if giving.track not in {one.key for one in consultation.tracks}:
        yield Problem("track", N_("Choose one of the answers."))
    if not 1 <= giving.each <= MOST_EACH:
        yield Problem("each", N_("Write a whole number from %(low)s to %(high)s.", low=1, high=MOST_EACH))
    if giving.due_on is not None and giving.due_on < clock.now().date():
        yield Problem("due_on", N_("This day is past."))


def _hold(consultation: uuid.UUID, track: str) -> None:
    """Let nobody else give out texts of the track meanwhile: two presses of the button come one after the other."""
    of_track = (Reviewer.consultation_id == consultation, Reviewer.track == track)
    session.scalars(sa.select(Reviewer.id).where(*of_track).order_by(Reviewer.id).with_for_update()).all()


def _working(consultation: uuid.UUID, track: str) -> Sequence[Reviewer]:
    return session.scalars(
        sa.select(Reviewer)
        .where(Reviewer.consultation_id == consultation, Reviewer.track == track, Reviewer.ended_at.is_(None))
        .order_by(Reviewer.number)
    ).all()


def _desks(reviewers: Sequence[Reviewer]) -> list[Desk]:
    """Return the reviewers with what they have to do and what they were given of the texts that wait (1 query)."""
    unfinished = sa.func.sum(sa.case((Assessment.handed_in_at.is_(None), 1), else_=0))
    rows = session.execute(
        sa.select(Assessment.reviewer_id, unfinished, sa.func.count())
        .join(Submission, Submission.id == Assessment.submission_id)
        .where(Assessment.reviewer_id.in_([one.id for one in reviewers]), LIVE)
        .group_by(Assessment.reviewer_id)
    )
    loads = {reviewer: (int(open_ones), given) for reviewer, open_ones, given in rows}
    return [
        Desk(one.id, one.number, frozenset(one.languages), one.most, *loads.get(one.id, (0, 0))) for one in reviewers
    ]


def _wanted(giving: Giving, consultation: Consultation, reviewers: Sequence[Reviewer]) -> list[Wanted]:
    """Return the texts that want reviewers, with who may not judge them."""
    given = (
        sa.select(sa.func.count())
        .where(Assessment.submission_id == Submission.id, Assessment.revision == Submission.revision)
        .correlate(Submission)
        .scalar_subquery()
    )
    query = (
        sa.select(Submission.id, Submission.language, giving.each - given)
        .where(
            Submission.consultation_id == consultation.id, Submission.track == giving.track, WAITS, given < giving.each
        )
        .order_by(Submission.id)
        .limit(MOST_AT_ONCE)
    )
    if giving.language:
        query = query.where(Submission.language == giving.language)
    rows = session.execute(query).all()
    barred, before = _barred([row[0] for row in rows], reviewers), _before(giving, consultation)
    return [
        Wanted(text, language, missing, frozenset(barred[text]), frozenset(before[text]))
        for text, language, missing in rows
    ]


def _before(giving: Giving, consultation: Consultation) -> Mapping[uuid.UUID, set[uuid.UUID]]:
    """Return who judged an earlier revision of which text (1 query)."""
    rows = session.execute(
        sa.select(Assessment.submission_id, Assessment.reviewer_id)
        .join(Submission, Submission.id == Assessment.submission_id)
        .where(
            Submission.consultation_id == consultation.id,
            Submission.track == giving.track,
            Assessment.revision < Submission.revision,
            Assessment.handed_in_at.is_not(None),
        )
    )
    found: defaultdict[uuid.UUID, set[uuid.UUID]] = defaultdict(set)
    for text, reviewer in rows:
        found[text].add(reviewer)
    return found


def _barred(texts: Collection[uuid.UUID], reviewers: Sequence[Reviewer]) -> Mapping[uuid.UUID, set[uuid.UUID]]:
    """Return who may not be given which text: its author, whoever takes part for its body, who has an interest or it already."""
    people = {one.id: one.person_id for one in reviewers}
    found: defaultdict[uuid.UUID, set[uuid.UUID]] = defaultdict(set)
    authors, bodies = _authors(texts), bodies_behind(texts)
    own_bodies = _bodies_of(people.values())
    interested = set(_in_parts(texts, DeclaredInterest.submission_id, DeclaredInterest.person_id))
    has = set(_in_parts(texts, Assessment.submission_id, Assessment.reviewer_id, _of_present_revision()))
    for text in texts:
        for reviewer, person in people.items():
            own = person == authors.get(text) or bool(own_bodies[person] & bodies.get(text, frozenset()))
            if own or (text, person) in interested or (text, reviewer) in has:
                found[text].add(reviewer)
    return found


def _of_present_revision() -> sa.ColumnElement[bool]:
    current = sa.select(Submission.revision).where(Submission.id == Assessment.submission_id).scalar_subquery()
    return Assessment.revision == current


def _in_parts(
    texts: Collection[uuid.UUID], text: Any, who: Any, which: sa.ColumnElement[bool] | None = None
) -> Iterator[tuple[uuid.UUID, Any]]:
    """Yield pairs of text and what is asked of it, 500 texts at a time: no engine takes any number of parameters."""
    ids = list(texts)
    for begin in range(0, len(ids), 500):
        query = sa.select(text, who).where(text.in_(ids[begin : begin + 500]), sa.true() if which is None else which)
        yield from (tuple(row) for row in session.execute(query))


def _authors(texts: Collection[uuid.UUID]) -> Mapping[uuid.UUID, uuid.UUID]:
    ids = list(texts)
    found: dict[uuid.UUID, uuid.UUID] = {}
    for begin in range(0, len(ids), 500):
        query = (
            sa.select(Submission.id, Member.person_id)
            .join(Member, Member.id == Submission.member_id)
            .where(Submission.id.in_(ids[begin : begin + 500]))
        )
        found |= dict(session.execute(query).all())
    return found


def _bodies_of(people: Collection[uuid.UUID]) -> Mapping[uuid.UUID, set[uuid.UUID]]:
    """Return the bodies for which people take part or took part, in whatever consultation, and those that went into them (1 query)."""
    went, theirs = heirs(), Member.person_id.in_(list(people))
    into = sa.and_(
        went.c.body_id == Member.own_body_id,
        went.c.consultation_id == Member.consultation_id,
        went.c.track == Member.track,
    )
    rows = session.execute(
        sa.union(
            sa.select(Member.person_id, Member.own_body_id).where(theirs, Member.own_body_id.is_not(None)),
            sa.select(Member.person_id, went.c.former_id).join(went, into).where(theirs),
        )
    )
    found: defaultdict[uuid.UUID, set[uuid.UUID]] = defaultdict(set)
    for person, body in rows:
        if body is not None:
            found[person].add(body)
    return found


def _give(pairs: Sequence[tuple[uuid.UUID, Sequence[uuid.UUID]]], due_on: date | None) -> uuid.UUID:
    """Write who judges what, each under the first letter that is free beside the text, and return the id of the act."""
    act, now = new_id(), clock.now()
    texts = [text for text, _ in pairs]
    revisions = dict(_in_parts(texts, Submission.id, Submission.revision))
    taken: defaultdict[uuid.UUID, set[str]] = defaultdict(set)
    for text, letter in _in_parts(texts, Assessment.submission_id, Assessment.letter, _of_present_revision()):
        taken[text].add(letter)
    rows = []
    for text, reviewers in pairs:
        letters = (letter for letter in ascii_uppercase if letter not in taken[text])
        for reviewer, letter in zip(reviewers, letters, strict=False):
            rows.append(
                {
                    "id": new_id(),
                    "submission_id": text,
                    "revision": revisions[text],
                    "reviewer_id": reviewer,
                    "letter": letter,
                    "giving_id": act,
                    "given_at": now,
                    "due_on": due_on,
                    "scores": {},
                    "version": 1,
                }
            )
    session.execute(sa.insert(Assessment), rows)
    return act
