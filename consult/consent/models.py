"""Purposes, their versions, and what people answered."""

from __future__ import annotations

import uuid
from datetime import datetime

import sqlalchemy as sa

from consult.db import Id, LocalizedText, Mapped, Model, mapped_column
from consult.i18n import Localized


class Purpose(Model):
    """One purpose (`consult.consent.uses`) for which a consultation asks people.

    `version` is the newest of its texts, `stands_from` the oldest version to which a yes still holds: the last that changed
    something in substance. `ended_at` is since when nobody is asked any more.
    """

    __tablename__ = "purpose"
    __table_args__ = (sa.UniqueConstraint("consultation_id", "use"),)
    id: Mapped[Id]
    consultation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("consultation.id"))
    use: Mapped[str]
    version: Mapped[int]
    stands_from: Mapped[int]
    ended_at: Mapped[datetime | None]


class PurposeVersion(Model):
    """A text of a purpose as people were shown it, never changed; `changes` says what is new, `substance` whether they are asked anew."""

    __tablename__ = "purpose_version"
    purpose_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("purpose.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    titles: Mapped[Localized] = mapped_column(LocalizedText())
    texts: Mapped[Localized] = mapped_column(LocalizedText())
    changes: Mapped[Localized] = mapped_column(LocalizedText())
    substance: Mapped[bool]
    published_by: Mapped[uuid.UUID | None]
    published_at: Mapped[datetime]


class Consent(Model):
    """An answer to a version of a purpose: yes or no. The one in force has no `replaced_at`; the others are the history."""

    __tablename__ = "consent"
    __table_args__ = (
        sa.Index(
            "uq_consent_in_force",
            "person_id",
            "purpose_id",
            unique=True,
            sqlite_where=sa.text("replaced_at IS NULL"),
            postgresql_where=sa.text("replaced_at IS NULL"),
        ),
        sa.Index("ix_consent_purpose", "purpose_id"),
    )
    id: Mapped[Id]
    person_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("person.id"))
    purpose_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("purpose.id"))
    version: Mapped[int]
    given: Mapped[bool]
    at: Mapped[datetime]
    replaced_at: Mapped[datetime | None]
