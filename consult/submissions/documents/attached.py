"""The files of drafts and revisions: read, written with a revision, forgotten with a draft. Inside a caller's transaction."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from consult.attachments import Kind, path_of
from consult.consultations.models import Member
from consult.db import session
from consult.plugins.questions import files_in
from consult.submissions.documents.models import Attachment, SubmissionAttachment
from consult.submissions.models import Submission


@dataclass(frozen=True, slots=True)
class Document:
    """A file as pages show it: its number in the revision or draft, its kind, name without an ending, and size in bytes."""

    id: uuid.UUID
    number: int
    kind: Kind
    name: str
    size: int
    scanned: bool

    def file_name(self, *, nameless: bool) -> str:
        """Return the name it is served under; see `served_name`."""
        return served_name(self.number, self.name, self.kind, nameless=nameless)


def served_name(number: int, name: str, kind: str, *, nameless: bool) -> str:
    """Return the name that a file is served under; where its author's real name is not public, one that tells nobody's."""
    return f"{f'document-{number}' if nameless else name}.{kind}"


def nameless() -> sa.ColumnElement[bool]:
    """Return `is_nameless` as a condition on submissions, beside the member who wrote them."""
    return sa.or_(Submission.withheld, sa.func.coalesce(Member.display_name, "") != "")


def is_nameless(row: Submission) -> bool:
    """Tell whether the files of a text bear no names of their own: its author's is withheld, or stands behind another (1 query)."""
    called = sa.select(Member.display_name).where(Member.id == row.member_id)
    return row.withheld or bool(row.member_id and session.scalar(called))


def ids_in(answers: Mapping[str, Any]) -> tuple[uuid.UUID, ...]:
    """Return the ids of the files in the answers of a draft, in order."""
    return tuple(uuid.UUID(str(one)) for one in answers.get("attachments") or ())


def holds(answers: Mapping[str, Any], file: uuid.UUID) -> bool:
    """Tell whether a draft holds a file: among its documents, or as the answer to a question."""
    return file in ids_in(answers) or str(file) in filed_in(answers)


def filed_in(answers: Mapping[str, Any]) -> set[str]:
    """Return what may be ids of files among the answers of a draft, those too that its form no longer asks for."""
    left = (one["answer"] for one in answers.get("left") or () if one.get("kind") == "file")
    return {file for answer in (*left, *(answers.get("track") or {}).values()) for file in files_in(answer)}


def documents_of_draft(answers: Mapping[str, Any]) -> Sequence[Document]:
    """Return the files of a draft in order (1 query, none without files)."""
    ids = ids_in(answers)
    found = {row.id: row for row in rows_of(ids)}
    kept = [found[one] for one in ids if one in found]
    return [Document(r.id, n, Kind(r.kind), r.name, r.size, r.scanned) for n, r in enumerate(kept, start=1)]


def rows_of(ids: Iterable[uuid.UUID]) -> Sequence[Attachment]:
    """Return files in the order of their ids as given (1 query, none without ids); one that is gone is left out."""
    wanted = list(ids)
    if not wanted:
        return []
    found = {row.id: row for row in session.scalars(sa.select(Attachment).where(Attachment.id.in_(wanted)))}
    return [found[one] for one in wanted if one in found]


def files_of(draft: uuid.UUID, corrects: uuid.UUID | None, ids: Sequence[uuid.UUID]) -> Sequence[Attachment]:
    """Return the files among `ids` that were added to a draft, or that the submission it corrects was handed in with."""
    earlier = sa.select(SubmissionAttachment.attachment_id).where(SubmissionAttachment.submission_id == corrects)
    own = set(
        session.scalars(
            sa.select(Attachment.id).where(
                Attachment.id.in_(ids), sa.or_(Attachment.draft_id == draft, Attachment.id.in_(earlier))
            )
        )
        if ids
        else ()
    )
    return rows_of(one for one in ids if one in own)


def attachments_of(submission: uuid.UUID, revision: int) -> Sequence[Attachment]:
    """Return the files a revision was handed in with, in order (1 query)."""
    return session.scalars(
        sa.select(Attachment)
        .join(SubmissionAttachment, SubmissionAttachment.attachment_id == Attachment.id)
        .where(SubmissionAttachment.submission_id == submission, SubmissionAttachment.revision == revision)
        .order_by(SubmissionAttachment.number)
    ).all()


def link(submission: Submission, files: Sequence[Attachment], private: Collection[uuid.UUID] = ()) -> None:
    """Write that the current revision of a submission was handed in with these files; the private ones are its author's alone."""
    rows = [
        {
            "submission_id": submission.id,
            "revision": submission.revision,
            "number": number,
            "attachment_id": file.id,
            "private": file.id in private,
        }
        for number, file in enumerate(files, start=1)
    ]
    if rows:
        session.execute(sa.insert(SubmissionAttachment), rows)


def described(files: Sequence[Attachment]) -> list[dict[str, Any]]:
    """Return what a fingerprint says of files: never a name, which might be its author's."""
    return [
        {"number": number, "kind": file.kind, "size": file.size, "sha256": file.sha256}
        for number, file in enumerate(files, start=1)
    ]


def submission_with(attachment: uuid.UUID) -> tuple[Submission, Document, bool] | None:
    """Return the submission whose current revision has a file, the file as it stands there, and whether it is its author's alone; None for any other (1 query)."""
    found = session.execute(
        sa.select(Submission, Attachment, SubmissionAttachment.number, SubmissionAttachment.private)
        .join(
            SubmissionAttachment,
            sa.and_(
                SubmissionAttachment.submission_id == Submission.id,
                SubmissionAttachment.revision == Submission.revision,
            ),
        )
        .join(Attachment, Attachment.id == SubmissionAttachment.attachment_id)
        .where(Attachment.id == attachment)
    ).first()
    if found is None:
        return None
    row, file, number, private = found
    return row, Document(file.id, number, Kind(file.kind), file.name, file.size, file.scanned), private


def own_files(person: uuid.UUID) -> dict[str, Path]:
    """Return the files that a person added, by a name that no other has, and where they lie (1 query)."""
    rows = session.scalars(
        sa.select(Attachment)
        .join(Member, Member.id == Attachment.member_id)
        .where(Member.person_id == person)
        .order_by(Attachment.checked_at, Attachment.id)
    )
    return {
        f"documents/{number}-{row.name}.{row.kind}": path
        for number, row in enumerate(rows, start=1)
        if (path := path_of(row.place)).is_file()
    }


def forget_loose(draft: uuid.UUID) -> list[str]:
    """Delete the rows of files that belong to a draft only, and return where they lie; the caller removes them after the commit."""
    handed_in = sa.exists().where(SubmissionAttachment.attachment_id == Attachment.id)
    loose = session.scalars(sa.select(Attachment).where(Attachment.draft_id == draft, ~handed_in)).all()
    for row in loose:
        session.delete(row)
    session.flush()
    return [row.place for row in loose]
