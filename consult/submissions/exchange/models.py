"""What comes in by files: an import and what was refused of it, saved maps, and votes on statements."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from consult.db import Id, Mapped, Model, mapped_column


class ImportRun(Model):
    """A file that somebody brought, and how far its import is. The worker holds it until `lease_until`.

    It holds submissions of a consultation; where it belongs to none, bodies of the register.
    `given` is the map, as `mapping.map_of` reads it; `dry` says that rows are only checked. `reached` is the number of the
    last row that was written, so that whoever takes it again goes on there; the counts are of the rows up to it. `kept` says
    that the file is still there: it goes when the import has ended, or after a day.
    """

    __tablename__ = "import_run"
    __table_args__ = (
        sa.Index("ix_import_run_consultation", "consultation_id", "id"),
        sa.Index("ix_import_run_due", "state", "asked_at"),
    )
    id: Mapped[Id]
    consultation_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("consultation.id"))
    state: Mapped[str]
    name: Mapped[str]
    size: Mapped[int]
    preset: Mapped[str] = mapped_column(default="")
    columns: Mapped[list[str]]
    given: Mapped[dict[str, Any]] = mapped_column(default=dict)
    dry: Mapped[bool] = mapped_column(default=True)
    brought_by: Mapped[uuid.UUID | None]
    brought_at: Mapped[datetime]
    asked_at: Mapped[datetime | None]
    lease_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    reached: Mapped[int] = mapped_column(default=1)
    made: Mapped[int] = mapped_column(default=0)
    changed: Mapped[int] = mapped_column(default=0)
    unchanged: Mapped[int] = mapped_column(default=0)
    replaced: Mapped[int] = mapped_column(default=0)
    refused: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str] = mapped_column(default="")
    done_at: Mapped[datetime | None]
    kept: Mapped[bool] = mapped_column(default=True)


class ImportRefusal(Model):
    """Why a row of an import was not taken: its number in the file, the column, the reason as a sentence with its values."""

    __tablename__ = "import_refusal"
    run_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("import_run.id"), primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True)
    row: Mapped[int]
    column: Mapped[str]
    reason: Mapped[str]
    values: Mapped[dict[str, Any]] = mapped_column(default=dict)


class ImportMap(Model):
    """A map that was kept under a name, to be used again in the same consultation; of none: for files of bodies."""

    __tablename__ = "import_map"
    __table_args__ = (
        sa.UniqueConstraint("consultation_id", "name"),
        sa.Index(
            "uq_import_map_register",
            "name",
            unique=True,
            sqlite_where=sa.text("consultation_id IS NULL"),
            postgresql_where=sa.text("consultation_id IS NULL"),
        ),
    )
    id: Mapped[Id]
    consultation_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("consultation.id"))
    name: Mapped[str]
    given: Mapped[dict[str, Any]]
    saved_at: Mapped[datetime]


class StatementVote(Model):
    """What a participant of another platform thought of a statement: 1 agrees, -1 disagrees, 0 passes.

    `participant` is the number that the other platform gave; who it is is not known here.
    """

    __tablename__ = "statement_vote"
    submission_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("submission.id"), primary_key=True)
    participant: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    value: Mapped[int] = mapped_column(sa.SmallInteger())
    __table_args__ = (sa.CheckConstraint("value IN (-1, 0, 1)", name="value"),)
