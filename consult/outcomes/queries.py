"""Reading regions, editions and citations, and the long lists a document prints."""

from __future__ import annotations

import json
import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from consult.accounts.models import Body
from consult.db import session
from consult.i18n import Localized, Message
from consult.outcomes.edition_pages import FIRST
from consult.outcomes.models import Edition, EditionFile, Region, RegionText
from consult.outcomes.regions import RegionWords
from consult.outcomes.states import RegionMode
from consult.submissions.authors import public_author
from consult.submissions.models import Submission
from consult.submissions.states import SubmissionState


@dataclass(frozen=True, slots=True)
class SubmissionLine:
    """An accepted submission as the index of a document lists it."""

    number: str
    title: str
    language: str
    author: Localized | Message | str
    track: str


@dataclass(frozen=True, slots=True)
class RegionRow:
    """What is kept of a region in one language, and since when."""

    words: RegionWords
    edited_at: datetime


@dataclass(frozen=True, slots=True)
class EditionLine:
    """An edition in a list."""

    id: uuid.UUID
    number: int
    seal: str
    published_at: datetime
    unanswered: int = 0
    silence: str = ""
    silence_language: str = ""


@dataclass(frozen=True, slots=True)
class FileLine:
    """A file of an edition: language, format, SHA-256, size in bytes."""

    language: str
    format: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class SavedText:
    """A text that was saved for a region."""

    text: str
    at: datetime


def accepted_submissions(consultation: uuid.UUID) -> Sequence[SubmissionLine]:
    """Return every accepted submission by number (1 query)."""
    rows = session.execute(
        sa.select(
            Submission.number,
            Submission.title,
            Submission.language,
            Body.names,
            Submission.state,
            Submission.author,
            Submission.withheld,
            Submission.track,
        )
        .outerjoin(Body, Body.id == Submission.body_id)
        .where(Submission.consultation_id == consultation, Submission.state == SubmissionState.ACCEPTED)
        .order_by(Submission.number)
    )
    return [
        SubmissionLine(
            number, title, language, public_author(state, withheld=withheld, body=body, author=author), track
        )
        for number, title, language, body, state, author, withheld, track in rows
    ]


def received_moments(consultation: uuid.UUID) -> Sequence[datetime]:
    """Return when each accepted submission was received (1 query)."""
    return session.scalars(
        sa.select(Submission.received_at).where(
            Submission.consultation_id == consultation, Submission.state == SubmissionState.ACCEPTED
        )
    ).all()


def accepted_receipts(consultation: uuid.UUID, numbers: Collection[str]) -> Mapping[str, uuid.UUID]:
    """Return which of these receipt numbers are of accepted submissions, with their ids (at most 1 query)."""
    if not numbers:
        return {}
    rows = session.execute(
        sa.select(Submission.number, Submission.id).where(
            Submission.consultation_id == consultation,
            Submission.state == SubmissionState.ACCEPTED,
            Submission.number.in_(numbers),
        )
    )
    return {row.number: row.id for row in rows}


def regions_of(consultation: uuid.UUID, language: str) -> Mapping[str, RegionRow]:
    """Return what organisers made of the regions in a language, by key (1 query)."""
    rows = session.execute(
        sa.select(Region.key, Region.mode, Region.text, Region.base_text, Region.edited_at).where(
            Region.consultation_id == consultation, Region.language == language
        )
    )
    return {key: RegionRow(RegionWords(RegionMode(mode), text, base), at) for key, mode, text, base, at in rows}


def region_row(consultation: uuid.UUID, key: str, language: str) -> Region | None:
    """Return the row of a region, None for one that is automatic; inside a transaction it is locked."""
    return session.scalars(
        sa.select(Region)
        .where(Region.consultation_id == consultation, Region.key == key, Region.language == language)
        .with_for_update()
    ).first()


def saved_texts(consultation: uuid.UUID, key: str, language: str, limit: int = 20) -> Sequence[SavedText]:
    """Return the texts saved for a region, newest first."""
    rows = session.execute(
        sa.select(RegionText.text, RegionText.at)
        .where(RegionText.consultation_id == consultation, RegionText.key == key, RegionText.language == language)
        .order_by(RegionText.at.desc(), RegionText.id.desc())
        .limit(limit)
    )
    return [SavedText(text, at) for text, at in rows]


def editions_of(consultation: uuid.UUID) -> Sequence[EditionLine]:
    """Return the editions, newest first (1 query)."""
    rows = session.execute(
        sa.select(
            Edition.id,
            Edition.number,
            Edition.seal,
            Edition.published_at,
            Edition.unanswered,
            Edition.silence,
            Edition.silence_language,
        )
        .where(Edition.consultation_id == consultation)
        .order_by(Edition.number.desc())
    )
    return [EditionLine(*row) for row in rows]


def edition_by_number(consultation: uuid.UUID, number: int) -> Edition | None:
    """Return an edition by its number."""
    return session.scalars(
        sa.select(Edition).where(Edition.consultation_id == consultation, Edition.number == number)
    ).first()


def files_of(edition: uuid.UUID) -> Sequence[FileLine]:
    """Return the files of an edition without their content (1 query)."""
    rows = session.execute(
        sa.select(EditionFile.language, EditionFile.format, EditionFile.sha256, EditionFile.size)
        .where(EditionFile.edition_id == edition)
        .order_by(EditionFile.language, EditionFile.format)
    )
    return [FileLine(*row) for row in rows]


def file_content(edition: uuid.UUID, language: str, form: str) -> bytes | None:
    """Return the bytes of a file of an edition (1 query)."""
    return session.scalar(
        sa.select(EditionFile.content).where(
            EditionFile.edition_id == edition, EditionFile.language == language, EditionFile.format == form
        )
    )


def pages_with(edition: uuid.UUID, language: str, anchor: str) -> Iterator[tuple[str, str]]:
    """Yield the pages of an edition that hold a piece of HTML, each with its part of the address (1 query)."""
    rows = session.execute(
        sa.select(EditionFile.format, EditionFile.content)
        .where(
            EditionFile.edition_id == edition,
            EditionFile.language == language,
            sa.or_(EditionFile.format == FIRST, EditionFile.format.startswith(f"{FIRST}/")),
        )
        .order_by(EditionFile.format)
    )
    for form, content in rows:
        text = content.decode()
        body = json.loads(text)["front"] if form == FIRST else text
        if anchor in body:
            yield form.partition("/")[2], body


def next_edition_number(consultation: uuid.UUID) -> int:
    """Return the number the next edition will have."""
    last = session.scalar(sa.select(sa.func.max(Edition.number)).where(Edition.consultation_id == consultation))
    return (last or 0) + 1
