"""Searches of the register that somebody saved."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from consult.db import Id, Mapped, Model, mapped_column


class SavedSearch(Model):
    """A search that a person saved under a name: theirs alone. `number` names it in addresses, and is not given again.

    `given` is what its address says, by the names of the form; `wanted` what that meant then (`saved_filter` reads it).
    `mails`: they are told of what it newly finds.
    """

    __tablename__ = "saved_search"
    __table_args__ = (sa.UniqueConstraint("person_id", "number"),)
    id: Mapped[Id]
    person_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("person.id"))
    consultation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("consultation.id"), index=True)
    number: Mapped[int]
    name: Mapped[str]
    given: Mapped[dict[str, Any]] = mapped_column(default=dict)
    wanted: Mapped[dict[str, Any]] = mapped_column(default=dict)
    mails: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]
