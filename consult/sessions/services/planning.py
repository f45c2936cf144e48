"""Planning: a session and its agenda, before they happen."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import sqlalchemy as sa

from consult.accounts.access import Actor, demand
from consult.consultations.models import Consultation
from consult.consultations.numbering import next_number
from consult.db import new_id, session, transaction
from consult.errors import Conflict, NotFound, Problem, Rejected
from consult.events.record import record
from consult.i18n import N_, Localized
from consult.sessions.events import (
    AgendaItemAdded,
    AgendaItemChanged,
    AgendaItemMoved,
    AgendaItemRemoved,
    SessionChanged,
    SessionPlanned,
)
from consult.sessions.models import AgendaItem, Session
from consult.sessions.quorum import fraction_of
from consult.sessions.services.acts import hold
from consult.sessions.states import (
    BEFORE_CLOSING,
    ItemState,
    SessionKind,
    SessionState,
    demand_state,
    item_state,
    state_of,
)

#: A recommendation is a row of a room above; its id and its consultation are enough to check a link to it.
_recommendation = sa.table("recommendation", sa.column("id", sa.Uuid()), sa.column("consultation_id", sa.Uuid()))


@dataclass(frozen=True, slots=True)
class ItemDraft:
    """An agenda item as somebody wants it: titles, planned length in minutes, a recommendation that it is about."""

    titles: Localized
    minutes: int = 15
    recommendation: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class SessionDraft:
    """A session as somebody wants it; times are aware, `quorum` is a fraction of seats ("2/3") or "" for none."""

    kind: str
    names: Localized
    venues: Localized
    starts_at: datetime
    ends_at: datetime
    quorum: str = ""
    speaking_minutes: int = 3
    items: Sequence[ItemDraft] = ()


def plan_session(draft: SessionDraft, *, consultation: Consultation, actor: Actor) -> Session:
    """Plan a session, with the first items of its agenda; raises Rejected where the draft is wrong."""
    with transaction():
        demand(actor, "session.plan", consultation)
        _refuse(_session_problems(draft))
        for item in draft.items:
            _refuse(_item_problems(item, consultation.id))
        sitting = Session(
            id=new_id(),
            consultation_id=consultation.id,
            number=next_number(consultation.id, "session"),
            state=SessionState.PLANNED,
        )
        _write(sitting, draft)
        session.add(sitting)
        session.flush()
        record(
            SessionPlanned(
                session=sitting.id,
                number=sitting.number,
                kind=sitting.kind,
                starts_at=sitting.starts_at,
                ends_at=sitting.ends_at,
            ),
            stream=consultation.id,
            actor=actor.person,
        )
        for item in draft.items:
            _add(item, sitting, actor)
    return sitting


def change_session(draft: SessionDraft, *, sitting: Session, actor: Actor) -> Session:
    """Change the plan of a session that is not closed; its quorum is fixed once it has been opened."""
    with transaction():
        demand(actor, "session.plan", sitting)
        demand_state(hold(sitting), *BEFORE_CLOSING)
        problems = _session_problems(draft)
        if state_of(sitting) is not SessionState.PLANNED and draft.quorum.strip() != sitting.quorum:
            problems.append(Problem("quorum", N_("The quorum cannot be changed once the session has been opened.")))
        _refuse(problems)
        _write(sitting, draft)
        record(
            SessionChanged(
                session=sitting.id, number=sitting.number, starts_at=sitting.starts_at, ends_at=sitting.ends_at
            ),
            stream=sitting.consultation_id,
            actor=actor.person,
        )
    return sitting


def add_item(draft: ItemDraft, *, sitting: Session, actor: Actor) -> AgendaItem:
    """Add an item at the end of the agenda of a session that is not closed."""
    with transaction():
        demand(actor, "session.prepare", sitting)
        demand_state(hold(sitting), *BEFORE_CLOSING)
        _refuse(_item_problems(draft, sitting.consultation_id))
        return _add(draft, sitting, actor)


def change_item(draft: ItemDraft, *, item: AgendaItem, actor: Actor) -> AgendaItem:
    """Change an item that has not begun."""
    with transaction():
        sitting = _sitting_of_unbegun(item, actor)
        _refuse(_item_problems(draft, sitting.consultation_id))
        item.titles, item.minutes, item.recommendation_id = draft.titles, draft.minutes, draft.recommendation
        record(AgendaItemChanged(session=sitting.id, item=item.id), stream=sitting.consultation_id, actor=actor.person)
    return item


def move_item(item: AgendaItem, direction: Literal["up", "down"], *, actor: Actor) -> AgendaItem:
    """Change places with the nearest item before ("up") or after ("down") that has not begun either.

    Items that have begun keep their numbers, which the minutes name. At the end of the agenda it is a Conflict.
    """
    with transaction():
        sitting = _sitting_of_unbegun(item, actor)
        before, unbegun = direction == "up", AgendaItem.started_at.is_(None)
        beyond = AgendaItem.position < item.position if before else AgendaItem.position > item.position
        other = session.scalars(
            sa.select(AgendaItem)
            .where(AgendaItem.session_id == sitting.id, unbegun, beyond)
            .order_by(AgendaItem.position.desc() if before else AgendaItem.position)
            .limit(1)
        ).first()
        if other is None:
            raise Conflict(N_("The item stands at the end of the agenda already."))
        item.position, other.position = other.position, item.position
        record(
            AgendaItemMoved(session=sitting.id, item=item.id, position=item.position),
            stream=sitting.consultation_id,
            actor=actor.person,
        )
    return item


def remove_item(item: AgendaItem, *, actor: Actor) -> None:
    """Take an item that has not begun off the agenda; those after it move up, unless one of them has begun."""
    with transaction():
        sitting = _sitting_of_unbegun(item, actor)
        later = session.scalars(
            sa.select(AgendaItem).where(AgendaItem.session_id == sitting.id, AgendaItem.position > item.position)
        ).all()
        if all(other.started_at is None for other in later):
            for other in later:
                other.position -= 1
        gone = item.id
        session.delete(item)
        session.flush()
        record(AgendaItemRemoved(session=sitting.id, item=gone), stream=sitting.consultation_id, actor=actor.person)


def _add(draft: ItemDraft, sitting: Session, actor: Actor) -> AgendaItem:
    last = session.scalar(sa.select(sa.func.max(AgendaItem.position)).where(AgendaItem.session_id == sitting.id))
    item = AgendaItem(
        id=new_id(),
        session_id=sitting.id,
        position=(last or 0) + 1,
        titles=draft.titles,
        minutes=draft.minutes,
        recommendation_id=draft.recommendation,
    )
    session.add(item)
    session.flush()
    record(
        AgendaItemAdded(session=sitting.id, item=item.id, position=item.position),
        stream=sitting.consultation_id,
        actor=actor.person,
    )
    return item


def _sitting_of_unbegun(item: AgendaItem, actor: Actor) -> Session:
    """Return the held session of an item that may still be changed by the actor."""
    sitting = session.get_one(Session, item.session_id)
    demand(actor, "session.prepare", sitting)
    demand_state(hold(sitting), *BEFORE_CLOSING)
    session.refresh(item)
    if item_state(item) is not ItemState.TO_COME:
        raise Conflict(N_("This item has begun: its place and its title stay as they are."))
    return sitting


def _write(sitting: Session, draft: SessionDraft) -> None:
    sitting.kind = SessionKind(draft.kind)
    sitting.names, sitting.venues = draft.names, draft.venues
    sitting.starts_at, sitting.ends_at = draft.starts_at, draft.ends_at
    sitting.quorum, sitting.speaking_minutes = draft.quorum.strip(), draft.speaking_minutes


def _session_problems(draft: SessionDraft) -> list[Problem]:
    problems = []
    if draft.kind not in set(SessionKind):
        problems.append(Problem("kind", N_("Choose what kind of session it is.")))
    if not draft.names:
        problems.append(Problem("names", N_("Write the name of the session in at least one language.")))
    if draft.ends_at <= draft.starts_at:
        problems.append(Problem("ends_at", N_("The end must be later than the beginning.")))
    if not 1 <= draft.speaking_minutes <= 60:
        problems.append(Problem("speaking_minutes", N_("Write a whole number from 1 to 60.")))
    try:
        fraction_of(draft.quorum)
    except ValueError:
        problems.append(Problem("quorum", N_("Write the quorum as a fraction of the seats, for example 2/3.")))
    return problems


def _item_problems(draft: ItemDraft, consultation: uuid.UUID) -> list[Problem]:
    problems = []
    if not draft.titles:
        problems.append(Problem("titles", N_("Write the title of the item in at least one language.")))
    if not 1 <= draft.minutes <= 600:
        problems.append(Problem("minutes", N_("Write a whole number from 1 to 600.")))
    if draft.recommendation is not None and _consultation_of_recommendation(draft.recommendation) != consultation:
        problems.append(Problem("recommendation", N_("Choose a recommendation of this consultation.")))
    return problems


def _consultation_of_recommendation(recommendation: uuid.UUID) -> uuid.UUID | None:
    found: uuid.UUID | None = session.scalar(
        sa.select(_recommendation.c.consultation_id).where(_recommendation.c.id == recommendation)
    )
    return found


def _refuse(problems: list[Problem]) -> None:
    if problems:
        raise Rejected(problems)


def item_of(sitting: Session, item: uuid.UUID) -> AgendaItem:
    """Return an item of a session's agenda; NotFound if it is not on it."""
    found = session.get(AgendaItem, item)
    if found is None or found.session_id != sitting.id:
        raise NotFound
    return found
