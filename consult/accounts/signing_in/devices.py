"""The devices somebody is signed in on: what kind they are, as coarse as will do to know them again, and signing them out."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import sqlalchemy as sa

from consult import clock
from consult.accounts.access import Actor
from consult.accounts.events import SignedOut, SignedOutElsewhere
from consult.accounts.models import SignIn
from consult.db import session, transaction
from consult.events.record import record

#: What a browser calls itself -> how it is kept, the first that fits: most of them call themselves others as well.
BROWSERS = (
    ("Edg", "edge"),
    ("SamsungBrowser", "samsung"),
    ("OPR/", "opera"),
    ("Firefox/", "firefox"),
    ("FxiOS/", "firefox"),
    ("CriOS/", "chrome"),
    ("Chromium/", "chrome"),
    ("Chrome/", "chrome"),
    ("Safari/", "safari"),
)
SYSTEMS = (
    ("Android", "android"),
    ("iPhone", "iphone"),
    ("iPad", "ipad"),
    ("Windows", "windows"),
    ("Mac OS X", "mac"),
    ("CrOS", "chromeos"),
    ("Linux", "linux"),
)


def kind_of_device(user_agent: str) -> str:
    """Return browser and system as two of our own words (`firefox android`), `other` for what we do not know.

    Neither a version nor a model is kept: enough to know one's own telephone from one's own computer, and no more.
    """
    return f"{_first(BROWSERS, user_agent)} {_first(SYSTEMS, user_agent)}"


def _first(kinds: Sequence[tuple[str, str]], user_agent: str) -> str:
    return next((kind for mark, kind in kinds if mark in user_agent), "other")


def end_sign_in(sign_in: uuid.UUID, *, actor: Actor) -> None:
    """Sign out of one device of the actor's own; ending it twice changes nothing."""
    with transaction():
        if sign_in == actor.sign_in:
            end_sign_ins(SignIn.id == sign_in, actor)
        else:
            _end_elsewhere(SignIn.id == sign_in, actor)


def end_all_sign_ins(*, actor: Actor) -> None:
    """Sign out of every device of the actor's own."""
    with transaction():
        end_sign_ins(sa.true(), actor)


def end_other_sign_ins(*, actor: Actor) -> int:
    """Sign out of every device of the actor's own but this one, and return how many there were; they are told by mail."""
    with transaction():
        return _end_elsewhere(SignIn.id.is_distinct_from(actor.sign_in), actor)


def _end_elsewhere(which: sa.ColumnElement[bool], actor: Actor) -> int:
    ended = _end(which, actor)
    if ended and actor.person is not None:
        record(SignedOutElsewhere(person=actor.person, sign_ins=tuple(ended)), actor=actor.person)
    return len(ended)


def end_sign_ins(which: sa.ColumnElement[bool], actor: Actor) -> None:
    """End some of the actor's sign-ins and record each; inside the caller's transaction."""
    for sign_in in _end(which, actor):
        record(SignedOut(sign_in=sign_in), actor=actor.person)


def _end(which: sa.ColumnElement[bool], actor: Actor) -> Sequence[uuid.UUID]:
    return end_sign_ins_of(actor.person, which)


def end_sign_ins_of(person: uuid.UUID | None, which: sa.ColumnElement[bool] | None = None) -> Sequence[uuid.UUID]:
    """End open sign-ins of a person, all or some, and return them; inside the transaction of a service that records it.

    One that was idle for too long or has expired ended by itself.
    """
    return session.scalars(
        sa.update(SignIn)
        .where(sa.true() if which is None else which, SignIn.person_id == person, SignIn.ended_at.is_(None))
        .values(ended_at=clock.now())
        .returning(SignIn.id)
    ).all()
