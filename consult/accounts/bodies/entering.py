"""Entering a body as a row of a file says it: new, put right, changed from a day on, or unchanged; again changes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from consult.accounts.access import Actor, demand
from consult.accounts.bodies.ending import EndDraft, checked_end, end_body, followers, standing_end
from consult.accounts.bodies.life import ENDED, ChangeDraft, change_body, change_problems
from consult.accounts.bodies.models import BodyState
from consult.accounts.bodies.services import (
    STATE,
    BodyDraft,
    Coming,
    body_problems,
    correct_body,
    differences,
    entry_problems,
    is_kind,
    register_body,
)
from consult.accounts.bodies.words import KIND_LABELS
from consult.accounts.models import Body
from consult.accounts.queries import body_by_key, kinds_of_bodies
from consult.db import new_id, session, transaction
from consult.errors import Problem, Rejected
from consult.i18n import N_
from consult.runtime import runtime

#: Where a file says how a body ended, by what the end calls it.
END_COLUMNS: Mapping[str, str] = {"since": "ended", "source": "ended_source", "successors": "successors"}


class Entered(StrEnum):
    """What entering a body comes to."""

    REGISTERED = "registered"
    CORRECTED = "corrected"
    CHANGED = "changed"  # from a day on: what it was is kept
    UNCHANGED = "unchanged"


def enter_body(
    draft: BodyDraft,
    *,
    since: date | None = None,
    end: EndDraft | None = None,
    actor: Actor,
    coming: Coming = dict,
) -> tuple[Body, Entered]:
    """Register a body, change it from a day on, put it right, or leave it as it is. Raises Rejected.

    With a day the row is what the body is from then on (names, kind, level, region, district, the body above it), and its
    source is where the change is written. Without one it is a correction: a file that is older than a change takes nothing
    back. What a row leaves empty beside a day stays, and so does what no file says. Where nobody knows what a body was once,
    no row says it otherwise, and none without a day puts it right.

    A body that comes with its `end` is registered as one that has ended. None that stands in the register ends by a row: what
    becomes of its seats and mandates is decided on its page.
    """
    with transaction():
        demand(actor, "body.register")
        came_to = what_comes_of(draft, since, coming, end)
        body = body_by_key(draft.key)
        if body is None:
            if end is not None:
                _demand_end(end, draft.key)
            made = register_body(replace(draft, since=since or draft.since), actor=actor, coming=coming)
            return made if end is None else end_body(end, body=made.id, actor=actor), came_to
        if since is None:
            correct_body(_undated(draft, body), actor=actor, coming=coming)
        elif came_to is Entered.CHANGED:
            change = ChangeDraft(since, draft.source, **_said(draft))
            change_body(change, body=body.id, actor=actor, coming=coming)
        return body, came_to


def what_comes_of(
    draft: BodyDraft, since: date | None = None, coming: Coming = dict, end: EndDraft | None = None
) -> Entered:
    """Return what entering a body would come to (3 queries, and 1 for each body above it). Raises Rejected with what `enter_body` refuses."""
    body = body_by_key(draft.key)
    dated = body is not None and since is not None  # what a row says of a body from a day on is asked as a change
    if problems := list(body_problems(draft) if dated else entry_problems(draft, body, coming)):
        raise Rejected(problems)
    if end is not None:
        _demand_same_end(end, body, coming, draft.key)
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


def kind_problems(kind: str) -> Iterator[Problem]:
    """Yield that nobody knows a kind: it is none of the shipped files, of a track or of the register (1 query for such a kind)."""
    if kind in KIND_LABELS or not is_kind(kind):
        return
    others = {*kinds_of_bodies(), *(one for track in runtime().hooks.tracks.values() for one in track.body_kinds)}
    if kind not in others:
        known = ", ".join((*KIND_LABELS, *sorted(others - set(KIND_LABELS))))
        yield Problem("kind", N_("“%(kind)s” is no kind of body. There are: %(known)s.", kind=kind, known=known))


def _demand_end(end: EndDraft, key: str) -> None:
    """Raise Rejected, each problem at its column, for an end that a body which is not in the register yet cannot have."""
    try:
        checked_end(end, Body(id=new_id(), key=key))
    except Rejected as refused:
        raise Rejected([Problem(END_COLUMNS[one.field], one.message) for one in refused.problems]) from None


def _demand_same_end(end: EndDraft, body: Body | None, coming: Coming, key: str) -> None:
    """Raise Rejected where a row says of the end of a body what the register does not."""
    if body is None:
        _demand_end(replace(end, successors=tuple(one for one in end.successors if one not in coming())), key)
        return
    there = standing_end(body.id)
    if there is None:
        raise Rejected(
            N_("This body has not ended in the register. What becomes of its seats is decided on its page."), "ended"
        )
    stands = EndDraft(there.since, there.source, tuple(one.key for one in followers(body.id)))
    if stands != replace(end, successors=tuple(sorted(set(end.successors)))):
        raise Rejected(N_("The register says otherwise how this body ended. It is put right on its page."), "ended")


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
