"""Numbers that people see: gap-free in a consultation, and receipt numbers of the form `TC-2026-00412`."""

from __future__ import annotations

import uuid
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from consult import clock
from consult.consultations.models import Consultation, Numbering
from consult.db import session


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
    if taken is None:
        session.execute(sa.insert(Numbering).values(consultation_id=consultation, kind=kind, year=year, last=1))
        return 1
    return taken


def receipt_number(consultation: Consultation) -> str:
    """Take the next receipt number: prefix, the year in the consultation's time zone, five digits."""
    year = clock.now().astimezone(ZoneInfo(consultation.timezone)).year
    return f"{consultation.prefix}-{year}-{next_number(consultation.id, 'submission', year):05}"
