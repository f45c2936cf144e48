"""Numbers that people see: gap-free in a consultation, and receipt numbers of the form `TC-2026-00412`."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from consult import clock
from consult.consultations.models import Consultation, Numbering
from consult.db import insert_into, session


def next_number(consultation: uuid.UUID, kind: str, year: int = 0, *, count: int = 1) -> int:
    """Take the next number of a kind, inside the caller's transaction, which keeps others waiting until it ends.

    Of several, the first is returned.
    """
    key = (
        Numbering.consultation_id == consultation,
        Numbering.kind == kind,
        Numbering.year == year,
    )
    taken = session.execute(
        sa.update(Numbering).where(*key).values(last=Numbering.last + count).returning(Numbering.last)
    ).scalar_one_or_none()
    return (_begin_numbering(consultation, kind, year, count) if taken is None else taken) - count + 1


def _begin_numbering(consultation: uuid.UUID, kind: str, year: int, count: int) -> int:
    """Take the first numbers of a kind, or the next if another writer began a moment ago; return the last."""
    return session.execute(
        insert_into(Numbering)
        .values(consultation_id=consultation, kind=kind, year=year, last=count)
        .on_conflict_do_update(
            index_elements=["consultation_id", "kind", "year"], set_={"last": Numbering.last + count}
        )
        .returning(Numbering.last)
    ).scalar_one()


def receipt_numbers(consultation: Consultation, count: int) -> Sequence[str]:
    """Take the next receipt numbers: prefix, the year in the consultation's time zone, five digits."""
    year = clock.now().astimezone(ZoneInfo(consultation.timezone)).year
    first = next_number(consultation.id, "submission", year, count=count)
    return [f"{consultation.prefix}-{year}-{number:05}" for number in range(first, first + count)]
