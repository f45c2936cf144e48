"""The documents of the open data: those of accepted texts that everybody may take, as they are served, up to a limit.

What is served was taken apart and made anew when it came (`consult.attachments`). A file that is its author's alone, of a text
that is not accepted or of an earlier revision is not among them; where a name is withheld, or stands behind another, the file bears none.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import ZIP_STORED, ZipFile, ZipInfo

import sqlalchemy as sa

from consult.attachments import path_of
from consult.attachments.kinds import CHUNK, Kind
from consult.consultations.models import Consultation, Member
from consult.db import session
from consult.submissions.documents.attached import Document
from consult.submissions.documents.models import Attachment, SubmissionAttachment
from consult.submissions.models import Submission
from consult.submissions.states import SubmissionState

#: Bytes of documents in a package, together: what somebody can still fetch on a bad line, and a disk can hold twice.
MOST_MEGABYTES = 200
BATCH = 500


@dataclass(frozen=True, slots=True)
class PackedDocument:
    """A document: the receipt number of its text, how it is served, its hash, where it lies, and its path in the package ("" where it is left out)."""

    submission: str
    document: Document
    name: str
    sha256: str
    source: Path
    path: str


def documents_of(consultation: Consultation, most_bytes: int = MOST_MEGABYTES * 2**20) -> Iterator[PackedDocument]:
    """Yield the public documents by receipt number; each is in the package as long as it fits into what is left of the limit."""
    left, last = most_bytes, ("", 0)
    nameless = sa.or_(Submission.withheld, sa.func.coalesce(Member.display_name, "") != "")
    columns = (Submission.number, nameless, SubmissionAttachment.number, Attachment)
    query = (
        sa.select(*columns)
        .join(
            SubmissionAttachment,
            sa.and_(
                SubmissionAttachment.submission_id == Submission.id,
                SubmissionAttachment.revision == Submission.revision,
            ),
        )
        .join(Attachment, Attachment.id == SubmissionAttachment.attachment_id)
        .outerjoin(Member, Member.id == Submission.member_id)
        .where(
            Submission.consultation_id == consultation.id,
            Submission.state == SubmissionState.ACCEPTED,
            SubmissionAttachment.private.is_(False),
        )
        .order_by(Submission.number, SubmissionAttachment.number)
        .limit(BATCH)
    )
    place = sa.tuple_(Submission.number, SubmissionAttachment.number)
    while rows := session.execute(query.where(place > sa.tuple_(*map(sa.literal, last)))).all():
        for receipt, anonymous, number, row in rows:
            document = Document(row.id, number, Kind(row.kind), row.name, row.size, row.scanned)
            source = path_of(row.place)
            fits = row.size <= left and source.is_file()
            left -= row.size if fits else 0
            path = f"documents/{receipt}/{number}.{row.kind}" if fits else ""
            yield PackedDocument(receipt, document, document.file_name(nameless=anonymous), row.sha256, source, path)
            last = (receipt, number)


def pack_documents(package: ZipFile, consultation: Consultation) -> Iterator[Mapping[str, Any]]:
    """Write the documents into a package, each as it is served (they are packed already), and yield what is said of each."""
    for one in documents_of(consultation):
        if one.path:
            entry = ZipInfo(one.path)
            entry.compress_type = ZIP_STORED
            with one.source.open("rb") as source, package.open(entry, "w", force_zip64=True) as target:
                shutil.copyfileobj(source, target, CHUNK)
        yield {
            "submission": one.submission,
            "document": one.document.number,
            "name": one.name,
            "kind": one.document.kind.value,
            "bytes": one.document.size,
            "sha256": one.sha256,
            "path": one.path,
        }
