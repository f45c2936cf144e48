"""The consultation of a page: one query tells whether it still is what this process read before, with phases and tracks.

Nearly every page shows parts of it, and it changes a few times in its life. What is kept is compared with the rows at every
request, so it can never be old; it belongs to no session and is for reading alone. Whoever writes loads it afresh.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.orm import Session as OrmSession

from consult.consultations.models import Consultation, ConsultationTrack, Phase
from consult.db import DriverQuery, session


@dataclass(frozen=True, slots=True)
class Present:
    """A consultation and the newest number of its log."""

    consultation: Consultation
    seq: int


@dataclass(frozen=True, slots=True)
class _Kept:
    rows: tuple[Any, ...]
    consultation: Consultation


def _columns(table: sa.FromClause, alias: str) -> str:
    return ", ".join(f'{alias}."{column.name}"' for column in table.columns)


def _statement(phases: str, tracks: str) -> str:
    """Return the query: number of the log, then everything that the consultation's object is made of."""
    return (
        f"SELECT coalesce(s.seq, 0), {_columns(Consultation.__table__, 'c')}, "  # noqa: S608  # the models' own names
        f"(SELECT {phases} FROM phase p WHERE p.consultation_id = c.id), "
        f"(SELECT {tracks} FROM consultation_track t WHERE t.consultation_id = c.id) "
        f"FROM consultation c LEFT JOIN stream s ON s.id = c.id WHERE c.slug = :slug"
    )


_PRESENT = DriverQuery(
    {
        "sqlite": _statement(
            f"json_group_array(json_array({_columns(Phase.__table__, 'p')}))",
            f"json_group_array(json_array({_columns(ConsultationTrack.__table__, 't')}))",
        ),
        "postgresql": _statement("cast(json_agg(p) AS text)", "cast(json_agg(t) AS text)"),
    }
)


def present(slug: str) -> Present | None:
    """Return the consultation of an address, None if there is none (1 query; 3 more when it has changed)."""
    # Straight to the driver: with the ORM around it this one read would cost more than the page's own queries together.
    found = _PRESENT.run(slug=slug)
    if not found:
        return None
    seq, *rows = found[0]
    kept: dict[str, _Kept] = current_app.extensions.setdefault("consult.present", {})
    known = kept.get(slug)
    if known is None or known.rows != tuple(rows):
        known = kept[slug] = _Kept(tuple(rows), _load(slug))
    return Present(known.consultation, int(seq))


def _load(slug: str) -> Consultation:
    with OrmSession(bind=session.connection()) as apart:
        return apart.scalars(sa.select(Consultation).where(Consultation.slug == slug)).one()


__all__ = ["Present", "present"]
