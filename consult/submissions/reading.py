"""Reading one submission whole: two queries, whatever it holds."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from consult.accounts.models import Body
from consult.attachments import Kind
from consult.consultations.models import Topic
from consult.db import LocalizedText, Utc, padded, prepared, read, session
from consult.i18n import Localized
from consult.submissions.content import ANSWER
from consult.submissions.documents.attached import Document
from consult.submissions.documents.models import Attachment, SubmissionAttachment
from consult.submissions.models import Passage, ReviewDecision, Revision, Submission, SubmissionTopic
from consult.submissions.queries import ShownPassage, Step, words_asked
from consult.submissions.states import Decision


@dataclass(frozen=True, slots=True)
class ShownTopic:
    """A topic a submission is about: its part of addresses, and its names."""

    slug: str
    names: Localized


@dataclass(frozen=True, slots=True)
class WholeSubmission:
    """A submission with what stands around it; `history` is newest first, without names. Of its passages, `worded` are
    those that answer a question.

    It is read in whatever state it is: whoever shows it asks who may read the text.
    """

    row: Submission
    body: Localized | None
    passages: Sequence[ShownPassage]
    topics: Sequence[ShownTopic]
    history: Sequence[Step]
    body_key: str | None = None
    documents: Sequence[Document] = ()
    worded: Sequence[ShownPassage] = ()

    @property
    def fingerprint(self) -> str:
        """The fingerprint of the current revision."""
        return next(s.fingerprint for s in self.history if s.decision is None and s.revision == self.row.revision)

    @property
    def numbers(self) -> frozenset[int]:
        """The numbers of all its revisions."""
        return frozenset(range(1, self.row.revision + 1))

    @property
    def open_revisions(self) -> frozenset[int]:
        """The numbers of the revisions that may be read where the submission may: the present one, and those that were decided on.

        None that a ground seals; nor what its author corrected before anybody had read it: nobody said that it may be public.
        """
        decided = {step.revision for step in self.history if step.decision is not None}
        return (self.numbers & {self.row.revision, *decided}) - {step.revision for step in self.history if step.seals}

    def ground_before(self, revision: int) -> str:
        """Return the ground on which a moderator returned the text before a revision was handed in, "" where nobody did."""
        returned = (s for s in self.history if s.revision == revision - 1 and s.decision is Decision.RETURN)
        return next((step.ground for step in returned), "")

    @property
    def latest_decision(self) -> Step | None:
        """The latest decision, None while there is none."""
        return next((step for step in self.history if step.decision is not None), None)


def whole_submission(consultation: uuid.UUID, number: str) -> WholeSubmission | None:
    """Return a submission by its receipt number with passages, topics and history (2 queries)."""
    found = session.execute(*_by_number(consultation, number)).first()
    if found is None:
        return None
    row, body, key = found
    parts = read(*_parts(row.id, row.revision)).all()
    numbered = [p for p in parts if p.kind == "passage"]
    asked = words_asked(row.questionnaire_id, [p.ground for p in numbered])
    passages = [ShownPassage(p.id, p.place, p.name, p.text, p.ground, asked.get(p.ground, "")) for p in numbered]
    history = sorted((p for p in parts if p.kind in ("decision", "revision")), key=_when, reverse=True)
    return WholeSubmission(
        row,
        body,
        [passage for passage in passages if passage.kind != ANSWER],
        [ShownTopic(p.name, p.names) for p in parts if p.kind == "topic"],
        [_step(part) for part in history],
        key,
        [Document(p.id, p.place, Kind(p.name), p.text, p.size, p.marked) for p in parts if p.kind == "file"],
        [passage for passage in passages if passage.kind == ANSWER],
    )


@prepared
def _by_number(consultation: uuid.UUID, number: str) -> sa.Select[Submission, Localized | None, str | None]:
    return (
        sa.select(Submission, Body.names, Body.key)
        .outerjoin(Body, Body.id == Submission.body_id)
        .where(Submission.consultation_id == consultation, Submission.number == number)
    )


@prepared
def _parts(submission: uuid.UUID, revision: int) -> sa.CompoundSelect[Any]:
    lists = (
        _passages(submission, revision),
        _files(submission, revision),
        _topics(submission),
        _revisions(submission),
        _decisions(submission),
    )
    return sa.union_all(*lists).order_by("kind", "place")


def _when(part: Any) -> tuple[Any, ...]:
    """Order by moment; of one moment, a decision comes after the revision it is about."""
    return (part.at, part.place, part.kind == "decision")


def _step(part: Any) -> Step:
    if part.kind == "revision":
        return Step(part.at, part.place, fingerprint=part.text, id=part.id, why=part.ground)
    return Step(part.at, part.place, Decision(part.name), part.ground, part.text, seals=bool(part.seals))


#: The columns of the five lists, empty.
_EMPTY: Mapping[str, sa.ColumnElement[Any]] = {
    "id": sa.cast(sa.null(), sa.Uuid()),
    "place": sa.literal(0),
    "name": sa.literal(""),
    "text": sa.literal(""),
    "ground": sa.literal(""),
    "seals": sa.literal(value=False),
    "names": sa.type_coerce(sa.cast(sa.null(), sa.JSON()), LocalizedText()),
    "at": sa.cast(sa.null(), Utc()),
    "size": sa.literal(0),
    "marked": sa.false(),
}


def _columns(kind: str, **given: Any) -> list[sa.ColumnElement[Any]]:
    return padded(kind, _EMPTY, given)


def _passages(submission: uuid.UUID, revision: int) -> sa.Select[Any]:
    named = {"id": Passage.id, "place": Passage.number, "name": Passage.kind, "text": Passage.text}
    columns = _columns("passage", **named, ground=Passage.question)
    return sa.select(*columns).where(Passage.submission_id == submission, Passage.revision == revision)


def _files(submission: uuid.UUID, revision: int) -> sa.Select[Any]:
    columns = _columns(
        "file",
        id=Attachment.id,
        place=SubmissionAttachment.number,
        name=Attachment.kind,
        text=Attachment.name,
        size=Attachment.size,
        marked=Attachment.scanned,
    )
    return (
        sa.select(*columns)
        .join(SubmissionAttachment, SubmissionAttachment.attachment_id == Attachment.id)
        .where(
            SubmissionAttachment.submission_id == submission,
            SubmissionAttachment.revision == revision,
            SubmissionAttachment.private.is_(False),
        )
    )


def _topics(submission: uuid.UUID) -> sa.Select[Any]:
    slug = Topic.scheme + "-" + Topic.code
    return (
        sa.select(*_columns("topic", id=Topic.id, place=Topic.position, name=slug, names=Topic.names))
        .join(SubmissionTopic, SubmissionTopic.topic_id == Topic.id)
        .where(SubmissionTopic.submission_id == submission)
    )


def _revisions(submission: uuid.UUID) -> sa.Select[Any]:
    columns = _columns(
        "revision",
        id=Revision.id,
        place=Revision.number,
        text=Revision.fingerprint,
        ground=Revision.why,
        at=Revision.at,
    )
    return sa.select(*columns).where(Revision.submission_id == submission)


def _decisions(submission: uuid.UUID) -> sa.Select[Any]:
    columns = _columns(
        "decision",
        id=ReviewDecision.id,
        place=ReviewDecision.revision,
        name=ReviewDecision.decision,
        text=ReviewDecision.reason,
        ground=ReviewDecision.ground,
        seals=ReviewDecision.seals,
        at=ReviewDecision.at,
    )
    return sa.select(*columns).where(ReviewDecision.submission_id == submission)
