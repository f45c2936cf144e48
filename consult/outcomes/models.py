"""The outcome document: regions that are edited, editions that are sealed."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from consult.db import Id, LocalizedText, Mapped, Model, mapped_column
from consult.i18n import Localized


class Region(Model):
    """A part of the document in one language, under a stable key (`session:12/summary`).

    Only what differs from the automatic text has a row: `mode` is edited, locked or hidden; `text` is the organiser's
    Markdown, `base_text` the generated Markdown it came from and `base_hash` its SHA-256. A hidden region keeps its text.
    """

    __tablename__ = "region"
    __table_args__ = (sa.UniqueConstraint("consultation_id", "key", "language"),)
    id: Mapped[Id]
    consultation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("consultation.id"))
    key: Mapped[str]
    language: Mapped[str]
    mode: Mapped[str]
    text: Mapped[str] = mapped_column(default="")
    base_text: Mapped[str] = mapped_column(default="")
    base_hash: Mapped[str] = mapped_column(default="")
    edited_by: Mapped[uuid.UUID | None]
    edited_at: Mapped[datetime]


class RegionText(Model):
    """A text an organiser saved for a region, kept for good: nothing that was typed is lost by what is done later."""

    __tablename__ = "region_text"
    __table_args__ = (sa.Index("ix_region_text_region", "consultation_id", "key", "language", "at"),)
    id: Mapped[Id]
    consultation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("consultation.id"))
    key: Mapped[str]
    language: Mapped[str]
    text: Mapped[str]
    written_by: Mapped[uuid.UUID | None]
    at: Mapped[datetime]


class Edition(Model):
    """A numbered edition; the database refuses to change it.

    `seal` is the SHA-256 of the list of its canonical texts with their hashes; `manifest` is JSON: that list, the seal, and
    the hash and size of every file. `unanswered` accepted submissions had no answer then: `silence` says why, in a language.
    """

    __tablename__ = "edition"
    __table_args__ = (sa.UniqueConstraint("consultation_id", "number"),)
    id: Mapped[Id]
    consultation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("consultation.id"))
    number: Mapped[int]
    seal: Mapped[str] = mapped_column(unique=True)
    manifest: Mapped[str]
    unanswered: Mapped[int] = mapped_column(default=0)
    silence: Mapped[str] = mapped_column(default="")
    silence_language: Mapped[str] = mapped_column(default="")
    published_by: Mapped[uuid.UUID | None]
    published_at: Mapped[datetime]


class EditionFile(Model):
    """One file of an edition in one language: the canonical tree (json), pdf, html, and its pages (page, page/...)."""

    __tablename__ = "edition_file"
    edition_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("edition.id"), primary_key=True)
    language: Mapped[str] = mapped_column(primary_key=True)
    format: Mapped[str] = mapped_column(primary_key=True)
    content: Mapped[bytes] = mapped_column(deferred=True)
    sha256: Mapped[str]
    size: Mapped[int]


class Citation(Model):
    """That a place of an edition comes from a recommendation, ballot, passage...: the trace, both ways.

    `anchor` is the place's id in the text; `paragraph` its number, 0 for what is no numbered paragraph.
    """

    __tablename__ = "citation"
    __table_args__ = (sa.Index("ix_citation_subject", "kind", "subject_id"),)
    id: Mapped[Id]
    edition_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("edition.id"), index=True)
    language: Mapped[str]
    anchor: Mapped[str]
    paragraph: Mapped[int]
    kind: Mapped[str]  # recommendation | version | ballot | submission | passage | session
    subject_id: Mapped[uuid.UUID]


class SilentEnd(Model):
    """That the last phase of the outcome ended while so many texts had no answer: why, in a language; everybody reads it."""

    __tablename__ = "silent_end"
    __table_args__ = (sa.Index("ix_silent_end_consultation", "consultation_id", "given_at"),)
    id: Mapped[Id]
    consultation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("consultation.id"))
    unanswered: Mapped[int]
    reason: Mapped[str]
    language: Mapped[str]
    given_by: Mapped[uuid.UUID | None]
    given_at: Mapped[datetime]


class LetterRound(Model):
    """That the letters of answer were sent: one act, with how many letters it was."""

    __tablename__ = "letter_round"
    __table_args__ = (sa.UniqueConstraint("consultation_id", "number"),)
    id: Mapped[Id]
    consultation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("consultation.id"))
    number: Mapped[int]
    letters: Mapped[int]
    sent_by: Mapped[uuid.UUID | None]
    sent_at: Mapped[datetime]


class LetterSent(Model):
    """That a round has a letter for a submission; `printed_at` is when one without an address was printed."""

    __tablename__ = "letter_sent"
    __table_args__ = (sa.Index("ix_letter_sent_submission", "submission_id"),)
    round_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("letter_round.id"), primary_key=True)
    submission_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("submission.id"), primary_key=True)
    printed_at: Mapped[datetime | None]


class LetterWords(Model):
    """What the organisers say in every letter of answer beside the answers: before them and after, each in its own languages."""

    __tablename__ = "letter_words"
    consultation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("consultation.id"), primary_key=True)
    openings: Mapped[Localized] = mapped_column(LocalizedText(), default=Localized)
    closings: Mapped[Localized] = mapped_column(LocalizedText(), default=Localized)
    written_by: Mapped[uuid.UUID | None]
    written_at: Mapped[datetime]


class OpenData(Model):
    """Under which licence the public part of a consultation is given away, and the package that lies ready.

    `seq` is the number of the log the package was made at, 0 while there is none; `rows` counts those of its tables; `digest`
    is SHA-256 of the file. A licence of "" means that it is given away no more.
    """

    __tablename__ = "open_data"
    consultation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("consultation.id"), primary_key=True)
    licence: Mapped[str]
    seq: Mapped[int] = mapped_column(default=0)
    size: Mapped[int] = mapped_column(default=0)
    digest: Mapped[str] = mapped_column(default="")
    rows: Mapped[dict[str, Any]] = mapped_column(default=dict)
    made_at: Mapped[datetime | None]
