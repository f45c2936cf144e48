"""That somebody asked to be erased: until when they may change their mind, and which of their texts go too."""

from __future__ import annotations

import uuid
from datetime import datetime

import sqlalchemy as sa

from consult.db import Id, Mapped, Model, mapped_column


class Erasure(Model):
    """A wish to be erased. `state` is waiting, withdrawn or done; a person has one that waits at most.

    `texts` are the ids of the submissions whose text goes; the others stay in the record without a name. `contacts` are
    the ids of contacts of bodies that bear the person's name and go too.
    """

    __tablename__ = "erasure"
    __table_args__ = (
        sa.Index(
            "uq_erasure_waiting",
            "person_id",
            unique=True,
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        ),
        sa.Index("ix_erasure_due", "state", "due_at"),
    )
    id: Mapped[Id]
    person_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("person.id"))
    state: Mapped[str]
    texts: Mapped[list[str]] = mapped_column(default=list)
    contacts: Mapped[list[str]] = mapped_column(default=list, server_default="[]")
    asked_at: Mapped[datetime]
    due_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
