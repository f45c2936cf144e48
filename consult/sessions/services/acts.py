"""What every verb of a session does first and last: hold the sitting, tell what happened."""

from __future__ import annotations

import uuid

import sqlalchemy as sa

from consult.accounts.access import Actor
from consult.db import new_id, session
from consult.events.record import record
from consult.events.types import Event, Recorded
from consult.sessions.minutes import QUIET
from consult.sessions.models import MinutesEntry, Session


def hold(sitting: Session) -> Session:
    """Keep other acts on a session waiting until this transaction ends, and read the session afresh."""
    # Not refresh(): it would repeat the joins with which a page loaded the row, and those cannot be locked.
    return session.scalars(
        sa.select(Session)
        .where(Session.id == sitting.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one()


def tell(event: Event, *, sitting: Session, item: uuid.UUID | None = None, actor: Actor) -> Recorded:
    """Record an event of a sitting and write it into the minutes, in one transaction."""
    recorded = record(event, stream=sitting.consultation_id, actor=actor.person)
    session.add(
        MinutesEntry(
            id=new_id(),
            session_id=sitting.id,
            item_id=item,
            at=recorded.at,
            event_id=recorded.id,
            kind=recorded.type,
            hidden=recorded.type in QUIET,
        )
    )
    return recorded
