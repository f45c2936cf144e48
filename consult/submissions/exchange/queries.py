"""Reading imports: those of a consultation, what was refused of one, and saved maps."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from consult.db import session
from consult.i18n import Message
from consult.submissions.exchange.models import ImportMap, ImportRefusal, ImportRun

#: Imports that are listed, and refusals on a page.
LISTED, PAGE = 20, 100


def kept_words(message: Message) -> str:
    """Return a sentence as it is kept with an import that failed, so that everybody reads it in their language."""
    kept = {name: value if isinstance(value, int) else str(value) for name, value in message.params.items()}
    return json.dumps([message.text, kept], ensure_ascii=False)


def why_failed(run: ImportRun) -> Message | None:
    """Return what was wrong with the file of an import that failed; None where something else was."""
    if not run.last_error.startswith("["):
        return None
    text, params = json.loads(run.last_error)
    return Message(text, params)


@dataclass(frozen=True, slots=True)
class ShownRefusal:
    """Why a row was not taken; `place` counts the refusals of an import."""

    place: int
    row: int
    column: str
    reason: Message


def imports_of(consultation: uuid.UUID | None) -> Sequence[ImportRun]:
    """Return the imports of a consultation, or of the register (None), that were begun last, newest first (1 query)."""
    query = sa.select(ImportRun).where(ImportRun.consultation_id == consultation)
    return session.scalars(query.order_by(ImportRun.id.desc()).limit(LISTED)).all()


def import_run(consultation: uuid.UUID | None, run: uuid.UUID) -> ImportRun | None:
    """Return an import of a consultation, None where there is none (1 query)."""
    return session.scalars(
        sa.select(ImportRun).where(ImportRun.id == run, ImportRun.consultation_id == consultation)
    ).first()


def refusals_of(run: uuid.UUID, *, after: int = 0, limit: int | None = PAGE) -> Sequence[ShownRefusal]:
    """Return what was refused of an import, in the order of the file, after a place (1 query)."""
    query = sa.select(ImportRefusal).where(ImportRefusal.run_id == run, ImportRefusal.place > after)
    rows = session.scalars(query.order_by(ImportRefusal.place).limit(limit))
    return [ShownRefusal(row.place, row.row, row.column, Message(row.reason, row.values)) for row in rows]


def saved_maps(consultation: uuid.UUID | None) -> Sequence[str]:
    """Return the names of the saved maps of a consultation (1 query)."""
    query = sa.select(ImportMap.name).where(ImportMap.consultation_id == consultation).order_by(ImportMap.name)
    return session.scalars(query).all()


def saved_map(consultation: uuid.UUID | None, name: str) -> Mapping[str, Any] | None:
    """Return a saved map, None where there is none of that name (1 query)."""
    return session.scalars(
        sa.select(ImportMap.given).where(ImportMap.consultation_id == consultation, ImportMap.name == name)
    ).first()
