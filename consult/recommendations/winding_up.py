"""Ending a body, and the way back, for all that is here: open requests for its official response pass to the body that follows it.

That is the body to which its seats or members went, in the consultation (of several, in the track of the text); where nothing went
to another, the one that follows it in the register, if it is one alone. A response is asked of an institution, whoever takes part for
it. What was written so far goes along; a yes to it does not, since it was given for another body.
"""

from __future__ import annotations

import uuid

import sqlalchemy as sa

from consult.accounts.access import Actor
from consult.accounts.bodies.ending import EndDraft, UndoDraft, followers
from consult.accounts.models import Body
from consult.consultations.winding.models import Settlement
from consult.consultations.winding.winding_up import WindingUp
from consult.db import session, transaction
from consult.events.record import record
from consult.recommendations.events import ResponsePassed
from consult.recommendations.response_models import OfficialResponse, speaks
from consult.recommendations.responses import named_in
from consult.submissions import winding_up as of_texts
from consult.submissions.models import Submission


def wind_up(draft: EndDraft, decided: WindingUp, *, body: uuid.UUID, actor: Actor) -> Body:
    """End a body, carry out what becomes of its seats, members and texts, and let requests for its response pass on.

    Raises Rejected, Conflict, NotFound.
    """
    with transaction():
        row = of_texts.wind_up(draft, decided, body=body, actor=actor)
        _pass_on(speaks() == row.id, actor)
        return row


def undo_winding_up(draft: UndoDraft, *, body: uuid.UUID, actor: Actor) -> Body:
    """Take back an end that was a mistake; requests that nobody has responded to are the body's again. Raises Rejected, Conflict, NotFound."""
    with transaction():
        row = of_texts.undo_winding_up(draft, body=body, actor=actor)
        _pass_on(OfficialResponse.responder_id.is_not(None), actor)
        return row


def _pass_on(which: sa.ColumnElement[bool], actor: Actor) -> None:
    """Write of open requests who responds now, wherever that changed."""
    rows = session.scalars(
        sa.select(OfficialResponse)
        .where(OfficialResponse.published_at.is_(None), which)
        .order_by(OfficialResponse.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    for row in rows.all():
        responder = _follows(row)
        if responder != row.speaker:
            row.responder_id = None if responder == row.body_id else responder
            session.flush()
            record(ResponsePassed(row.id, *named_in(row)), stream=row.consultation_id, actor=actor.person)


def _follows(row: OfficialResponse) -> uuid.UUID:
    """Return which body responds now for the one that was asked: itself, or whoever follows it alone, through however many."""
    text = session.get(Submission, row.submission_id) if row.submission_id else None
    found, seen = row.body_id, set[uuid.UUID]()
    while found not in seen and (further := _follower(found, row.consultation_id, text.track if text else "")):
        seen.add(found)
        found = further
    return found


def _follower(body: uuid.UUID, consultation: uuid.UUID, track: str) -> uuid.UUID | None:
    """Return the body that follows one, None for one that has not ended, or that is followed by nobody or by several."""
    settled = sa.select(Settlement.track, Settlement.successor_id).where(
        Settlement.body_id == body,
        Settlement.consultation_id == consultation,
        Settlement.successor_id.is_not(None),
        Settlement.undone_at.is_(None),
    )
    went = {row.track: row.successor_id for row in session.execute(settled)}
    into = {went[track]} if track in went else set(went.values()) or {one.id for one in followers(body)}
    return into.pop() if len(into) == 1 else None
