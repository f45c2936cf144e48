"""Ending a body for all that is here: the register, its seats and members, and what they write together."""

from __future__ import annotations

import uuid

import sqlalchemy as sa

from consult.accounts.access import Actor
from consult.accounts.body_life import EndDraft
from consult.accounts.models import Body
from consult.accounts.queries import body_by_key
from consult.accounts.services import end_body
from consult.consultations.winding_models import Settlement
from consult.consultations.winding_up import WindingUp, settle
from consult.db import session, transaction
from consult.submissions.models import Draft


def wind_up(draft: EndDraft, decided: WindingUp, *, body: uuid.UUID, actor: Actor) -> Body:
    """End a body, or let it go into another, and carry out what becomes of its seats and members.

    What members who go to the other body write together goes with them. Raises Rejected, Conflict, NotFound.
    """
    with transaction():
        row = end_body(draft, body=body, actor=actor)
        successor = body_by_key(draft.successor_key) if draft.successor_key else None
        for settled in settle(decided, body=row, successor=successor, actor=actor):
            _take_drafts(settled)
        return row


def _take_drafts(settled: Settlement) -> None:
    if settled.successor_id is None:
        return
    shared = (Draft.shared_body_id == settled.body_id, Draft.shared_track == settled.track)
    session.execute(
        sa.update(Draft)
        .where(*shared, Draft.consultation_id == settled.consultation_id)
        .values(shared_body_id=settled.successor_id)
        .execution_options(synchronize_session="fetch")
    )
