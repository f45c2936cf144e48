"""What is entered about a body: mandates, capacities, contacts. Each names where it was read, or who may see it."""

from __future__ import annotations

import re
import uuid
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, TypeVar

import sqlalchemy as sa

from consult import clock
from consult.accounts.access import Actor, demand
from consult.accounts.bodies.events import BodyEntryRemoved, CapacitySaved, ContactSaved, MandateReplaced, MandateSaved
from consult.accounts.bodies.life import body_in_force
from consult.accounts.bodies.models import LONGEST_LINE, LONGEST_TEXT, Capacity, Contact, Mandate, MandateTopic
from consult.accounts.bodies.overlaps import clear_overlaps, take_along
from consult.accounts.bodies.words import Audience, CapacityKind
from consult.accounts.models import Body
from consult.accounts.people import is_address
from consult.db import new_id, session, transaction
from consult.errors import NotFound, Problem, Rejected
from consult.events.record import record
from consult.i18n import N_, Localized

#: People who work for one body, at most.
MOST_STAFF = 1_000_000
_TOPIC = re.compile(r"[a-z][a-z0-9-]{0,39}-[A-Za-z0-9._]{1,40}")
_LANGUAGE = re.compile(r"[a-z]{2,3}")
_PHONE = re.compile(r"\+?[0-9][0-9 ()/-]{4,30}")

Row = TypeVar("Row", Mandate, Capacity, Contact)


class Entry(StrEnum):
    """What stands on the record of a body."""

    MANDATE = "mandate"
    CAPACITY = "capacity"
    CONTACT = "contact"


ENTRIES: dict[Entry, type[Any]] = {Entry.MANDATE: Mandate, Entry.CAPACITY: Capacity, Entry.CONTACT: Contact}


@dataclass(frozen=True, slots=True)
class MandateDraft:
    """A mandate: its words, the topics it covers, its legal basis, where this was read, and the days from and to."""

    texts: Localized
    topics: tuple[str, ...]
    source: str
    legal_basis: str = ""
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass(frozen=True, slots=True)
class CapacityDraft:
    """A capacity as it was on a day: a number of staff, expertise in a topic, or languages (codes), and words about it."""

    kind: str
    as_of: date
    source: str
    number: int | None = None
    topic: str = ""
    languages: tuple[str, ...] = ()
    texts: Localized = field(default_factory=Localized)


@dataclass(frozen=True, slots=True)
class ContactDraft:
    """An office, how to reach it, who may see that, the day on which it was so, and where this was read."""

    audience: str
    label: str
    as_of: date
    source: str
    email: str = ""
    phone: str = ""


def save_mandate(draft: MandateDraft, *, body: uuid.UUID, actor: Actor, mandate: uuid.UUID | None = None) -> Mandate:
    """Enter a mandate of a body, or correct one or say until when it holds. Raises Rejected, Conflict, NotFound."""
    with transaction():
        held = _body(body, actor)
        if problems := list(_mandate_problems(draft)):
            raise Rejected(problems)
        row = _row(Mandate, mandate, held)
        _write_mandate(row, draft)
        record(MandateSaved(body=held.id, mandate=row.id), actor=actor.person)
        return row


def replace_mandate(
    draft: MandateDraft,
    *,
    body: uuid.UUID,
    mandate: uuid.UUID,
    actor: Actor,
    overlaps: Collection[uuid.UUID] = (),
) -> Mandate:
    """Let a mandate take the place of another from its first day on; the other ends then, and is kept.

    `overlaps` of the other are recorded of the new one too. Raises Rejected, Conflict, NotFound.
    """
    with transaction():
        held = _body(body, actor)
        former = _row(Mandate, mandate, held)
        if problems := [*_mandate_problems(draft), *_replacing_problems(draft, former)]:
            raise Rejected(problems)
        row = _row(Mandate, None, held)
        _write_mandate(row, draft)
        former.valid_to = draft.valid_from
        session.flush()
        record(MandateReplaced(body=held.id, mandate=row.id, former=former.id), actor=actor.person)
        take_along(overlaps, former=former, mandate=row, actor=actor)
        return row


def _write_mandate(row: Mandate, draft: MandateDraft) -> None:
    row.texts, row.legal_basis, row.source = draft.texts, draft.legal_basis, draft.source
    row.valid_from, row.valid_to = draft.valid_from, draft.valid_to
    session.flush()
    session.execute(sa.delete(MandateTopic).where(MandateTopic.mandate_id == row.id))
    session.add_all(MandateTopic(mandate_id=row.id, topic=topic) for topic in dict.fromkeys(draft.topics))


def save_capacity(
    draft: CapacityDraft, *, body: uuid.UUID, actor: Actor, capacity: uuid.UUID | None = None
) -> Capacity:
    """Enter a capacity of a body, or change one. Raises Rejected, Conflict, NotFound."""
    with transaction():
        held = _body(body, actor)
        if problems := list(_capacity_problems(draft)):
            raise Rejected(problems)
        row, kind = _row(Capacity, capacity, held), CapacityKind(draft.kind)
        row.kind, row.as_of, row.source, row.texts = kind, draft.as_of, draft.source, draft.texts
        row.number = draft.number if kind is CapacityKind.STAFF else None
        row.topic = draft.topic if kind is CapacityKind.EXPERTISE else ""
        row.languages = list(dict.fromkeys(draft.languages)) if kind is CapacityKind.LANGUAGES else []
        session.flush()
        record(CapacitySaved(body=held.id, capacity=row.id), actor=actor.person)
        return row


def save_contact(draft: ContactDraft, *, body: uuid.UUID, actor: Actor, contact: uuid.UUID | None = None) -> Contact:
    """Enter a contact of a body, or change one that the actor may see. Raises Rejected, Conflict, NotFound, Forbidden."""
    with transaction():
        held = _body(body, actor)
        if problems := list(_contact_problems(draft)):
            raise Rejected(problems)
        row = _row(Contact, contact, held)
        if contact is not None:
            demand(actor, "contact.read", row)
        row.audience, row.label, row.email, row.phone = draft.audience, draft.label, draft.email, draft.phone
        row.as_of, row.source = draft.as_of, draft.source
        demand(actor, "contact.read", row)
        session.flush()
        record(ContactSaved(body=held.id, contact=row.id), actor=actor.person)
        return row


def remove_entry(kind: Entry, entry: uuid.UUID, *, body: uuid.UUID, actor: Actor) -> None:
    """Take off what was entered by mistake; what no longer holds gets its last day instead. Raises Conflict, NotFound, Forbidden."""
    with transaction():
        held = _body(body, actor)
        row = _row(ENTRIES[kind], entry, held)
        if kind is Entry.CONTACT:
            demand(actor, "contact.read", row)
        if kind is Entry.MANDATE:
            clear_mandate(entry)
        session.delete(row)
        record(BodyEntryRemoved(body=held.id, entry=entry, kind=kind.value), actor=actor.person)


def clear_mandate(mandate: uuid.UUID) -> None:
    """Take off the topics of a mandate that is to be deleted, and that it overlaps others; in the caller's transaction."""
    session.execute(sa.select(Mandate.id).where(Mandate.id == mandate).with_for_update())  # nobody records more of them
    session.execute(sa.delete(MandateTopic).where(MandateTopic.mandate_id == mandate))
    clear_overlaps(mandate)


def _body(body: uuid.UUID, actor: Actor) -> Body:
    demand(actor, "body.register")
    return body_in_force(body)


def _row(model: type[Row], entry: uuid.UUID | None, body: Body) -> Row:
    """Return an entry of a body, or a new one."""
    if entry is None:
        made = model(id=new_id(), body_id=body.id)
        session.add(made)
        return made
    found = session.scalars(sa.select(model).where(model.id == entry, model.body_id == body.id)).first()
    if found is None:
        raise NotFound
    return found


def _too_long(texts: Localized) -> bool:
    return any(len(text) > LONGEST_TEXT for text in texts.values())


def _mandate_problems(draft: MandateDraft) -> Iterator[Problem]:
    if not draft.texts:
        yield Problem("texts", N_("Say what the mandate is, in at least one language."))
    elif _too_long(draft.texts):
        yield Problem("texts", N_("Write at most %(limit)s characters.", limit=LONGEST_TEXT))
    if not draft.topics:
        yield Problem("topics", N_("Choose at least one topic."))
    elif not all(map(_TOPIC.fullmatch, draft.topics)):
        yield Problem("topics", N_("Choose one of the answers."))
    yield from _line_problems(("source", draft.source), ("legal_basis", draft.legal_basis))
    if draft.valid_from and draft.valid_to and draft.valid_to < draft.valid_from:
        yield Problem("valid_to", N_("The last day comes before the first."))


def _replacing_problems(draft: MandateDraft, former: Mandate) -> Iterator[Problem]:
    if draft.valid_from is None:
        yield Problem("valid_from", N_("Say from which day it takes the place of the other."))
    elif former.valid_from is not None and draft.valid_from <= former.valid_from:
        yield Problem("valid_from", N_("The mandate it replaces began on this day or later: correct that one instead."))
    elif former.valid_to is not None and former.valid_to <= draft.valid_from:
        yield Problem(
            "valid_from", N_("The mandate it replaces had ended by this day: enter this one as a new mandate.")
        )


def _capacity_problems(draft: CapacityDraft) -> Iterator[Problem]:
    match draft.kind:
        case CapacityKind.STAFF if draft.number is None or not 0 <= draft.number <= MOST_STAFF:
            yield Problem("number", N_("Write a whole number from %(low)s to %(high)s.", low=0, high=MOST_STAFF))
        case CapacityKind.EXPERTISE if not _TOPIC.fullmatch(draft.topic):
            yield Problem("topic", N_("Choose the topic."))
        case CapacityKind.LANGUAGES if not draft.languages or not all(map(_LANGUAGE.fullmatch, draft.languages)):
            yield Problem("languages", N_("Choose at least one language."))
        case kind if kind not in set(CapacityKind):
            yield Problem("kind", N_("Choose one of the answers."))
    if _too_long(draft.texts):
        yield Problem("texts", N_("Write at most %(limit)s characters.", limit=LONGEST_TEXT))
    if draft.as_of > clock.now().date():
        yield Problem("as_of", N_("This day is still to come."))
    yield from _line_problems(("source", draft.source))


def _contact_problems(draft: ContactDraft) -> Iterator[Problem]:
    if draft.audience not in set(Audience):
        yield Problem("audience", N_("Choose one of the answers."))
    if not draft.label or len(draft.label) > LONGEST_LINE:
        yield Problem("label", N_("Name the office or the function, in one line."))
    if draft.email and not is_address(draft.email):
        yield Problem("email", N_("Write an e-mail address, for example name@example.org."))
    if draft.phone and not _PHONE.fullmatch(draft.phone):
        yield Problem("phone", N_("Write a telephone number, for example +218 21 000 0000."))
    if not draft.email and not draft.phone:
        yield Problem("email", N_("Write an e-mail address or a telephone number."))
    if draft.as_of > clock.now().date():
        yield Problem("as_of", N_("This day is still to come."))
    yield from _line_problems(("source", draft.source))


def _line_problems(source: tuple[str, str], *more: tuple[str, str]) -> Iterator[Problem]:
    if not source[1]:
        yield Problem(source[0], N_("Say where this is written."))
    for name, line in (source, *more):
        if len(line) > LONGEST_LINE:
            yield Problem(name, N_("Write at most %(limit)s characters.", limit=LONGEST_LINE))
