"""Sheets, what clerks entered from them, where two of them differed, and pictures of the paper."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from consult.db import Id, Mapped, Model, mapped_column


class Sheet(Model):
    """One numbered sheet of a track's form, printed or written down by a clerk; it becomes at most one submission.

    `run` is the number of the first sheet printed with it, `boxes` the keys of its numbered boxes as they were printed.
    `code_hash` is the keyed hash of the code on its receipt, none before one is printed and after the text was claimed;
    `receipt_by` is who printed it last, and so knows the code. `received_on` is the day on which it came in on paper, where
    the consultation is held.
    """

    __tablename__ = "paper_sheet"
    __table_args__ = (
        sa.UniqueConstraint("consultation_id", "number"),
        sa.Index("ix_paper_sheet_list", "consultation_id", "state", "number"),
        sa.Index("ix_paper_sheet_run", "consultation_id", "run"),
    )
    id: Mapped[Id]
    consultation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("consultation.id"))
    number: Mapped[int]
    run: Mapped[int]
    channel: Mapped[str]
    track: Mapped[str]
    language: Mapped[str]
    questionnaire_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("questionnaire.id"))
    boxes: Mapped[list[str]] = mapped_column(default=list)
    state: Mapped[str]
    void_reason: Mapped[str] = mapped_column(default="")
    submission_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("submission.id"), unique=True)
    code_hash: Mapped[bytes | None]
    receipt_by: Mapped[uuid.UUID | None]
    printed_by: Mapped[uuid.UUID | None]
    printed_at: Mapped[datetime]
    received_on: Mapped[date | None]
    done_at: Mapped[datetime | None]
    claimed_at: Mapped[datetime | None]


class Entry(Model):
    """What one clerk entered from a sheet: `place` is 1 or 2. Once the sheet is handed in, `answers` are emptied."""

    __tablename__ = "paper_entry"
    __table_args__ = (sa.UniqueConstraint("sheet_id", "place"), sa.UniqueConstraint("sheet_id", "entered_by"))
    id: Mapped[Id]
    sheet_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("paper_sheet.id"))
    place: Mapped[int]
    answers: Mapped[dict[str, Any]] = mapped_column(default=dict)
    entered_by: Mapped[uuid.UUID | None]
    entered_at: Mapped[datetime]


class Comparison(Model):
    """Whether the two entries of a box differed, and who settled it: keys only, never what was entered."""

    __tablename__ = "paper_comparison"
    sheet_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("paper_sheet.id"), primary_key=True)
    box: Mapped[str] = mapped_column(primary_key=True)
    differed: Mapped[bool]
    settled_by: Mapped[uuid.UUID | None]


class Scan(Model):
    """A picture of a sheet, checked and made anew; `place` is the random name under which it lies in the instance."""

    __tablename__ = "paper_scan"
    id: Mapped[Id]
    sheet_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("paper_sheet.id"), index=True)
    kind: Mapped[str]
    size: Mapped[int]  # bytes
    sha256: Mapped[str]
    place: Mapped[str] = mapped_column(unique=True)
    added_by: Mapped[uuid.UUID | None]
    added_at: Mapped[datetime]
