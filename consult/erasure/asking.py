"""Asking to be erased, and changing one's mind while there is time."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from consult import clock
from consult.accounts.access import Actor, demand
from consult.accounts.models import Person
from consult.accounts.roles import roles_held
from consult.db import new_id, session, transaction
from consult.erasure.events import ErasureAsked, ErasureWithdrawn
from consult.erasure.models import Erasure
from consult.erasure.plan import OwnText, texts_of, waiting_erasure
from consult.erasure.states import TRANSITIONS, ErasureState
from consult.errors import Conflict, Forbidden, Problem, Rejected
from consult.events.record import record
from consult.folding import fold
from consult.i18n import N_, Message
from consult.runtime import runtime
from consult.testimony.models import TestimonyReader


@dataclass(frozen=True, slots=True)
class ErasureDraft:
    """A wish to be erased: the numbers of the texts that go too, and the person's name, typed by hand."""

    texts: frozenset[str] = frozenset()
    typed: str = ""


def erasure_refusal(person: uuid.UUID) -> Message | None:
    """Return why somebody cannot be erased now, None if they can: who holds an office gives it back first (2 queries)."""
    reading = sa.exists().where(TestimonyReader.person_id == person, TestimonyReader.ended_at.is_(None))
    if roles_held(person) or session.scalar(sa.select(reading)):
        return N_("You hold an office here. Ask whoever gave it to you to end it, then come back.")
    return None


def ask_erasure(draft: ErasureDraft, *, actor: Actor) -> Erasure:
    """Ask for one's own erasure, which the worker does when the time to change one's mind is over; the person is told.

    Raises Rejected for a name that is not one's own or a text that cannot go, Conflict for an office or a wish that waits.
    """
    with transaction():
        person = _locked(actor)
        if waiting_erasure(person.id) is not None:
            raise Conflict(N_("You asked for this already."))
        if refusal := erasure_refusal(person.id):
            raise Conflict(refusal)
        own = {text.number: text for text in texts_of(person.id)}
        going = [own[number] for number in sorted(draft.texts & own.keys())]
        if problems := list(_problems(draft, person, known=len(going), staying=any(text.stays for text in going))):
            raise Rejected(problems)
        return enter_erasure(person, going, actor=actor)


def enter_erasure(
    person: Person, going: Sequence[OwnText], *, contacts: Sequence[uuid.UUID] = (), actor: Actor
) -> Erasure:
    """Write down that somebody is to be erased, and with them these texts and contacts of bodies; in the transaction of a service."""
    row = Erasure(
        id=new_id(),
        person_id=person.id,
        state=ErasureState.WAITING,
        texts=[str(text.id) for text in going],
        contacts=[str(one) for one in contacts],
        asked_at=clock.now(),
        due_at=clock.now() + timedelta(days=runtime().settings.erasure_days),
    )
    session.add(row)
    session.flush()
    record(ErasureAsked(row.id, person.id, row.due_at), actor=actor.person)
    return row


def _problems(draft: ErasureDraft, person: Person, *, known: int, staying: bool) -> Iterator[Problem]:
    if known < len(draft.texts):
        yield Problem("texts", N_("Choose among your own texts."))
    if staying:
        yield Problem("texts", N_("A text that is cited, or that your body signed off, stays without your name."))
    if fold(draft.typed) != fold(person.name):
        yield Problem("typed", N_("Type your name as it stands on this page."))


def withdraw_erasure(*, actor: Actor) -> None:
    """Change one's mind: nothing is erased. Raises Conflict where nothing waits."""
    with transaction():
        person = _locked(actor)
        row = waiting_erasure(person.id)
        if row is None or ErasureState.WITHDRAWN not in TRANSITIONS[ErasureState(row.state)]:
            raise Conflict(N_("Nothing waits to be erased."))
        row.state, row.decided_at = ErasureState.WITHDRAWN, clock.now()
        record(ErasureWithdrawn(row.id, person.id), actor=actor.person)


def _locked(actor: Actor) -> Person:
    """Return the person who acts, locked: the worker that would erase them waits, or has done it."""
    demand(actor, "account.use")
    if actor.person is None:
        raise Forbidden
    return session.get_one(Person, actor.person, with_for_update=True, populate_existing=True)
