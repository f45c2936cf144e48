"""What happens to a body over the years: it gets another name, ends, or goes into another. Nothing that it was is lost."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

import sqlalchemy as sa

from consult import clock, search
from consult.accounts.access import Actor, demand
from consult.accounts.body_models import BodyName, Mandate, MandateTopic
from consult.accounts.events import BodyEnded, BodyMerged, BodyRenamed
from consult.accounts.models import Body, folded_names
from consult.db import new_id, session, transaction
from consult.errors import Conflict, NotFound, Problem, Rejected
from consult.events.record import record
from consult.i18n import N_, Localized

ENDED = N_("This body has ended. What it was stays as it is.")


@dataclass(frozen=True, slots=True)
class RenameDraft:
    """The new names, the first day on which they hold, and where the change is written."""

    names: Localized
    since: date
    source: str


@dataclass(frozen=True, slots=True)
class EndDraft:
    """The first day without the body, the code of the body it went into ("" for none), and whether that takes its mandates."""

    since: date
    successor_key: str = ""
    takes_mandates: bool = False


def rename_body(draft: RenameDraft, *, body: uuid.UUID, actor: Actor) -> Body:
    """Give a body other names and keep those it had, with the day; its address stays. Raises Rejected, Conflict, NotFound."""
    with transaction():
        demand(actor, "body.register")
        row = body_in_force(body)
        if problems := list(_rename_problems(draft, row)):
            raise Rejected(problems)
        session.add(
            BodyName(
                body_id=row.id, names=row.names, search_names=row.search_names, until=draft.since, source=draft.source
            )
        )
        row.names, row.search_names = draft.names, folded_names(draft.names)
        session.flush()
        search.refresh_of_body(row.id)
        record(BodyRenamed(body=row.id, key=row.key), actor=actor.person)
        return row


def end_body(draft: EndDraft, *, body: uuid.UUID, actor: Actor) -> Body:
    """End a body, or let it go into another, which its addresses lead to from then on; its mandates end with it.

    Members, seats, texts and votes stay under its name. Raises Rejected, Conflict, NotFound.
    """
    with transaction():
        demand(actor, "body.register")
        row = body_in_force(body)
        successor = _successor(draft, row)
        row.valid_to = datetime.combine(draft.since, time(), UTC)
        _end_mandates(row, draft.since, successor if draft.takes_mandates else None)
        if successor is None:
            record(BodyEnded(body=row.id, key=row.key), actor=actor.person)
            return row
        earlier = sa.update(Body).where(sa.or_(Body.id == row.id, Body.successor_key == row.key))
        session.execute(earlier.values(successor_key=successor.key))
        record(
            BodyMerged(body=row.id, key=row.key, successor=successor.id, successor_key=successor.key),
            actor=actor.person,
        )
        return row


def body_in_force(body: uuid.UUID) -> Body:
    """Return a body that has not ended, locked for this transaction. Raises NotFound, Conflict."""
    row = session.get(Body, body, with_for_update=True)
    if row is None:
        raise NotFound
    if row.valid_to is not None:
        raise Conflict(ENDED)
    return row


def _rename_problems(draft: RenameDraft, row: Body) -> Iterator[Problem]:
    if not draft.names:
        yield Problem("names", N_("Write the name in at least one language."))
    elif dict(draft.names) == dict(row.names):
        yield Problem("names", N_("This is its present name."))
    if not draft.source:
        yield Problem("source", N_("Say where this is written."))
    latest = session.scalar(sa.select(sa.func.max(BodyName.until)).where(BodyName.body_id == row.id))
    if draft.since > clock.now().date():
        yield Problem("since", N_("This day is still to come."))
    elif latest is not None and draft.since <= latest:
        yield Problem("since", N_("It was given its present name after this day."))


def _successor(draft: EndDraft, row: Body) -> Body | None:
    if draft.since > clock.now().date():
        raise Rejected(N_("This day is still to come."), field="since")
    if not draft.successor_key:
        return None
    found = session.scalars(sa.select(Body).where(Body.key == draft.successor_key).with_for_update()).first()
    if found is None:
        raise Rejected(
            N_("There is no body with the code “%(code)s”.", code=draft.successor_key), field="successor_key"
        )
    if found.id == row.id:
        raise Rejected(N_("A body cannot go into itself."), field="successor_key")
    if found.valid_to is not None:
        raise Rejected(N_("The successor has ended as well: name the body that it went into."), field="successor_key")
    return found


def _end_mandates(row: Body, on: date, successor: Body | None) -> None:
    held = sa.select(Mandate).where(
        Mandate.body_id == row.id, sa.or_(Mandate.valid_to.is_(None), Mandate.valid_to > on)
    )
    for mandate in session.scalars(held).all():
        mandate.valid_to = on if mandate.valid_from is None else max(on, mandate.valid_from)
        if successor is not None:
            _hand_over(mandate, on, successor)


def _hand_over(mandate: Mandate, on: date, successor: Body) -> None:
    topics = session.scalars(sa.select(MandateTopic.topic).where(MandateTopic.mandate_id == mandate.id)).all()
    taken = Mandate(
        id=new_id(),
        body_id=successor.id,
        texts=mandate.texts,
        legal_basis=mandate.legal_basis,
        source=mandate.source,
        valid_from=on,
        valid_to=None,
    )
    session.add(taken)
    session.flush()
    session.add_all(MandateTopic(mandate_id=taken.id, topic=topic) for topic in topics)
