"""What is on record about a body: former names, mandates, capacities, contacts."""

from __future__ import annotations

import uuid
from datetime import date

import sqlalchemy as sa

from consult.db import Id, LocalizedText, Mapped, Model, mapped_column
from consult.i18n import Localized


class BodyName(Model):
    """A name that a body had until a day; its present names stand with the body. `source` says where the change is written."""

    __tablename__ = "body_name"
    id: Mapped[Id]
    body_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("body.id"), index=True)
    names: Mapped[Localized] = mapped_column(LocalizedText())
    search_names: Mapped[str]
    until: Mapped[date]
    source: Mapped[str]


class Mandate(Model):
    """What a body is charged with, in up to three languages; in force from and to a day, where these are known.

    `legal_basis` is the law, decree or statute, "" where none was found; `source` where all this was read.
    """

    __tablename__ = "body_mandate"
    id: Mapped[Id]
    body_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("body.id"), index=True)
    texts: Mapped[Localized] = mapped_column(LocalizedText())
    legal_basis: Mapped[str]
    source: Mapped[str]
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]


class MandateTopic(Model):
    """That a mandate covers a topic: the topic's part of addresses, such as `gcm-1`, whatever the consultation."""

    __tablename__ = "body_mandate_topic"
    mandate_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("body_mandate.id"), primary_key=True)
    topic: Mapped[str] = mapped_column(primary_key=True)
    __table_args__ = (sa.Index("ix_body_mandate_topic_topic", "topic", "mandate_id"),)


class Capacity(Model):
    """What a body can do, as it was on a day: `number` of staff, expertise in a `topic`, or the `languages` it works in."""

    __tablename__ = "body_capacity"
    id: Mapped[Id]
    body_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("body.id"), index=True)
    kind: Mapped[str]
    number: Mapped[int | None]
    topic: Mapped[str]
    languages: Mapped[list[str]]
    texts: Mapped[Localized] = mapped_column(LocalizedText())
    as_of: Mapped[date]
    source: Mapped[str]


class Contact(Model):
    """How to reach an office of a body. `audience` is the class of those who may see it."""

    __tablename__ = "body_contact"
    id: Mapped[Id]
    body_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("body.id"), index=True)
    audience: Mapped[str]
    label: Mapped[str]
    email: Mapped[str]
    phone: Mapped[str]
