"""Four eyes: a grave act is asked for by one person and confirmed by another before it takes effect.

The room whose act it is asks first who may do it; both do it with the same permission. What is confirmed is what was asked:
the act is bound to a hash of what will happen, made anew at the confirmation. It expires, and can be withdrawn by whoever
asked and refused by the other.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from consult import clock
from consult.accounts.access import Actor
from consult.accounts.events import GraveActAsked, GraveActConfirmed, GraveActWithdrawn
from consult.accounts.four_eyes_models import FourEyes, GraveAct
from consult.accounts.models import Person
from consult.db import new_id, session
from consult.errors import Conflict, Forbidden
from consult.events.models import INSTANCE
from consult.events.record import record
from consult.i18n import N_, Message

#: How long an act waits for the second person.
WAITS = timedelta(days=7)


class Kind(StrEnum):
    """What needs two people."""

    PUBLISH = "edition.publish"
    OPEN_NAMES = "names.open"
    SWITCH_OFF = "four_eyes.switch_off"
    CLOSE_ACCOUNT = "account.close"
    ERASE = "account.erase"
    SECOND_STEP = "second_step.reset"
    READER = "testimony.reader"
    LOG_KEY = "log_key.replace"


class ActState(StrEnum):
    """Where an act stands."""

    WAITING = "waiting"
    CONFIRMED = "confirmed"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


#: What a waiting act may become; each of these is an end.
TRANSITIONS: Mapping[ActState, frozenset[ActState]] = {
    ActState.WAITING: frozenset({ActState.CONFIRMED, ActState.WITHDRAWN, ActState.EXPIRED}),
}
KIND_LABELS: Mapping[Kind, Message] = {
    Kind.PUBLISH: N_("Publish an edition of the outcome document"),
    Kind.OPEN_NAMES: N_("Open the names of a blind track"),
    Kind.SWITCH_OFF: N_("Let one person publish alone"),
    Kind.CLOSE_ACCOUNT: N_("Close an account"),
    Kind.ERASE: N_("Erase a person"),
    Kind.SECOND_STEP: N_("Remove a second step that is lost"),
    Kind.READER: N_("Name a reader of confidential testimony"),
    Kind.LOG_KEY: N_("Begin a new key for the log without the former one"),
}
#: What waits on a page of its own, and not with the other acts.
ELSEWHERE = frozenset({Kind.SECOND_STEP, Kind.READER, Kind.LOG_KEY})


@dataclass(frozen=True, slots=True)
class Asked:
    """An act that waits: what, asked by whom and when, until when, bound to which hash, with what it needs."""

    id: uuid.UUID
    kind: Kind
    subject: uuid.UUID
    digest: str
    details: Mapping[str, Any]
    by: uuid.UUID
    name: str
    at: datetime
    until: datetime


def digest_of(facts: Mapping[str, Any]) -> str:
    """Return the SHA-256, in hexadecimal, of facts written as canonical JSON: names in order, no spaces."""
    said = json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(said.encode()).hexdigest()


def waiting_acts(consultation: uuid.UUID | None, kind: Kind | None = None) -> Sequence[Asked]:
    """Return the acts that wait in a consultation or (None) in the instance, the oldest first (1 query); `kind` for one that waits elsewhere."""
    rows = session.execute(
        sa.select(
            GraveAct.id,
            GraveAct.kind,
            GraveAct.subject_id,
            GraveAct.digest,
            GraveAct.details,
            GraveAct.asked_by,
            Person.name,
            GraveAct.asked_at,
            GraveAct.expires_at,
        )
        .join(Person, Person.id == GraveAct.asked_by)
        .where(*waiting_in(consultation, kind))
        .order_by(GraveAct.asked_at, GraveAct.id)
    )
    return [Asked(id_, Kind(kind), *rest) for id_, kind, *rest in rows]


def waiting_in(consultation: uuid.UUID | None, kind: Kind | None = None) -> tuple[sa.ColumnElement[bool], ...]:
    """Return, as part of a query of acts, that one waits in a consultation or (None) in the instance; `kind` for one that waits elsewhere."""
    return (
        GraveAct.kind == kind if kind else GraveAct.kind.not_in(ELSEWHERE),
        GraveAct.consultation_id.is_not_distinct_from(consultation),
        GraveAct.state == ActState.WAITING,
        GraveAct.expires_at > clock.now(),
    )


def count_waiting_acts(consultation: uuid.UUID | None) -> int:
    """Return how many acts wait in a consultation or (None) in the instance (1 query)."""
    return session.execute(
        sa.select(sa.func.count()).select_from(GraveAct).where(*waiting_in(consultation))
    ).scalar_one()


def needs_two(consultation: uuid.UUID) -> bool:
    """Tell whether publishing, and opening the names of a blind track, need two people in a consultation."""
    return session.get(FourEyes, consultation) is not None


def ask_second(
    kind: Kind,
    subject: uuid.UUID,
    digest: str,
    *,
    consultation: uuid.UUID | None,
    details: Mapping[str, Any],
    actor: Actor,
    waits: timedelta = WAITS,
) -> GraveAct:
    """Write down that somebody asks for an act; in the transaction of a service that has asked for permission.

    Raises Conflict if the same act waits already, Forbidden for the operator: an act is somebody's.
    """
    if actor.person is None:
        raise Forbidden
    _expire(kind, subject)
    if session.scalar(sa.select(sa.exists().where(*_waiting(kind, subject)))):
        raise Conflict(N_("This waits for a second person already."))
    now = clock.now()
    act = GraveAct(
        id=new_id(),
        kind=kind,
        subject_id=subject,
        consultation_id=consultation,
        digest=digest,
        details=dict(details),
        state=ActState.WAITING,
        asked_by=actor.person,
        asked_at=now,
        expires_at=now + waits,
    )
    session.add(act)
    session.flush()
    record(GraveActAsked(act.id, kind, digest), stream=consultation or INSTANCE, actor=actor.person)
    return act


def _waiting(kind: Kind, subject: uuid.UUID) -> tuple[sa.ColumnElement[bool], ...]:
    return GraveAct.kind == kind, GraveAct.subject_id == subject, GraveAct.state == ActState.WAITING


def _expire(kind: Kind, subject: uuid.UUID) -> None:
    """Make room for a new act where the one that waits has expired."""
    past = (*_waiting(kind, subject), GraveAct.expires_at <= clock.now())
    session.execute(sa.update(GraveAct).where(*past).values(state=ActState.EXPIRED))


def confirm_second(
    act: uuid.UUID, kind: Kind, digest: str, *, consultation: uuid.UUID | None, actor: Actor
) -> GraveAct:
    """Take the confirmation of an act, once; in the transaction in which it takes effect, after asking for permission.

    `digest` is of what would happen now. Raises Conflict if the act is done, withdrawn, expired, or no longer what was asked
    for; Forbidden for whoever asked.
    """
    row = _locked(act, kind, consultation)
    if actor.person is None or actor.person == row.asked_by:
        raise Forbidden
    if row.digest != digest:
        raise Conflict(N_("What was asked for has changed since. Withdraw it, and ask for it as it is now."))
    _decide(row, ActState.CONFIRMED, actor)
    record(GraveActConfirmed(row.id, kind, digest), stream=consultation or INSTANCE, actor=actor.person)
    return row


def withdraw_second(act: uuid.UUID, kind: Kind, *, consultation: uuid.UUID | None, actor: Actor) -> None:
    """Withdraw an act, by whoever asked, or refuse it, by another who may do it; in the caller's transaction."""
    row = _locked(act, kind, consultation)
    _decide(row, ActState.WITHDRAWN, actor)
    record(GraveActWithdrawn(row.id, kind), stream=consultation or INSTANCE, actor=actor.person)


def kind_of_act(act: uuid.UUID, consultation: uuid.UUID | None) -> Kind:
    """Return what kind an act is; Conflict if there is none that waits there, with the others."""
    here = (GraveAct.consultation_id.is_not_distinct_from(consultation), GraveAct.kind.not_in(ELSEWHERE))
    waiting = (GraveAct.id == act, GraveAct.state == ActState.WAITING)
    kind = session.scalar(sa.select(GraveAct.kind).where(*waiting, *here))
    if kind is None:
        raise Conflict(GONE)
    return Kind(kind)


GONE = N_("This no longer waits: it was done, withdrawn, or nobody confirmed it in time.")


def _locked(act: uuid.UUID, kind: Kind, consultation: uuid.UUID | None) -> GraveAct:
    """Return a waiting act of a kind and place, locked: of two who decide at the same moment, the later finds it decided."""
    row = session.get(GraveAct, act, with_for_update=True, populate_existing=True)
    there = row is not None and (row.kind, row.consultation_id) == (kind, consultation)
    if row is None or not there or row.state != ActState.WAITING or row.expires_at <= clock.now():
        raise Conflict(GONE)
    return row


def _decide(row: GraveAct, state: ActState, actor: Actor) -> None:
    if state not in TRANSITIONS[ActState(row.state)]:
        raise Conflict(GONE)
    row.state, row.decided_by, row.decided_at = state, actor.person, clock.now()
