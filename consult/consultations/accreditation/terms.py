"""The days that an accreditation is bound to: the body is told before it ends, a refusal can be appealed for so long, an appeal is to be decided until."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from consult import clock
from consult.consultations.accreditation.models import Application, ApplicationStep
from consult.consultations.accreditation.states import ApplicationState
from consult.consultations.events import AccreditationReminded
from consult.db import session, transaction
from consult.events.record import record

WARNED_BEFORE = timedelta(days=21)
APPEALED_WITHIN = timedelta(days=30)
DECIDED_WITHIN = timedelta(days=14)


def since(application: uuid.UUID) -> datetime:
    """Return when an application came to where it stands (1 query)."""
    latest = sa.select(sa.func.max(ApplicationStep.at)).where(ApplicationStep.application_id == application)
    return session.scalars(latest).one()


def appeal_until(row: Application) -> datetime:
    """Return until when a refusal, or an accreditation that was taken back, can be appealed (1 query)."""
    return since(row.id) + APPEALED_WITHIN


def remind_of_accreditations() -> bool:
    """Tell bodies that their accreditation ends soon, and staff that an appeal waits too long, each once; tell whether there were any. For the worker."""
    found = _due()
    session.rollback()
    for application in found:
        with transaction():
            row = session.get_one(Application, application, with_for_update=True, populate_existing=True)
            if row.id in _due(row.id):
                row.reminded_at = clock.now()
                reminded = AccreditationReminded(row.id, row.number, row.track, row.state)
                record(reminded, stream=row.consultation_id, actor=None)
    return bool(found)


def _due(one: uuid.UUID | None = None) -> Sequence[uuid.UUID]:
    now, state = clock.now(), Application.state
    latest = sa.select(sa.func.max(ApplicationStep.at)).where(ApplicationStep.application_id == Application.id)
    ends = sa.and_(
        state == ApplicationState.ACCEPTED, Application.until > now, Application.until <= now + WARNED_BEFORE
    )
    waits = sa.and_(state == ApplicationState.APPEALED, latest.scalar_subquery() <= now - DECIDED_WITHIN)
    query = sa.select(Application.id).where(Application.reminded_at.is_(None), sa.or_(ends, waits))
    if one is not None:
        query = query.where(Application.id == one)
    return session.scalars(query.order_by(Application.id).limit(100)).all()
