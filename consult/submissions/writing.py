"""Writing what was checked: a submission with its first revision, or a further revision. Inside a caller's transaction."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from consult import clock, search
from consult.consultations.models import Consultation, Topic
from consult.consultations.numbering import receipt_number
from consult.db import new_id, session
from consult.events.record import record
from consult.submissions.attached import described, link
from consult.submissions.attachment_models import Attachment
from consult.submissions.content import NumberedPassage, fingerprint, public_content
from consult.submissions.cosign_models import Cosignature
from consult.submissions.events import CosignaturesFell
from consult.submissions.models import Passage, Revision, Submission, SubmissionTopic
from consult.submissions.states import SubmissionState
from consult.submissions.substance import substance_of


@dataclass(frozen=True, slots=True)
class Writing:
    """A checked text: what a revision is made of. `private_files` are those among its files that its author alone opens; `id` becomes the revision's."""

    title: str
    language: str
    passages: Sequence[NumberedPassage]
    topics: Sequence[str] = ()
    answers: Mapping[str, Any] = field(default_factory=dict)
    private_answers: Mapping[str, Any] = field(default_factory=dict)
    questionnaire: uuid.UUID | None = None
    attachments: Sequence[Attachment] = ()
    private_files: frozenset[uuid.UUID] = frozenset()
    why: str = ""
    id: uuid.UUID = field(default_factory=new_id)


@dataclass(frozen=True, slots=True)
class Origin:
    """Whom a submission is from, as others may know it, and how it came. `id` becomes the submission's."""

    track: str = ""
    member: uuid.UUID | None = None
    body: uuid.UUID | None = None
    author: str = ""
    withheld: bool = False
    channel: str = "online"
    state: str = "received"
    received_at: datetime | None = None
    source_key: str | None = None
    source_hash: bytes | None = None
    id: uuid.UUID = field(default_factory=new_id)


def write_submission(
    writing: Writing, origin: Origin, *, consultation: Consultation, by: uuid.UUID | None
) -> tuple[Submission, Revision]:
    """Write a new submission with its receipt number and first revision."""
    row = Submission(
        id=origin.id,
        consultation_id=consultation.id,
        number=receipt_number(consultation),
        track=origin.track,
        member_id=origin.member,
        body_id=None if origin.withheld else origin.body,
        author="" if origin.withheld else origin.author,
        withheld=origin.withheld,
        title=writing.title,
        language=writing.language,
        answers=dict(writing.answers),
        state=origin.state,
        revision=0,
        received_at=origin.received_at or clock.now(),
        channel=origin.channel,
        source_key=origin.source_key,
        source_hash=origin.source_hash,
    )
    session.add(row)
    session.flush()
    return row, write_revision(row, writing, by=by)


def write_revision(row: Submission, writing: Writing, *, by: uuid.UUID | None) -> Revision:
    """Write the next revision of a submission and make it the current one; the earlier ones stay as they are."""
    row.revision += 1
    row.title, row.language, row.answers = writing.title, writing.language, dict(writing.answers)
    row.questionnaire_id = writing.questionnaire
    content = public_content(
        number=row.number,
        revision=row.revision,
        title=writing.title,
        language=writing.language,
        topics=writing.topics,
        passages=writing.passages,
        answers=writing.answers,
        attachments=described([one for one in writing.attachments if one.id not in writing.private_files]),
        why=writing.why,
    )
    revision = Revision(
        id=writing.id,
        submission_id=row.id,
        number=row.revision,
        title=writing.title,
        language=writing.language,
        topics=sorted(writing.topics),
        answers=dict(writing.answers),
        private_answers=dict(writing.private_answers),
        questionnaire_id=writing.questionnaire,
        why=writing.why,
        fingerprint=fingerprint(content),
        handed_in_by=by,
        at=clock.now(),
    )
    session.add(revision)
    session.flush()
    _write_passages(row, writing.passages)
    link(row, writing.attachments, writing.private_files)
    _write_topics(row, writing.topics)
    if row.revision > 1:
        _let_signatures_fall(row)
    if row.revision > 1 or row.state == SubmissionState.ACCEPTED:  # what comes first and waits is in no index yet
        search.refresh(row.id)
    return revision


def _let_signatures_fall(row: Submission) -> None:
    """Let the signatures of other bodies fall where the new revision says something else in substance."""
    given = session.scalars(
        sa.select(Cosignature).where(
            Cosignature.submission_id == row.id, Cosignature.given_at.is_not(None), Cosignature.fell_at.is_(None)
        )
    ).all()
    text = substance_of(row.id, row.revision) if given else ""
    fallen = [one for one in given if one.substance != text]
    for one in fallen:
        one.fell_at = clock.now()
    if fallen:
        event = CosignaturesFell(row.id, row.number, row.revision, sum(one.ended_at is None for one in fallen))
        record(event, stream=row.consultation_id, actor=None)


def _write_passages(row: Submission, passages: Sequence[NumberedPassage]) -> None:
    rows = [
        {
            "id": new_id(),
            "submission_id": row.id,
            "revision": row.revision,
            "number": p.number,
            "kind": p.kind,
            "text": p.text,
        }
        for p in passages
    ]
    if rows:
        session.execute(sa.insert(Passage), rows)


def _write_topics(row: Submission, slugs: Sequence[str]) -> None:
    if row.revision > 1:
        session.execute(sa.delete(SubmissionTopic).where(SubmissionTopic.submission_id == row.id))
    ids = topic_ids(row.consultation_id, slugs)
    if ids:
        session.execute(sa.insert(SubmissionTopic), [{"submission_id": row.id, "topic_id": t} for t in ids.values()])


def topic_ids(consultation: uuid.UUID, slugs: Sequence[str]) -> dict[str, uuid.UUID]:
    """Return the ids of topics by slug; a slug that is no topic of the consultation is left out (1 query, 0 for none)."""
    if not slugs:
        return {}
    rows = session.execute(sa.select(Topic.id, Topic.scheme, Topic.code).where(Topic.consultation_id == consultation))
    known = {f"{scheme}-{code}": topic for topic, scheme, code in rows}
    return {slug: known[slug] for slug in slugs if slug in known}
