"""The end of a body: it is followed by nobody, by one, or by several; and an end that was a mistake is undone.

Who went into whom is kept as it happened: where a successor ends as well, the chain gets one link more.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from consult import clock
from consult.accounts.access import Actor, demand
from consult.accounts.bodies.events import BodyDivided, BodyEnded, BodyEndUndone, BodyMerged
from consult.accounts.bodies.life import body_in_force
from consult.accounts.bodies.models import BodyEnd, BodySuccessor, EndedMandate, Mandate, MandateTopic
from consult.accounts.bodies.overlaps import hand_over, has_others
from consult.accounts.bodies.record import clear_mandate
from consult.accounts.models import Body
from consult.db import new_id, session, transaction
from consult.errors import Conflict, NotFound, Problem, Rejected
from consult.events.record import record
from consult.events.types import Event
from consult.i18n import LANGUAGES, N_

#: Characters of the reason why an end is undone.
LONGEST_REASON = 1000


@dataclass(frozen=True, slots=True)
class EndDraft:
    """The first day without the body, where that is written, the codes of those that follow, and which of them takes its mandates ("" for none)."""

    since: date
    source: str
    successors: tuple[str, ...] = ()
    mandates_to: str = ""


@dataclass(frozen=True, slots=True)
class UndoDraft:
    """Why an end was a mistake, and in which language that is written."""

    reason: str
    language: str


def end_body(draft: EndDraft, *, body: uuid.UUID, actor: Actor) -> Body:
    """End a body, with those that follow it; its mandates end with it. Texts and votes stay under its name.

    Raises Rejected, Conflict, NotFound.
    """
    with transaction():
        demand(actor, "body.register")
        row = body_in_force(body)
        session.execute(sa.select(Body.id).where(Body.key.in_(draft.successors)).with_for_update())
        successors = checked_end(draft, row)
        row.valid_to = datetime.combine(draft.since, time(), UTC)
        end = BodyEnd(id=new_id(), body_id=row.id, since=draft.since, source=draft.source)
        session.add(end)
        session.add_all(BodySuccessor(body_id=row.id, successor_id=one.id) for one in successors)
        session.flush()
        heir = next((one for one in successors if one.key == draft.mandates_to), None)
        _end_mandates(row, end, heir, actor)
        record(_ended(row, successors), actor=actor.person)
        return row


def checked_end(draft: EndDraft, row: Body) -> Sequence[Body]:
    """Return the bodies that follow one that ends, in the order in which they were named. Raises Rejected for what cannot be.

    One of them may have ended too, if later: what happened long ago is entered in any order.
    """
    keys = tuple(dict.fromkeys(draft.successors))
    query = sa.select(Body).where(Body.key.in_(keys)).execution_options(populate_existing=True)
    found = {one.key: one for one in session.scalars(query)} if keys else {}
    if problems := [*_end_problems(draft, row), *_successor_problems(draft, row, keys, found)]:
        raise Rejected(problems)
    return [found[key] for key in keys]


def _successor_problems(draft: EndDraft, row: Body, keys: Sequence[str], found: dict[str, Body]) -> Iterator[Problem]:
    for key in keys:
        one = found.get(key)
        if one is None:
            yield Problem("successors", N_("There is no body with the code “%(code)s”.", code=key))
        elif one.id == row.id:
            yield Problem("successors", N_("A body cannot go into itself."))
        elif one.valid_to is not None and one.valid_to.date() <= draft.since:
            yield Problem("successors", N_("The body with the code “%(code)s” had ended by then.", code=key))
    heir = found.get(draft.mandates_to)
    if draft.mandates_to and (heir is None or heir.valid_to is not None):
        yield Problem("mandates_to", N_("Choose one of the answers."))


def _end_problems(draft: EndDraft, row: Body) -> Iterator[Problem]:
    if draft.since > clock.now().date():
        yield Problem("since", N_("This day is still to come."))
    if not draft.source:
        yield Problem("source", N_("Say where this is written."))
    into = sa.select(sa.func.max(Body.valid_to)).join(BodySuccessor, BodySuccessor.body_id == Body.id)
    latest = session.scalar(into.where(BodySuccessor.successor_id == row.id))
    if latest is not None and latest.date() > draft.since:
        yield Problem("since", N_("Another body went into it after this day."))


def _ended(row: Body, successors: Sequence[Body]) -> Event:
    match successors:
        case []:
            return BodyEnded(body=row.id, key=row.key)
        case [only]:
            return BodyMerged(body=row.id, key=row.key, successor=only.id, successor_key=only.key)
        case _:
            return BodyDivided(body=row.id, key=row.key, successors=tuple(one.id for one in successors))


def _end_mandates(row: Body, end: BodyEnd, heir: Body | None, actor: Actor) -> None:
    on = end.since
    held = sa.select(Mandate).where(
        Mandate.body_id == row.id, sa.or_(Mandate.valid_to.is_(None), Mandate.valid_to > on)
    )
    for mandate in session.scalars(held).all():
        taken = _hand_over(mandate, on, heir, actor) if heir is not None else None
        session.add(EndedMandate(end_id=end.id, mandate_id=mandate.id, until=mandate.valid_to, taken_id=taken))
        mandate.valid_to = on if mandate.valid_from is None else max(on, mandate.valid_from)


def _hand_over(mandate: Mandate, on: date, heir: Body, actor: Actor) -> uuid.UUID:
    """Write a mandate of a body that ends as its heir's, with its topics and with what it overlaps."""
    taken = Mandate(
        id=new_id(),
        body_id=heir.id,
        texts=mandate.texts,
        legal_basis=mandate.legal_basis,
        source=mandate.source,
        valid_from=on,
        valid_to=None,
    )
    session.add(taken)
    session.flush()
    session.add_all(MandateTopic(mandate_id=taken.id, topic=topic) for topic in _topics(mandate.id))
    session.flush()
    hand_over(former=mandate, mandate=taken, actor=actor)
    return taken.id


def _topics(mandate: uuid.UUID) -> Sequence[str]:
    query = sa.select(MandateTopic.topic).where(MandateTopic.mandate_id == mandate).order_by(MandateTopic.topic)
    return session.scalars(query).all()


def undo_end(draft: UndoDraft, *, body: uuid.UUID, actor: Actor) -> Body:
    """Take back an end that was a mistake: the body is there again, with the mandates that ended with it; nobody follows it.

    What another body took over goes from there, unless it was changed since. Raises Rejected, Conflict, NotFound.
    """
    with transaction():
        demand(actor, "body.register")
        row = session.get(Body, body, with_for_update=True)
        if row is None:
            raise NotFound
        end = standing_end(row.id)
        if row.valid_to is None or end is None:
            raise Conflict(N_("This body has not ended."))
        if problems := list(_undo_problems(draft)):
            raise Rejected(problems)
        for ended, mandate, taken in _ended_mandates(end):
            mandate.valid_to = ended.until
            if taken is not None and not _was_changed(taken, mandate, end):
                clear_mandate(taken.id)
                session.delete(taken)
        row.valid_to = None
        session.execute(sa.delete(BodySuccessor).where(BodySuccessor.body_id == row.id))
        end.undone_at, end.undone_because, end.language = clock.now(), draft.reason.strip(), draft.language
        session.flush()
        record(BodyEndUndone(body=row.id, key=row.key), actor=actor.person)
        return row


def followers(body: uuid.UUID) -> Sequence[Body]:
    """Return the bodies that follow one that has ended, by code (1 query)."""
    query = sa.select(Body).join(BodySuccessor, BodySuccessor.successor_id == Body.id)
    return session.scalars(query.where(BodySuccessor.body_id == body).order_by(Body.key)).all()


def standing_end(body: uuid.UUID) -> BodyEnd | None:
    """Return the end of a body, None for one that has not ended (1 query)."""
    return session.scalars(sa.select(BodyEnd).where(BodyEnd.body_id == body, BodyEnd.undone_at.is_(None))).first()


def mandates_that_stay(end: BodyEnd) -> int:
    """Return how many mandates that others took over were changed since, so that they stay there when the end is undone."""
    return sum(taken is not None and _was_changed(taken, own, end) for _, own, taken in _ended_mandates(end))


def _undo_problems(draft: UndoDraft) -> Iterator[Problem]:
    if not draft.reason.strip():
        yield Problem("reason", N_("Say why the end was a mistake."))
    if len(draft.reason) > LONGEST_REASON:
        yield Problem("reason", N_("Write at most %(limit)s characters.", limit=LONGEST_REASON))
    if draft.language not in LANGUAGES:
        yield Problem("language", N_("Choose the language you wrote in."))


def _ended_mandates(end: BodyEnd) -> Sequence[tuple[EndedMandate, Mandate, Mandate | None]]:
    """Return the mandates that ended with a body, each with the one that another took over and still has."""
    taken = aliased(Mandate)
    rows = session.execute(
        sa.select(EndedMandate, Mandate, taken)
        .join(Mandate, Mandate.id == EndedMandate.mandate_id)
        .outerjoin(taken, taken.id == EndedMandate.taken_id)
        .where(EndedMandate.end_id == end.id)
        .order_by(Mandate.id)
    )
    return [(ended, mandate, other) for ended, mandate, other in rows]


def _was_changed(taken: Mandate, mandate: Mandate, end: BodyEnd) -> bool:
    """Tell whether a mandate that was taken over is not any more as it was then, or somebody recorded more of what it overlaps."""
    then = (mandate.texts, mandate.legal_basis, mandate.source, end.since, None)
    now = (taken.texts, taken.legal_basis, taken.source, taken.valid_from, taken.valid_to)
    return then != now or _topics(taken.id) != _topics(mandate.id) or has_others(taken.id, than=mandate.id)
