"""The register of bodies: entered once under their reference code, changed with a record of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any

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


def register_body(draft: BodyDraft, *, actor: Actor) -> Body:
    """Enter a body; Rejected if the draft is wrong or its code is taken."""
    with transaction():
        demand(actor, "body.register")
        if body_by_key(draft.key) is not None:
            raise Rejected(N_("There is a body with this code already."), field="key")
        return _register(draft, actor)


def write_body(draft: BodyDraft, actor: Actor) -> Body:
    """Enter a body inside the transaction of a service that has asked for permission. Raises Rejected."""
    if body_by_key(draft.key) is not None:
        raise Rejected(N_("There is a body with this code already."), field="key")
    return _register(draft, actor)


def correct_body(draft: BodyDraft, *, actor: Actor) -> Body:
    """Put right what is wrong about the body with the draft's code, without a trace but in the log. Raises Rejected, NotFound.

    What changed about the body itself is told by `body_life.change_body`.
    """
    with transaction():
        demand(actor, "body.register")
        body = body_by_key(draft.key)
        if body is None:
            raise NotFound
        _correct(body, draft, actor)
        return body


#: What a body may be for a while: it is kept when it changes.
STATE = ("names", "kind", "level", "region", "district", "parent_key")


def _register(draft: BodyDraft, actor: Actor) -> Body:
    if problems := list(body_problems(draft)):
        raise Rejected(problems)
    body = Body(**{"id": new_id(), "key": draft.key, "valid_from": clock.now(), **_facts(draft)})
    session.add(body)
    session.flush()
    record(BodyRegistered(body=body.id, key=body.key, kind=body.kind), actor=actor.person)
    return body


def differences(body: Body, draft: BodyDraft) -> dict[str, Any]:
    """Return what a draft says otherwise than the body, by column. Raises Rejected for a draft that is wrong."""
    if problems := list(body_problems(draft)):
        raise Rejected(problems)
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


def body_problems(draft: BodyDraft) -> Iterator[Problem]:
    """Yield what is wrong with a draft."""
    if not _KEY.fullmatch(draft.key):
        yield Problem("key", N_("Write a code of letters, digits and . _ : / - without spaces."))
    yield from state_problems(draft.names, draft.kind, draft.level)
    yield from parent_problems(draft.parent_key, draft.key)


def parent_problems(parent_key: str, key: str) -> Iterator[Problem]:
    """Yield what is wrong with the code of the body above one; that it stands in the register already is not asked."""
    if parent_key and (parent_key == key or not _KEY.fullmatch(parent_key)):
        yield Problem("parent_key", N_("Write the code of another body of the register."))


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
