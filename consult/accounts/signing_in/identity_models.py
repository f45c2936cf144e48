"""Accounts at a provider of identities that people joined with theirs here."""

from __future__ import annotations

import uuid
from datetime import datetime

import sqlalchemy as sa

from consult.db import Id, Mapped, Model, mapped_column


class OutsideIdentity(Model):
    """That a person signs in with an account elsewhere, known by its issuer and the number that the issuer gives it.

    Neither name nor address of that account is kept: they may change hands, the number does not.
    """

    __tablename__ = "outside_identity"
    __table_args__ = (sa.UniqueConstraint("issuer", "subject"), sa.UniqueConstraint("person_id", "issuer"))
    id: Mapped[Id]
    person_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("person.id"))
    issuer: Mapped[str]
    subject: Mapped[str]
    joined_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
