"""Reading about confidential testimony without opening any: what is offered, who reads, lists without texts, public quotes."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from consult import clock
from consult.accounts.access import Actor, allowed
from consult.accounts.four_eyes import Asked, Kind, waiting_acts
from consult.accounts.models import Person, SignIn
from consult.accounts.queries import has_second_factor
from consult.consultations.models import Consultation
from consult.db import session
from consult.errors import Forbidden, SecondFactorNeeded
from consult.events.models import INSTANCE, EventRow
from consult.i18n import N_
from consult.testimony.events import TestimonyFileOpened, TestimonyRead
from consult.testimony.models import Quote, Testimony, TestimonyOffer, TestimonyReader
from consult.testimony.offering import named_in
from consult.testimony.policies import ReadersDesk
from consult.testimony.states import TestimonyState

#: Rows of the list of the desk, readings and quotes that a page shows.
PAGE, READINGS, QUOTES = 50, 50, 50


@dataclass(frozen=True, slots=True)
class NamedReader:
    """Somebody who reads: the grant, who they are, since when; `second_factor`: whether they have one."""

    id: uuid.UUID
    person: uuid.UUID
    name: str
    named_at: datetime
    second_factor: bool


@dataclass(frozen=True, slots=True)
class WaitingReader:
    """Somebody who is to read once another has confirmed it: what was asked for, who it is and their address."""

    asked: Asked
    person: uuid.UUID
    name: str
    address: str


@dataclass(frozen=True, slots=True)
class ListedTestimony:
    """A line of the desk: no words, no language, no topic."""

    number: int
    state: TestimonyState
    received_on: date
    ended: bool


@dataclass(frozen=True, slots=True)
class Reading:
    """That somebody opened a testimony, or took one of its files."""

    number: int
    file: bool
    name: str
    at: datetime


def is_offered(consultation: uuid.UUID) -> bool:
    """Tell whether a consultation takes testimonies, as far as its organisers decide (1 query)."""
    return session.scalar(sa.select(TestimonyOffer.open).where(TestimonyOffer.consultation_id == consultation)) is True


def was_offered(consultation: uuid.UUID) -> bool:
    """Tell whether a consultation takes or took testimonies: then authors come back (1 query)."""
    return session.get(TestimonyOffer, consultation) is not None


def readers_of(consultation: uuid.UUID) -> Sequence[NamedReader]:
    """Return who reads now, the first named first (1 query, and 1 for each)."""
    rows = session.execute(
        sa.select(TestimonyReader.id, Person.id, Person.name, TestimonyReader.named_at)
        .join(Person, Person.id == TestimonyReader.person_id)
        .where(TestimonyReader.consultation_id == consultation, TestimonyReader.ended_at.is_(None))
        .order_by(TestimonyReader.named_at, TestimonyReader.id)
    )
    return [NamedReader(*row, has_second_factor(row[1])) for row in rows]


def reading_desks(person: uuid.UUID) -> Sequence[uuid.UUID]:
    """Return the consultations whose testimonies somebody reads (1 query)."""
    query = sa.select(TestimonyReader.consultation_id).where(
        TestimonyReader.person_id == person, TestimonyReader.ended_at.is_(None)
    )
    return session.scalars(query.order_by(TestimonyReader.named_at)).all()


def waiting_readers(consultation: uuid.UUID) -> Sequence[WaitingReader]:
    """Return who is to read once another has confirmed it, the first asked for first (2 queries; 1 where nobody waits)."""
    acts = waiting_acts(consultation, Kind.READER)
    if not acts:
        return []
    named = {asked.id: named_in(asked.details) for asked in acts}
    people = session.execute(sa.select(Person.id, Person.name, Person.email).where(Person.id.in_(named.values())))
    known = {row.id: row for row in people}
    return [WaitingReader(asked, *known[person]) for asked in acts if (person := named[asked.id]) in known]


def desk_of(consultation: uuid.UUID, actor: Actor) -> ReadersDesk:
    """Return the desk that `testimony.read` is asked about (2 queries)."""
    named = session.scalars(
        sa.select(TestimonyReader.person_id).where(
            TestimonyReader.consultation_id == consultation, TestimonyReader.ended_at.is_(None)
        )
    )
    return ReadersDesk(consultation, frozenset(named), _proved(actor))


def _proved(actor: Actor) -> bool:
    """Tell whether a second factor was shown in this sign-in: readers need one whatever is asked of roles."""
    factor = session.scalar(sa.select(SignIn.factor).where(SignIn.id == actor.sign_in, SignIn.ended_at.is_(None)))
    return bool(factor)


def demand_reader(consultation: uuid.UUID, actor: Actor) -> None:
    """Raise Forbidden unless the actor reads the testimonies of a consultation; SecondFactorNeeded if that is what is missing."""
    desk = desk_of(consultation, actor)
    if allowed(actor, "testimony.read", desk):
        return
    raise factor_needed() if actor.person in desk.readers else Forbidden()


def factor_needed() -> SecondFactorNeeded:
    """Return what tells a reader that nobody opens testimonies without a second factor."""
    return SecondFactorNeeded(
        N_("Testimonies are opened only after a second step. Set one up, or show it on this device.")
    )


def list_of(consultation: uuid.UUID, state: str, after: str) -> tuple[Sequence[ListedTestimony], str]:
    """Return a page of the testimonies in a state ("" for all), those of the oldest day first, and where the next begins (1 query)."""
    query = sa.select(Testimony.number, Testimony.state, Testimony.received_on, Testimony.ended).where(
        Testimony.consultation_id == consultation
    )
    if state:
        query = query.where(Testimony.state == state)
    if edge := _edge(after):
        query = query.where(sa.tuple_(Testimony.received_on, Testimony.number) > sa.tuple_(*map(sa.literal, edge)))
    rows = session.execute(query.order_by(Testimony.received_on, Testimony.number).limit(PAGE + 1)).all()
    shown = [ListedTestimony(row.number, TestimonyState(row.state), row.received_on, row.ended) for row in rows[:PAGE]]
    more = len(rows) > PAGE
    return shown, f"{shown[-1].received_on:%Y-%m-%d}.{shown[-1].number}" if more else ""


def _edge(after: str) -> tuple[date, int] | None:
    day, _, number = after.partition(".")
    try:
        return date.fromisoformat(day), int(number[:9])
    except ValueError:
        return None


def count_by_state(consultation: uuid.UUID) -> Mapping[TestimonyState, int]:
    """Count testimonies by state (1 query)."""
    query = sa.select(Testimony.state, sa.func.count()).where(Testimony.consultation_id == consultation)
    return {TestimonyState(state): number for state, number in session.execute(query.group_by(Testimony.state))}


def count_without_end(consultation: Consultation) -> int:
    """Count the testimonies of which nobody has said what becomes of them, by whole days: those of today wait (1 query).

    A count that moved at once would tell at which moment somebody wrote.
    """
    today = clock.now().astimezone(ZoneInfo(consultation.timezone)).date()
    query = sa.select(sa.func.count()).where(
        Testimony.consultation_id == consultation.id,
        Testimony.wrapped_key.is_not(None),
        Testimony.ended.is_(False),
        Testimony.received_on < today,
    )
    return session.scalar(query) or 0


def readings_of(consultation: uuid.UUID) -> Sequence[Reading]:
    """Return who opened which testimony or took a file of it, the newest first (1 query)."""
    facts: Any = EventRow.facts
    rows = session.execute(
        sa.select(facts["testimony"].as_integer(), EventRow.type, Person.name, EventRow.at)
        .join(Person, Person.id == EventRow.actor_id)
        .where(
            EventRow.stream_id == INSTANCE,
            EventRow.type.in_([TestimonyRead.type_name(), TestimonyFileOpened.type_name()]),
            facts["consultation"].as_string() == str(consultation),
        )
        .order_by(EventRow.seq.desc())
        .limit(READINGS)
    )
    taken = TestimonyFileOpened.type_name()
    return [Reading(number, kind == taken, name, at) for number, kind, name, at in rows]


def public_quotes(consultation: uuid.UUID, after: int = 0) -> tuple[Sequence[Quote], int | None]:
    """Return a page of the quotes that anybody may read, by number, and after which the next begins (1 query)."""
    query = sa.select(Quote).where(Quote.consultation_id == consultation, Quote.number > after)
    rows = session.scalars(query.order_by(Quote.number).limit(QUOTES + 1)).all()
    return rows[:QUOTES], rows[QUOTES - 1].number if len(rows) > QUOTES else None


def has_quotes(consultation: uuid.UUID) -> bool:
    """Tell whether there is a quote that can be cited (1 query)."""
    stands = sa.exists().where(Quote.consultation_id == consultation, Quote.withdrawn.is_(False))
    return session.scalar(sa.select(stands)) is True


def quotes_by_number(consultation: uuid.UUID, numbers: Collection[int]) -> Mapping[int, uuid.UUID]:
    """Return the ids of public quotes by their numbers (1 query; none for none)."""
    if not numbers:
        return {}
    query = sa.select(Quote.number, Quote.id).where(Quote.consultation_id == consultation, Quote.number.in_(numbers))
    return {row.number: row.id for row in session.execute(query)}
