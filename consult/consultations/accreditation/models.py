"""Applications of bodies to take part, and each step of theirs with its reason."""

from __future__ import annotations

import uuid
from datetime import datetime

import sqlalchemy as sa

from consult.db import Id, Mapped, Model, mapped_column


class Application(Model):
    """A body's application to take part in a track. `name` is the body's as it was written, `contact` the person's.

    `withheld` keeps the body off everything that others see; `until` is the end of an accreditation, `member_id` whoever
    takes part through it, `body_id` its body in the register; `reminded_at` is when they were told that it ends soon.
    """

    __tablename__ = "accreditation"
    __table_args__ = (sa.UniqueConstraint("consultation_id", "number"),)
    id: Mapped[Id]
    consultation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("consultation.id"))
    number: Mapped[int]
    track: Mapped[str]
    state: Mapped[str]
    person_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("person.id"), index=True)
    contact: Mapped[str]
    name: Mapped[str]
    kind: Mapped[str]
    language: Mapped[str]
    mandate: Mapped[str]
    legal_basis: Mapped[str]
    documents: Mapped[str] = mapped_column(default="")
    withheld: Mapped[bool] = mapped_column(default=False)
    applied_at: Mapped[datetime]
    until: Mapped[datetime | None]
    reminded_at: Mapped[datetime | None]
    body_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("body.id"))
    member_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("member.id"), index=True)


class UnconfirmedApplication(Model):
    """What somebody handed in for a body, until its address is confirmed: nobody but whoever holds its page sees it.

    It becomes an `Application` with the same id, so its page stays where it is. No person is entered or looked up before.
    `token_hash` is that of the newest letter's link, `asked_at` when that letter was asked for.
    """

    __tablename__ = "accreditation_unconfirmed"
    id: Mapped[Id]
    consultation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("consultation.id"))
    number: Mapped[int]
    track: Mapped[str]
    email: Mapped[str]
    contact: Mapped[str]
    name: Mapped[str]
    kind: Mapped[str]
    language: Mapped[str]
    mandate: Mapped[str]
    legal_basis: Mapped[str]
    documents: Mapped[str] = mapped_column(default="")
    withheld: Mapped[bool] = mapped_column(default=False)
    applied_at: Mapped[datetime]
    asked_at: Mapped[datetime] = mapped_column(index=True)
    token_hash: Mapped[bytes | None] = mapped_column(unique=True)


class ApplicationStep(Model):
    """A step of an application: to which state, when, by whom (None for the body itself), why, in which language; `until` of an acceptance."""

    __tablename__ = "accreditation_step"
    id: Mapped[Id]
    application_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("accreditation.id"), index=True)
    state: Mapped[str]
    at: Mapped[datetime]
    by: Mapped[uuid.UUID | None]
    reason: Mapped[str] = mapped_column(default="")
    language: Mapped[str] = mapped_column(default="")
    until: Mapped[datetime | None]


class ApplicationFile(Model):
    """A file that a body added to its application: it was checked and made anew, and is never changed.

    `place` is the random name under which it lies in the instance, none once it was removed (`removed_at`): that there was
    one stays. `sha256` is that of its bytes as they lie there, `name` the one it came with, without an ending.
    """

    __tablename__ = "accreditation_file"
    id: Mapped[Id]
    application_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("accreditation.id"), index=True)
    kind: Mapped[str]
    name: Mapped[str]
    size: Mapped[int]  # bytes
    sha256: Mapped[str]
    place: Mapped[str | None] = mapped_column(unique=True)
    added_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
