"""Numbers that people see: gap-free in a consultation, and receipt numbers of the form `TC-2026-00412`."""

from __future__ import annotations

import uuid
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from consult import clock
from consult.consultations.models import Consultation, Numbering
from consult.db import dialect_name, session


def next_number(consultation: uuid.UUID, kind: str, year: int = 0) -> int:
    """Take the next number of a kind, inside the caller's transaction, which keeps others waiting until it ends."""
    key = (
        Numbering.consultation_id == consultation,
        Numbering.kind == kind,
        Numbering.year == year,
    )
    taken = session.execute(
        sa.update(Numbering).where(*key).values(last=Numbering.last + 1).returning(Numbering.last)
    ).scalar_one_or_none()
    return _begin_numbering(consultation, kind, year) if taken is None else taken


def _begin_numbering(consultation: uuid.UUID, kind: str, year: int) -> int:
    """Take the first number of a kind, or the next if another writer began a moment ago."""
    insert = (sqlite.insert if dialect_name() == "sqlite" else postgresql.insert)(Numbering)
    return session.execute(
        insert.values(consultation_id=consultation, kind=kind, year=year, last=1)
        .on_conflict_do_update(index_elements=["consultation_id", "kind", "year"], set_={"last": Numbering.last + 1})
        .returning(Numbering.last)
    ).scalar_one()


def receipt_number(consultation: Consultation) -> str:
    """Take the next receipt number: prefix, the year in the consultation's time zone, five digits."""
    year = clock.now().astimezone(ZoneInfo(consultation.timezone)).year
    return f"{consultation.prefix}-{year}-{next_number(consultation.id, 'submission', year):05}"
