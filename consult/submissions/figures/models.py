"""What organisers recorded from elsewhere to set the texts against."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from consult.db import Id, Mapped, Model, mapped_column


class ReferenceFigures(Model):
    """How many each group has by a source outside: `numbers` by key of the group, `source` in words, of the day `as_of`.

    `about` says by what the groups are made (`consult.submissions.figures.reference`); there is one row for each.
    """

    __tablename__ = "reference_figures"
    __table_args__ = (sa.UniqueConstraint("consultation_id", "about"),)
    id: Mapped[Id]
    consultation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("consultation.id"))
    about: Mapped[str]
    numbers: Mapped[dict[str, Any]]
    source: Mapped[str]
    as_of: Mapped[date]
    recorded_at: Mapped[datetime]
