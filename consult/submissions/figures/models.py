"""What organisers recorded from elsewhere to set the texts against; how texts without a name
came in and appeals were decided, as far as it is told."""

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


class Steps(Model):
    """What was told in steps (`steps`): `counts` by kind is the sum of the steps.

    `looked_on` is the Monday on which was last looked whether a step may be taken, `pending` a digest of what waited then;
    `stepped_on` the Monday of the last step.
    """

    __abstract__ = True
    consultation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("consultation.id"), primary_key=True)
    counts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    looked_on: Mapped[date]
    pending: Mapped[str] = mapped_column(default="")
    stepped_on: Mapped[date | None]


class ChannelCount(Steps):
    """How the accepted texts came in whose author's name is withheld, by channel (`channels`)."""

    __tablename__ = "channel_count"


class AppealCount(Steps):
    """How appeals were decided, by outcome and ground (`consult.submissions.review.appeal_figures`).

    `half` and `ninety` are the seconds within which half, and nine in ten, of those that are counted were decided.
    """

    __tablename__ = "appeal_count"
    half: Mapped[int | None]
    ninety: Mapped[int | None]
