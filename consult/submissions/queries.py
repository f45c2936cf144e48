"""Reading one submission, and one's own."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from consult.accounts.models import Body
from consult.db import session
from consult.errors import NotFound
from consult.i18n import N_, Localized, Message
from consult.submissions.belonging import of_office
from consult.submissions.content import ANSWER
from consult.submissions.models import Draft, Passage, ReviewDecision, Revision, Submission
from consult.submissions.questionnaires.queries import form_of
from consult.submissions.states import BY_RULE, Decision, own_label, told_in_public


def latest_decision(column: Any) -> sa.ScalarSelect[Any]:
    """Return, as part of a query of submissions, a column of each one's latest decision."""
    return (
        sa.select(column)
        .where(ReviewDecision.submission_id == Submission.id)
        .order_by(ReviewDecision.at.desc(), ReviewDecision.id.desc())
        .limit(1)
        .scalar_subquery()
    )


def submission_by_number(consultation: uuid.UUID, number: str) -> Submission | None:
    """Return a submission by its receipt number, in whatever state it is: whoever shows it asks who may read it."""
    return session.scalars(
        sa.select(Submission).where(Submission.consultation_id == consultation, Submission.number == number)
    ).first()


def body_names(body: uuid.UUID | None) -> Localized | None:
    """Return the names of a body (1 query, none without a body)."""
    return None if body is None else session.execute(sa.select(Body.names).where(Body.id == body)).scalar_one()


@dataclass(frozen=True, slots=True)
class ShownPassage:
    """A passage of a revision as pages show it and recommendations cite it; `asked` are the words of the `question` it answers."""

    id: uuid.UUID
    number: int
    kind: str
    text: str
    question: str = ""
    asked: Message | Localized | str = ""


def passages_of(submission: uuid.UUID, revision: int) -> Sequence[ShownPassage]:
    """Return the passages of a revision in order, answers in words last (1 query, one more for a form read first)."""
    rows = session.execute(
        sa.select(Passage.id, Passage.number, Passage.kind, Passage.text, Passage.question, Revision.questionnaire_id)
        .outerjoin(
            Revision, sa.and_(Revision.submission_id == Passage.submission_id, Revision.number == Passage.revision)
        )
        .where(Passage.submission_id == submission, Passage.revision == revision)
        .order_by(Passage.number)
    ).all()
    asked = words_asked(rows[0].questionnaire_id, [row.question for row in rows]) if rows else {}
    return [
        ShownPassage(row.id, row.number, row.kind, row.text, row.question, asked.get(row.question, "")) for row in rows
    ]


def text_of(submission: uuid.UUID, revision: int) -> Sequence[ShownPassage]:
    """Return the passages of a revision without those that are answers (1 query)."""
    return [passage for passage in passages_of(submission, revision) if passage.kind != ANSWER]


def words_asked(questionnaire: uuid.UUID | None, keys: Collection[str]) -> Mapping[str, Message | Localized]:
    """Return the words of those questions of a version of the organisers' form; a form is read only for a key that is one."""
    if not any(keys):
        return {}
    return {question.key: question.label for question in form_of(questionnaire).questions if question.key in keys}


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a submission's history: a revision (with its fingerprint), or a decision (with its ground, and the reason,
    which is for the author alone; `seals`: that revision stays out of sight). `why` is what its author says a revision changed,
    `id` is that of a revision, where it was read."""

    at: datetime
    revision: int
    decision: Decision | None = None
    ground: str = ""
    reason: str = ""
    fingerprint: str = ""
    seals: bool = False
    id: uuid.UUID | None = None
    why: str = ""

    @property
    def by_rule(self) -> bool:
        """Tell whether nobody decided: the track publishes at once."""
        return self.ground == BY_RULE

    @property
    def in_public(self) -> Step:
        """Return it as everybody is told of it."""
        if self.decision is None:
            return self
        decision, ground = told_in_public(self.decision, self.ground)
        return replace(self, decision=decision, ground=ground)


def locked_draft(draft: uuid.UUID) -> Draft:
    """Return a draft that nobody else changes until this transaction ends. Raises NotFound."""
    row = session.get(Draft, draft, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound(N_("This draft is no longer here: it was handed in or deleted."))
    return row


def revision_of(submission: uuid.UUID, number: int) -> Revision | None:
    """Return a revision of a submission."""
    return session.scalars(
        sa.select(Revision).where(Revision.submission_id == submission, Revision.number == number)
    ).first()


@dataclass(frozen=True, slots=True)
class Own:
    """A submission as its author sees it in a list, with the latest decision and the words that came with it."""

    id: uuid.UUID
    number: str
    title: str
    language: str
    track: str
    state: str
    revision: int
    received_at: datetime
    ground: str
    reason: str
    corrects: bool
    of_body: bool

    @property
    def label(self) -> Message:
        """Where it stands, in words for whose own it is."""
        return own_label(self.state, of_body=self.of_body)


def own_submissions(own: sa.ColumnElement[bool], corrects: sa.ColumnElement[bool] | None = None) -> Sequence[Own]:
    """Return what is somebody's own (`permitted` of `submission.own`), newest first, at most 200 (1 query).

    `corrects` is `permitted` of `submission.correct`, where it is asked which of them can be corrected.
    """
    rows = session.execute(
        sa.select(
            Submission.id,
            Submission.number,
            Submission.title,
            Submission.language,
            Submission.track,
            Submission.state,
            Submission.revision,
            Submission.received_at,
            sa.func.coalesce(latest_decision(ReviewDecision.ground), ""),
            sa.func.coalesce(latest_decision(ReviewDecision.reason), ""),
            sa.false() if corrects is None else corrects,
            of_office(),
        )
        .where(own)
        .order_by(Submission.received_at.desc(), Submission.id.desc())
        .limit(200)
    )
    return [Own(*row) for row in rows]


def own_drafts(members: Iterable[uuid.UUID]) -> Sequence[Draft]:
    """Return the drafts of these members, the latest saved first (1 query)."""
    return session.scalars(
        sa.select(Draft).where(Draft.member_id.in_(list(members))).order_by(Draft.saved_at.desc(), Draft.id.desc())
    ).all()


def submission_of_draft(draft: uuid.UUID, own: sa.ColumnElement[bool]) -> Submission | None:
    """Return the submission, of somebody's own, that a draft was handed in as (a revision has its draft's id)."""
    return session.scalars(
        sa.select(Submission).join(Revision, Revision.submission_id == Submission.id).where(Revision.id == draft, own)
    ).first()
