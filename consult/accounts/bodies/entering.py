"""Entering a body as a row of a file says it: new, put right, changed from a day on, or unchanged; again changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from consult.accounts.access import Actor, demand
from consult.accounts.bodies.life import ENDED, ChangeDraft, Coming, change_body, change_problems
from consult.accounts.bodies.models import BodyState
from consult.accounts.bodies.services import STATE, BodyDraft, body_problems, correct_body, differences, register_body
from consult.accounts.models import Body
from consult.accounts.queries import body_by_key
from consult.db import session, transaction
from consult.errors import Rejected


class Entered(StrEnum):
    """What entering a body comes to."""

    REGISTERED = "registered"
    CORRECTED = "corrected"
    CHANGED = "changed"  # from a day on: what it was is kept
    UNCHANGED = "unchanged"


def enter_body(
    draft: BodyDraft, *, since: date | None = None, actor: Actor, coming: Coming = frozenset
) -> tuple[Body, Entered]:
    """Register a body, change it from a day on, put it right, or leave it as it is. Raises Rejected.

    With a day the row is what the body is from then on (names, kind, level, region, district, the body above it), and its
    source is where the change is written. Without one it is a correction: a file that is older than a change takes nothing
    back. What a row leaves empty beside a day stays, and so does what no file says. Where nobody knows what a body was once,
    no row says it otherwise, and none without a day puts it right.
    """
    with transaction():
        demand(actor, "body.register")
        came_to = what_comes_of(draft, since, coming)
        body = body_by_key(draft.key)
        if body is None:
            return register_body(replace(draft, since=since or draft.since), actor=actor), came_to
        if since is None:
            correct_body(_undated(draft, body), actor=actor)
        elif came_to is Entered.CHANGED:
            change = ChangeDraft(since, draft.source, **_said(draft))
            change_body(change, body=body.id, actor=actor, coming=coming)
        return body, came_to


def what_comes_of(draft: BodyDraft, since: date | None = None, coming: Coming = frozenset) -> Entered:
    """Return what entering a body would come to (3 queries). Raises Rejected with what `enter_body` refuses."""
    if problems := list(body_problems(draft)):
        raise Rejected(problems)
    body = body_by_key(draft.key)
    if body is None:
        return Entered.REGISTERED
    if since is None:
        return Entered.CORRECTED if differences(body, _undated(draft, body)) else Entered.UNCHANGED
    stood = _stood(body, since)
    if any(getattr(stood, name) not in (value, None) for name, value in _said(draft).items()):
        if body.valid_to is not None:
            raise Rejected(ENDED, "since")
        if problems := list(change_problems(ChangeDraft(since, draft.source, **_said(draft)), body, coming)):
            raise Rejected(problems)
        return Entered.CHANGED
    return Entered.UNCHANGED


def _said(draft: BodyDraft) -> Mapping[str, Any]:
    return {name: value for name in STATE if (value := getattr(draft, name))}


def _stood(body: Body, day: date) -> Body | BodyState:
    """Return what a body was on a day, by the record."""
    states = sa.select(BodyState).where(BodyState.body_id == body.id, BodyState.until > day)
    return session.scalars(states.order_by(BodyState.until).limit(1)).first() or body


def _undated(draft: BodyDraft, body: Body) -> BodyDraft:
    """Return a correction without what was true of the body once, what the row does not know and what no file says."""
    draft = replace(draft, level=draft.level or body.level, profile=body.profile, listed=body.listed)
    former = session.scalars(sa.select(BodyState).where(BodyState.body_id == body.id)).all()
    was = {name for name in STATE for one in former if getattr(one, name) in (getattr(draft, name), None)}
    return replace(draft, **{name: getattr(body, name) for name in was})
