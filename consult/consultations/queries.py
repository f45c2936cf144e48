"""Reading consultations, phases, tracks, members and seats."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import sqlalchemy as sa

from consult.consultations.models import Consultation, Member, Topic
from consult.db import session


def consultation_by_slug(slug: str) -> Consultation | None:
    """Return a consultation with its phases and tracks (3 queries)."""
    return session.scalars(sa.select(Consultation).where(Consultation.slug == slug)).first()


def consultations(*, public_only: bool = True) -> Sequence[Consultation]:
    """Return consultations, newest first."""
    query = sa.select(Consultation).order_by(Consultation.created_at.desc())
    return session.scalars(query.where(Consultation.public) if public_only else query).all()


def topics_of(consultation: uuid.UUID) -> Sequence[Topic]:
    """Return the topics of a consultation in order."""
    return session.scalars(sa.select(Topic).where(Topic.consultation_id == consultation).order_by(Topic.position)).all()


def members_of(consultation: uuid.UUID) -> Sequence[Member]:
    """Return who takes part in a consultation, by number."""
    return session.scalars(
        sa.select(Member).where(Member.consultation_id == consultation).order_by(Member.number)
    ).all()
