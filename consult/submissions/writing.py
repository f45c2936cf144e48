"""Writing what was checked: a submission with its first revision, or a further revision. Inside a caller's transaction."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

import sqlalchemy as sa

from consult import clock, search
from consult.consultations.models import Consultation, Topic
from consult.consultations.numbering import receipt_numbers
from consult.db import new_id, session
from consult.events.record import record
from consult.submissions.campaigns.leaving import leave_campaigns
from consult.submissions.content import NumberedPassage, fingerprint, public_content, with_answers
from consult.submissions.cosigning.models import Cosignature
from consult.submissions.cosigning.substance import substance_of
from consult.submissions.documents.attached import described, link
from consult.submissions.documents.models import Attachment
from consult.submissions.events import CosignaturesFell
from consult.submissions.models import Passage, Revision, Submission, SubmissionTopic
from consult.submissions.questionnaires.queries import form_of
from consult.submissions.states import SubmissionState
from consult.submissions.translations.models import Translation

# The tables, past the ORM: nobody needs passages and topics as objects here.
_passage, _submission_topic = (cast("sa.Table", model.__table__) for model in (Passage, SubmissionTopic))


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
    return write_submissions([(writing, origin)], consultation=consultation, by=by)[0]


def write_submissions(
    texts: Sequence[tuple[Writing, Origin]], *, consultation: Consultation, by: uuid.UUID | None
) -> list[tuple[Submission, Revision]]:
    """Write new submissions in their order, by as many statements as one takes (those of its files and signatures apart)."""
    if not texts:
        return []
    numbers = receipt_numbers(consultation, len(texts))
    now = clock.now()
    rows = [
        _new_row(writing, origin, number, consultation, now)
        for (writing, origin), number in zip(texts, numbers, strict=True)
    ]
    session.add_all(rows)
    given = [(row, writing) for row, (writing, _) in zip(rows, texts, strict=True)]
    return list(zip(rows, write_revisions(given, by=by), strict=True))


def _new_row(writing: Writing, origin: Origin, number: str, consultation: Consultation, now: datetime) -> Submission:
    return Submission(
        id=origin.id,
        consultation_id=consultation.id,
        number=number,
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
        received_at=origin.received_at or now,
        channel=origin.channel,
        source_key=origin.source_key,
        source_hash=origin.source_hash,
    )


def write_revision(row: Submission, writing: Writing, *, by: uuid.UUID | None) -> Revision:
    """Write the next revision of a submission and make it the current one; the earlier ones stay as they are."""
    return write_revisions([(row, writing)], by=by)[0]


def write_revisions(given: Sequence[tuple[Submission, Writing]], *, by: uuid.UUID | None) -> list[Revision]:
    """Write the next revision of several submissions of one consultation, each as `write_revision` does."""
    revisions = [_next_revision(row, writing, by) for row, writing in given]
    session.flush()  # the submissions themselves, where they are new
    session.add_all(revisions)
    session.flush()
    _write_passages(given)
    _write_topics(given)
    for row, writing in given:
        link(row, writing.attachments, writing.private_files)
        if row.revision > 1:
            _let_signatures_fall(row)
    again = [row.id for row, _ in given if row.revision > 1]
    _end_translations(again)
    leave_campaigns(again)
    # What comes first and waits is in no index yet.
    search.refresh_all([row.id for row, _ in given if row.revision > 1 or row.state == SubmissionState.ACCEPTED])
    return revisions


def _next_revision(row: Submission, writing: Writing, by: uuid.UUID | None) -> Revision:
    """Bring a submission to its next text and return the revision that is to be written of it."""
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
    return Revision(
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


def _let_signatures_fall(row: Submission) -> None:
    """Let the signatures of other bodies fall where the new revision says something else in substance."""
    given = session.scalars(
        sa.select(Cosignature).where(
            Cosignature.submission_id == row.id, Cosignature.given_at.is_not(None), Cosignature.fell_at.is_(None)
        )
    ).all()
    if not given:
        return
    said = {number: substance_of(row.id, number) for number in {row.revision, *(one.revision for one in given)}}
    fallen = [one for one in given if said[one.revision] != said[row.revision]]
    for one in fallen:
        one.fell_at = clock.now()
    if fallen:
        told = tuple(one.body_id for one in fallen if one.ended_at is None)
        event = CosignaturesFell(row.id, row.number, row.revision, len(told), told)
        record(event, stream=row.consultation_id, actor=None)


def _end_translations(submissions: Sequence[uuid.UUID]) -> None:
    """End what was translated into the language that a text is written in now: the original stands there."""
    if not submissions:
        return
    original = sa.select(Submission.language).where(Submission.id == Translation.submission_id).scalar_subquery()
    session.execute(
        sa.update(Translation)
        .where(
            Translation.submission_id.in_(submissions),
            Translation.language == original,
            Translation.replaced_at.is_(None),
        )
        .values(replaced_at=clock.now(), try_at=None)
        .execution_options(synchronize_session=False)
    )


def _write_passages(given: Sequence[tuple[Submission, Writing]]) -> None:
    """Write the numbered passages, and behind them the answers in words: these are found, coded and answered as they are.

    The fingerprint counts them once, among the answers.
    """
    forms = {form: form_of(form).questions for form in {writing.questionnaire for _, writing in given}}
    rows = [
        {
            "id": new_id(),
            "submission_id": row.id,
            "revision": row.revision,
            "number": p.number,
            "kind": p.kind,
            "text": p.text,
            "question": p.question,
        }
        for row, writing in given
        for p in with_answers(writing.passages, writing.answers, forms[writing.questionnaire])
    ]
    if rows:
        session.execute(sa.insert(_passage), rows)


def _write_topics(given: Sequence[tuple[Submission, Writing]]) -> None:
    if later := [row.id for row, _ in given if row.revision > 1]:
        session.execute(sa.delete(SubmissionTopic).where(SubmissionTopic.submission_id.in_(later)))
    slugs = {slug for _, writing in given for slug in writing.topics}
    known = topic_ids(given[0][0].consultation_id, list(slugs)) if slugs else {}
    rows = [
        {"submission_id": row.id, "topic_id": known[slug]}
        for row, writing in given
        for slug in dict.fromkeys(writing.topics)
        if slug in known
    ]
    if rows:
        session.execute(sa.insert(_submission_topic), rows)


def topic_ids(consultation: uuid.UUID, slugs: Sequence[str]) -> dict[str, uuid.UUID]:
    """Return the ids of topics by slug; a slug that is no topic of the consultation is left out (1 query, 0 for none)."""
    if not slugs:
        return {}
    rows = session.execute(sa.select(Topic.id, Topic.scheme, Topic.code).where(Topic.consultation_id == consultation))
    known = {f"{scheme}-{code}": topic for topic, scheme, code in rows}
    return {slug: known[slug] for slug in slugs if slug in known}
