"""Ending a body, and the way back: the register, its seats and members, and what they write together; `recommendations.winding_up` is the whole of it."""

from __future__ import annotations

import uuid

import sqlalchemy as sa

from consult.accounts.access import Actor
from consult.accounts.bodies.ending import EndDraft, UndoDraft, followers
from consult.accounts.models import Body
from consult.accounts.services import end_body, undo_end
from consult.consultations.models import Consultation
from consult.consultations.winding.models import SettledPart, Settlement
from consult.consultations.winding.unwinding import Undoing, unsettle
from consult.consultations.winding.winding_up import WindingUp, settle
from consult.db import session, transaction
from consult.submissions.models import Draft
from consult.submissions.offices.models import Office
from consult.submissions.offices.sign_off import hand_to, rule_of


def wind_up(draft: EndDraft, decided: WindingUp, *, body: uuid.UUID, actor: Actor) -> Body:
    """End a body, followed by nobody, one or several, and carry out what becomes of its seats and members.

    What members who go to another body write together goes with them, without the yes that they said for this one; who leads for that one leads it still. Raises Rejected, Conflict, NotFound.
    """
    with transaction():
        row = end_body(draft, body=body, actor=actor)
        for settled in settle(decided, body=row, successors=followers(row.id), actor=actor):
            _take_drafts(settled, actor)
            _keep_lead(settled)
        return row


def undo_winding_up(draft: UndoDraft, *, body: uuid.UUID, actor: Actor) -> Body:
    """Take back an end that was a mistake, with the seats, members and drafts that nothing took the place of.

    Raises Rejected, Conflict, NotFound.
    """
    with transaction():
        row = undo_end(draft, body=body, actor=actor)
        for undone in unsettle(body=row.id, actor=actor):
            _give_drafts_back(undone, actor)
        return row


def _take_drafts(settled: Settlement, actor: Actor) -> None:
    if settled.successor_id is None:
        return
    shared = (Draft.shared_body_id == settled.body_id, Draft.shared_track == settled.track)
    for draft in session.scalars(sa.select(Draft).where(*shared, Draft.consultation_id == settled.consultation_id)):
        hand_to(settled.successor_id, draft, actor)
        session.add(SettledPart(settlement_id=settled.id, kind="draft", part_id=draft.id))


def _keep_lead(settled: Settlement) -> None:
    """Name who led for the other body before: its first member does where none is named, and who comes may have a lower number."""
    if settled.successor_id is None:
        return
    rule = rule_of(session.get_one(Consultation, settled.consultation_id), settled.successor_id, settled.track)
    parts = sa.select(SettledPart.part_id).where(SettledPart.settlement_id == settled.id, SettledPart.kind == "member")
    came = set(session.scalars(parts))
    led = next((member for member in rule.members if member not in came), None)
    place = {"consultation_id": rule.consultation, "body_id": rule.body, "track": rule.track}
    row = session.get(Office, place)
    if led is None or (row is not None and row.lead_id in rule.members):
        return
    if row is None:
        row = Office(**place)
        session.add(row)
    row.lead_id, row.lead_because, row.lead_language, row.lead_named_at = led, "", "", None
    session.flush()


def _give_drafts_back(undone: Undoing, actor: Actor) -> None:
    """Let what was written together go back with those who wrote it: where none of them comes back, it stays with them."""
    if not undone.back:
        return
    settled = undone.settlement
    own = sa.select(SettledPart.part_id).where(SettledPart.settlement_id == settled.id, SettledPart.kind == "draft")
    went = sa.select(Draft).where(Draft.id.in_(own), Draft.shared_body_id == settled.successor_id)
    for draft in session.scalars(went):
        hand_to(settled.body_id, draft, actor)
