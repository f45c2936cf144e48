"""The floor: asked for, given, timed, ended."""

from __future__ import annotations

import uuid

import sqlalchemy as sa

from consult import clock
from consult.accounts.access import Actor, demand
from consult.accounts.taking_part import is_taking_part
from consult.consultations.models import Member
from consult.db import new_id, session, transaction
from consult.errors import Conflict, Forbidden, NotFound
from consult.i18n import N_
from consult.sessions.events import (
    FloorEnded,
    FloorGiven,
    FloorRequested,
    FloorRequestWithdrawn,
    SpeakingTimeExtended,
)
from consult.sessions.models import AgendaItem, Session, Speech
from consult.sessions.policies import consultation_of
from consult.sessions.queries import current_item, current_speech, list_of_speakers, present_members
from consult.sessions.services.acts import hold, tell
from consult.sessions.states import BEFORE_CLOSING, SessionState, demand_state, state_of


def ask_floor(sitting: Session, *, member: uuid.UUID | None = None, actor: Actor) -> Speech:
    """Put a member on the list of speakers of the item in progress: the actor's own, or any by a moderator.

    One may ask while the session is open; before that and while it is suspended, whoever is checked in. A member who
    is on the list already is a Conflict.
    """
    with transaction():
        member = member or own_member(sitting, actor)
        _demand_speaking_for(member, sitting, actor)
        _demand_member(member, sitting)
        demand_state(hold(sitting), *BEFORE_CLOSING)
        if state_of(sitting) is not SessionState.OPEN and member not in present_members(sitting.id):
            raise Conflict(N_("The session is not open. Whoever is checked in may ask for the floor already."))
        if any(speech.member_id == member for speech in list_of_speakers(sitting.id)):
            raise Conflict(N_("This name is on the list of speakers already."))
        speech = Speech(
            id=new_id(),
            session_id=sitting.id,
            item_id=current_item(sitting.id),
            member_id=member,
            asked_at=clock.now(),
            seconds=60 * sitting.speaking_minutes,
        )
        session.add(speech)
        session.flush()
        tell(
            FloorRequested(session=sitting.id, item=speech.item_id, speech=speech.id, member=member),
            sitting=sitting,
            item=speech.item_id,
            actor=actor,
        )
    return speech


def withdraw_request(speech: Speech, *, actor: Actor) -> Speech:
    """Take a waiting request off the list: by the member, or by a moderator."""
    with transaction():
        sitting = session.get_one(Session, speech.session_id)
        _demand_speaking_for(speech.member_id, sitting, actor)
        hold(sitting)
        session.refresh(speech)
        _demand_waiting(speech)
        speech.withdrawn_at = clock.now()
        tell(
            FloorRequestWithdrawn(session=sitting.id, item=speech.item_id, speech=speech.id, member=speech.member_id),
            sitting=sitting,
            item=speech.item_id,
            actor=actor,
        )
    return speech


def give_floor(
    sitting: Session, *, speech: uuid.UUID | None = None, instead_of: uuid.UUID | None = None, actor: Actor
) -> Speech:
    """Give the floor to a request on the list, by default to the next; whoever has it has ended.

    `instead_of` is the speech the moderator saw on the floor (None for nobody): if another one holds it by now, it is a
    Conflict, so that of two moderators who press at once one gives the floor and the other is told.
    """
    with transaction():
        demand(actor, "session.run", sitting)
        demand_state(hold(sitting), SessionState.OPEN)
        speaking = current_speech(sitting.id)
        if (speaking.id if speaking else None) != instead_of:
            raise Conflict(N_("Somebody else gave or ended the floor meanwhile. Look who has it now."))
        chosen = _chosen(sitting, speech)
        end_current_speech(sitting, actor)
        chosen.given_at, chosen.seconds = clock.now(), 60 * sitting.speaking_minutes
        session.flush()
        tell(
            FloorGiven(
                session=sitting.id,
                item=chosen.item_id,
                speech=chosen.id,
                member=chosen.member_id,
                seconds=chosen.seconds,
            ),
            sitting=sitting,
            item=chosen.item_id,
            actor=actor,
        )
    return chosen


def extend_speech(speech: Speech, *, seconds: int = 60, actor: Actor) -> Speech:
    """Give whoever has the floor more time, in seconds."""
    with transaction():
        sitting = _sitting_of_speaker(speech, actor)
        speech.seconds += seconds
        tell(
            SpeakingTimeExtended(
                session=sitting.id,
                item=speech.item_id,
                speech=speech.id,
                member=speech.member_id,
                seconds=speech.seconds,
            ),
            sitting=sitting,
            item=speech.item_id,
            actor=actor,
        )
    return speech


def end_speech(speech: Speech, *, actor: Actor) -> Speech:
    """End the speech of whoever has the floor."""
    with transaction():
        sitting = _sitting_of_speaker(speech, actor)
        _end(sitting, speech, actor)
    return speech


def end_current_speech(sitting: Session, actor: Actor) -> None:
    """End the speech of whoever has the floor, if anybody has it, inside the caller's transaction."""
    speaking = current_speech(sitting.id)
    if speaking is not None:
        _end(sitting, speaking, actor)


def lapse_requests(sitting: Session) -> None:
    """Empty the list of speakers: it belongs to the item that has just ended, which the event of the item tells."""
    session.execute(
        sa.update(Speech)
        .where(Speech.session_id == sitting.id, Speech.given_at.is_(None), Speech.withdrawn_at.is_(None))
        .values(withdrawn_at=clock.now())
    )


def take_requests_over(sitting: Session, item: AgendaItem) -> None:
    """Put those who asked before any item was taken up on the list of the item that begins."""
    session.execute(
        sa.update(Speech)
        .where(Speech.session_id == sitting.id, Speech.given_at.is_(None), Speech.withdrawn_at.is_(None))
        .values(item_id=item.id)
    )


def own_member(sitting: Session, actor: Actor) -> uuid.UUID:
    """Return as which member an actor speaks: the one with a seat, else the first; Forbidden if there is none."""
    mine = actor.memberships_in(consultation_of(sitting))
    if not mine:
        raise Forbidden
    return next((m.member for m in mine if m.seated), mine[0].member)


def _end(sitting: Session, speech: Speech, actor: Actor) -> None:
    now = clock.now()
    speech.ended_at = now
    session.flush()
    spoken = int((now - (speech.given_at or now)).total_seconds())
    tell(
        FloorEnded(session=sitting.id, item=speech.item_id, speech=speech.id, member=speech.member_id, seconds=spoken),
        sitting=sitting,
        item=speech.item_id,
        actor=actor,
    )


def _chosen(sitting: Session, wanted: uuid.UUID | None) -> Speech:
    if wanted is None:
        waiting = list_of_speakers(sitting.id)
        if not waiting:
            raise Conflict(N_("Nobody is on the list of speakers."))
        return waiting[0]
    found = session.get(Speech, wanted)
    if found is None or found.session_id != sitting.id:
        raise NotFound
    _demand_waiting(found)
    return found


def _sitting_of_speaker(speech: Speech, actor: Actor) -> Session:
    sitting = session.get_one(Session, speech.session_id)
    demand(actor, "session.run", sitting)
    hold(sitting)
    session.refresh(speech)
    if speech.given_at is None or speech.ended_at is not None:
        raise Conflict(N_("This speech has ended already."))
    return sitting


def _demand_waiting(speech: Speech) -> None:
    if speech.given_at is not None or speech.withdrawn_at is not None:
        raise Conflict(N_("This name is no longer on the list of speakers."))


def _demand_speaking_for(member: uuid.UUID, sitting: Session, actor: Actor) -> None:
    """A member speaks for themselves; a moderator writes down whoever raises a hand."""
    if not actor.is_member(member):
        demand(actor, "session.run", sitting)
    else:
        demand(actor, "session.speak", sitting)


def _demand_member(member: uuid.UUID, sitting: Session) -> None:
    found = session.get(Member, member)
    if found is None or found.consultation_id != sitting.consultation_id or not is_taking_part(found, clock.now()):
        raise NotFound
