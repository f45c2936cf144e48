"""What changes about a body over the years: names, kind, level, region, district and the body above it, each on a day. What it was until then is kept."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from consult import clock, search
from consult.accounts.access import Actor, demand
from consult.accounts.bodies.events import BodyReclassified, BodyRenamed
from consult.accounts.bodies.models import BodyState
from consult.accounts.bodies.services import STATE, Coming, above_problems, state_problems
from consult.accounts.models import Body
from consult.db import session, transaction
from consult.errors import Conflict, NotFound, Problem, Rejected
from consult.events.record import record
from consult.i18n import N_, Localized

ENDED = N_("This body has ended. What it was stays as it is.")


@dataclass(frozen=True, slots=True)
class ChangeDraft:
    """What a body is from a day on, and where the change is written; None leaves a fact as it is."""

    since: date
    source: str
    names: Localized | None = None
    kind: str | None = None
    level: str | None = None
    region: str | None = None
    district: str | None = None
    parent_key: str | None = None


def change_body(draft: ChangeDraft, *, body: uuid.UUID, actor: Actor, coming: Coming = dict) -> Body:
    """Say what a body is from a day on, and keep what it was until then; its address stays. Raises Rejected, Conflict, NotFound.

    What was entered wrongly is put right by `bodies.correct_body`, which keeps nothing.
    """
    with transaction():
        demand(actor, "body.register")
        row = body_in_force(body)
        if problems := list(change_problems(draft, row, coming)):
            raise Rejected(problems)
        new = _differing(draft, row)
        _keep_state(row, draft)
        for name, value in new.items():
            setattr(row, name, value)
        session.flush()
        search.refresh_of_body(row.id)
        happened = BodyRenamed if "names" in new else BodyReclassified
        record(happened(body=row.id, key=row.key), actor=actor.person)
        return row


def body_in_force(body: uuid.UUID) -> Body:
    """Return a body that has not ended, locked for this transaction. Raises NotFound, Conflict."""
    row = session.get(Body, body, with_for_update=True)
    if row is None:
        raise NotFound
    if row.valid_to is not None:
        raise Conflict(ENDED)
    return row


def _differing(draft: ChangeDraft, row: Body) -> Mapping[str, Any]:
    said = {name: value for name in STATE if (value := getattr(draft, name)) is not None}
    return {name: value for name, value in said.items() if value != getattr(row, name)}


def _keep_state(row: Body, draft: ChangeDraft) -> None:
    was = {name: getattr(row, name) for name in (*STATE, "search_names")}
    session.add(BodyState(body_id=row.id, until=draft.since, source=draft.source, **was))


def change_problems(draft: ChangeDraft, row: Body, coming: Coming) -> Iterator[Problem]:
    """Yield what is wrong with a change of a body."""
    new = _differing(draft, row)
    yield from state_problems(**{name: new.get(name, getattr(row, name)) for name in ("names", "kind", "level")})
    yield from above_problems(new.get("parent_key", ""), row.key, coming)
    if not new:
        yield Problem("names", N_("Nothing here differs from what the body is today."))
    if not draft.source:
        yield Problem("source", N_("Say where this is written."))
    latest = session.scalar(sa.select(sa.func.max(BodyState.until)).where(BodyState.body_id == row.id))
    if draft.since > clock.now().date():
        yield Problem("since", N_("This day is still to come."))
    elif latest is not None and draft.since <= latest:
        yield Problem("since", N_("It became what it is today after this day."))
