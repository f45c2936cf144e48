"""The register of bodies: entered once under their reference code, changed with a record of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from consult import clock, search
from consult.accounts.access import Actor, demand
from consult.accounts.body_models import BodyName
from consult.accounts.body_words import Level
from consult.accounts.events import BodyChanged, BodyRegistered
from consult.accounts.models import Body, folded_names
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


class Entered(StrEnum):
    """What entering a body came to."""

    REGISTERED = "registered"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


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


def change_body(draft: BodyDraft, *, actor: Actor) -> Body:
    """Change the facts of the body with the draft's code; recorded only if something differs. Raises Rejected, NotFound."""
    with transaction():
        demand(actor, "body.register")
        body = body_by_key(draft.key)
        if body is None:
            raise NotFound
        _change(body, draft, actor)
        return body


def enter_body(draft: BodyDraft, *, actor: Actor) -> tuple[Body, Entered]:
    """Register a body, change it, or leave it as it is: for imports, where again must be idempotent. Raises Rejected.

    A file that knows no level leaves it, and one that is older than a change of name does not take the name back.
    """
    with transaction():
        demand(actor, "body.register")
        body = body_by_key(draft.key)
        if body is None:
            return _register(draft, actor), Entered.REGISTERED
        names = body.names if _was_called(body, draft.names) else draft.names
        draft = replace(draft, level=draft.level or body.level, names=names)
        return body, Entered.CHANGED if _change(body, draft, actor) else Entered.UNCHANGED


def _was_called(body: Body, names: Localized) -> bool:
    former = session.scalars(sa.select(BodyName.names).where(BodyName.body_id == body.id))
    return any(dict(one) == dict(names) for one in former)


def _register(draft: BodyDraft, actor: Actor) -> Body:
    if problems := list(body_problems(draft)):
        raise Rejected(problems)
    body = Body(**{"id": new_id(), "key": draft.key, "valid_from": clock.now(), **_facts(draft)})
    session.add(body)
    session.flush()
    record(BodyRegistered(body=body.id, key=body.key, kind=body.kind), actor=actor.person)
    return body


def _change(body: Body, draft: BodyDraft, actor: Actor) -> bool:
    if problems := list(body_problems(draft)):
        raise Rejected(problems)
    different = {name: value for name, value in _facts(draft).items() if getattr(body, name) != value}
    for name, value in different.items():
        setattr(body, name, value)
    if different:
        session.flush()
        search.refresh_of_body(body.id)
        record(BodyChanged(body=body.id, key=body.key), actor=actor.person)
    return bool(different)


def _facts(draft: BodyDraft) -> dict[str, Any]:
    since = {"valid_from": datetime.combine(draft.since, time(), UTC)} if draft.since else {}
    return since | {
        "kind": draft.kind,
        "names": draft.names,
        "level": draft.level,
        "search_names": folded_names(draft.names),
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
    if not _KIND.fullmatch(draft.kind):
        yield Problem("kind", N_("Choose the kind of body."))
    if not draft.names:
        yield Problem("names", N_("Write the name in at least one language."))
    if draft.level not in {"", *Level}:
        yield Problem("level", N_("Choose one of the answers."))
    if draft.parent_key and (draft.parent_key == draft.key or not _KEY.fullmatch(draft.parent_key)):
        yield Problem("parent_key", N_("Write the code of another body of the register."))
