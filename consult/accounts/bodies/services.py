"""The register of bodies: entered once under their reference code, changed with a record of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any

import sqlalchemy as sa

from consult import clock, search
from consult.accounts.access import Actor, demand
from consult.accounts.bodies.events import BodyChanged, BodyRegistered
from consult.accounts.bodies.words import Level
from consult.accounts.models import Body
from consult.accounts.queries import body_by_key
from consult.db import new_id, session, transaction
from consult.errors import NotFound, Problem, Rejected
from consult.events.record import record
from consult.i18n import N_, Localized

_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,79}")
_KIND = re.compile(r"[a-z][a-z0-9 _-]{1,39}")
#: Returns the codes of bodies that a file brings, each with that of the body above it ("" where the file says none): one of
#: them may stand above another before its own row is entered.
Coming = Callable[[], Mapping[str, str]]
ANOTHER = N_("Write the code of another body of the register.")


@dataclass(frozen=True, slots=True)
class BodyDraft:
    """Facts of a body: its reference code, kind, names, level, place, parent, since when, and where this was read.

    `since` None leaves the day as it is; of a new body it is today.
    """

    key: str
    kind: str
    names: Localized
    region: str = ""
    district: str = ""
    parent_key: str = ""
    source: str = ""
    profile: Mapping[str, Any] = field(default_factory=dict)
    listed: bool = True
    level: str = ""
    since: date | None = None


def register_body(draft: BodyDraft, *, actor: Actor, coming: Coming = dict) -> Body:
    """Enter a body; Rejected if the draft is wrong, its code is taken, or the body above it neither registered nor `coming`."""
    with transaction():
        demand(actor, "body.register")
        return write_body(draft, actor, coming)


def write_body(draft: BodyDraft, actor: Actor, coming: Coming = dict) -> Body:
    """Enter a body inside the transaction of a service that has asked for permission. Raises Rejected."""
    problems = list(entry_problems(draft, None, coming))
    if body_by_key(draft.key) is not None:
        problems.append(Problem("key", N_("There is a body with this code already.")))
    if problems:
        raise Rejected(problems)
    body = Body(**{"id": new_id(), "key": draft.key, "valid_from": clock.now(), **_facts(draft)})
    session.add(body)
    session.flush()
    record(BodyRegistered(body=body.id, key=body.key, kind=body.kind), actor=actor.person)
    return body


def correct_body(draft: BodyDraft, *, actor: Actor, coming: Coming = dict) -> Body:
    """Put right what is wrong about the body with the draft's code, without a trace but in the log. Raises Rejected, NotFound.

    What changed about the body itself is told by `body_life.change_body`.
    """
    with transaction():
        demand(actor, "body.register")
        body = body_by_key(draft.key)
        if body is None:
            raise NotFound
        if problems := list(entry_problems(draft, body, coming)):
            raise Rejected(problems)
        _correct(body, draft, actor)
        return body


#: What a body may be for a while: it is kept when it changes.
STATE = ("names", "kind", "level", "region", "district", "parent_key")


def differences(body: Body, draft: BodyDraft) -> dict[str, Any]:
    """Return what a draft says otherwise than the body, by column."""
    return {name: value for name, value in _facts(draft).items() if getattr(body, name) != value}


def _correct(body: Body, draft: BodyDraft, actor: Actor) -> None:
    different = differences(body, draft)
    for name, value in different.items():
        setattr(body, name, value)
    if different:
        session.flush()
        search.refresh_of_body(body.id)
        record(BodyChanged(body=body.id, key=body.key, corrected=tuple(sorted(different))), actor=actor.person)


def _facts(draft: BodyDraft) -> dict[str, Any]:
    since = {"valid_from": datetime.combine(draft.since, time(), UTC)} if draft.since else {}
    return since | {
        "kind": draft.kind,
        "names": draft.names,
        "level": draft.level,
        "region": draft.region,
        "district": draft.district,
        "parent_key": draft.parent_key,
        "source": draft.source,
        "profile": dict(draft.profile),
        "listed": draft.listed,
    }


def entry_problems(draft: BodyDraft, body: Body | None, coming: Coming) -> Iterator[Problem]:
    """Yield what is wrong with a draft for the body with its code, None where there is none yet: what stands above it already may stay."""
    yield from _facts_problems(draft)
    if body is None or draft.parent_key != body.parent_key:
        yield from above_problems(draft.parent_key, draft.key, coming)


def body_problems(draft: BodyDraft) -> Iterator[Problem]:
    """Yield what is wrong with a draft by itself; that the body above it stands in the register is not asked."""
    yield from _facts_problems(draft)
    yield from _parent_problems(draft.parent_key, draft.key)


def _facts_problems(draft: BodyDraft) -> Iterator[Problem]:
    if not _KEY.fullmatch(draft.key):
        yield Problem("key", N_("Write a code of letters, digits and . _ : / - without spaces."))
    yield from state_problems(draft.names, draft.kind, draft.level)


def _parent_problems(parent_key: str, key: str) -> Iterator[Problem]:
    if parent_key and (parent_key == key or not _KEY.fullmatch(parent_key)):
        yield Problem("parent_key", ANOTHER)


def above_problems(parent_key: str, key: str, coming: Coming) -> Iterator[Problem]:
    """Yield what is wrong with the body that is to stand above one: it is in the register or coming, and neither the body itself nor below it."""
    if problems := list(_parent_problems(parent_key, key)):
        yield from problems
    elif parent_key and not _leads_up(parent_key, key, coming):
        yield Problem("parent_key", ANOTHER)


def _leads_up(at: str, key: str, coming: Coming) -> bool:
    """Tell whether the bodies above come to an end without the body itself, each in the register or coming (1 query a step).

    That what stands in the register is whole is not asked: a row answers for what it and its file say.
    """
    passed, registered = {key}, False
    while at:
        above = session.scalar(sa.select(Body.parent_key).where(Body.key == at))
        brought = coming().get(at)
        if at in passed:
            return False
        if above is None and brought is None:
            return registered
        passed.add(at)
        at, registered = (brought, brought == above) if brought else (above or "", above is not None)
    return True


def is_kind(kind: str) -> bool:
    """Tell whether this is written as the key of a kind of body."""
    return _KIND.fullmatch(kind) is not None


def state_problems(names: Localized, kind: str, level: str) -> Iterator[Problem]:
    """Yield what is wrong with what a body is to be."""
    if not is_kind(kind):
        yield Problem("kind", N_("Choose the kind of body."))
    if not names:
        yield Problem("names", N_("Write the name in at least one language."))
    if level not in {"", *Level}:
        yield Problem("level", N_("Choose one of the answers."))
