"""A new key for the log: named by the former one, or, where that was lost or stolen, begun by two administrators without it.

The private halves lie in one file, the newest first. The former one can be destroyed once a new one signs: what it signed is
verified by its public half, which is written down for good (`events.log_keys`).
"""

from __future__ import annotations

import uuid
from contextlib import suppress
from pathlib import Path

import sqlalchemy as sa

from consult import clock
from consult.accounts.access import Actor, Role, demand
from consult.accounts.events import KeyForgotten, LogKeyRenewed, LogKeyReplaced
from consult.accounts.four_eyes import GONE, Kind, ask_second, confirm_second, digest_of, waiting_acts, withdraw_second
from consult.accounts.keys import alone, write_key
from consult.accounts.roles import open_holders
from consult.db import dialect_name, session, transaction
from consult.errors import Conflict, Forbidden, Rejected
from consult.events.checkpoint import leaves_of
from consult.events.keys import LOG_KEY, Signer, new_seed
from consult.events.log_keys import (
    AWAY,
    BROKEN,
    LOST,
    RENEWED,
    STOLEN,
    PublicKey,
    change_note,
    change_text,
    enter_first_key,
    public_keys,
)
from consult.events.merkle import root
from consult.events.models import INSTANCE, KeyChange, LogKey, Stream
from consult.events.record import record
from consult.i18n import N_
from consult.runtime import runtime


def write_down_the_log_key() -> None:
    """Write down the public half of the key that signs, where that has not been done: were it lost before, nobody would know it.

    Not where the private half is away, nor where nothing has happened yet: another instance may be copied there, with its keys.
    """
    with suppress(Conflict), transaction():
        if session.scalar(sa.select(sa.exists().select_from(Stream))):
            enter_first_key()


def renew_log_key(*, actor: Actor) -> PublicKey:
    """Let a new key sign the log from now on, which the former one names in every stream; return it.

    It can be interrupted anywhere and begun again. Where a vault hands the keys over, the new one is put there before the
    former. Raises Forbidden, Conflict where the former key or, from a vault, the new one is not there.
    """
    demand(actor, "keys.renew")
    with alone(_path()):
        with transaction():
            enter_first_key()
        following = _following(RENEWED)
        with transaction():
            _lock_streams()
            return _change(following, RENEWED, actor)


def forget_former_log_keys(*, actor: Actor) -> int:
    """Destroy the private halves of the keys that sign no more; return how many there were. Raises Forbidden, Conflict."""
    demand(actor, "keys.renew")
    _refuse_a_vault()
    with alone(_path()):
        signer = runtime().signer.of(_newest().public)
        if signer is None:
            raise Conflict(AWAY)
        former = len(runtime().signer.held()) - 1
        if former:
            with transaction():
                record(KeyForgotten(LOG_KEY, 0), actor=actor.person)
                write_key(_path(), _seed(signer).encode())  # what could not be destroyed is not said to be
    return former


def _newest() -> PublicKey:
    """Return the key that signs, or will; raises Conflict where there is none."""
    keys = public_keys()
    if not keys:
        raise Conflict(AWAY)
    return keys[-1]


def ask_replacement(why: str, *, actor: Actor) -> None:
    """Ask for a new key without the former one, because it was lost or stolen; another administrator confirms.

    Raises Forbidden, Rejected for another reason, Conflict where nobody could confirm, nothing was signed yet, the key is not
    lost, or where it waits already.
    """
    with transaction():
        demand(actor, "log_key.replace")
        if why not in BROKEN:
            raise Rejected(N_("Choose one of the two."), field="why")
        if not open_holders(Role.ADMINISTRATOR, None) - {actor.person}:
            raise Conflict(N_("There is one administrator only: nobody could confirm. Another one is needed first."))
        key = _newest()
        if key.since is None:
            raise Conflict(N_("Nothing was signed yet: there is no key to give up."))
        if why == LOST and runtime().signer.of(key.public):
            raise Conflict(
                N_("The key is not lost: its private half is there. The operator renews it, and the chain goes on.")
            )
        ask_second(Kind.LOG_KEY, INSTANCE, _digest(why), consultation=None, details={"why": why}, actor=actor)


def confirm_replacement(act: uuid.UUID, *, actor: Actor) -> PublicKey:
    """Begin the new key that another administrator asked for, and say in every stream that the chain is broken there.

    Raises Forbidden, Conflict where it no longer waits, the key has changed since, or, from a vault, no new one is there.
    """
    demand(actor, "log_key.replace")
    with alone(_path()):
        asked = next((one for one in waiting_acts(None, Kind.LOG_KEY) if one.id == act), None)
        if asked is None:
            raise Conflict(GONE)
        if asked.by == actor.person:
            raise Forbidden
        why = str(asked.details["why"])
        following = _following(why)
        with transaction():
            demand(actor, "log_key.replace")
            _lock_streams()
            confirm_second(act, Kind.LOG_KEY, _digest(why), consultation=None, actor=actor)
            return _change(following, why, actor)


def withdraw_replacement(act: uuid.UUID, *, actor: Actor) -> None:
    """Withdraw what one asked for, or refuse what another administrator did. Raises Forbidden, Conflict."""
    with transaction():
        demand(actor, "log_key.replace")
        withdraw_second(act, Kind.LOG_KEY, consultation=None, actor=actor)


def _digest(why: str) -> str:
    """Return a hash of what will happen: which key is given up, and why."""
    keys = public_keys()
    return digest_of({"kind": Kind.LOG_KEY, "key": keys[-1].line if keys else "", "why": why})


def _path() -> Path:
    return runtime().signer.path


def _refuse_a_vault() -> None:
    if runtime().settings.keys_from_credentials:
        raise Conflict(N_("This key is handed over by a vault: change it there."))


def _following(ended: str) -> Signer:
    """Return the key that will sign: the first in the file if it never signed, else one that is made and put there.

    Whoever stole the former one from the file has what lay beside it too.
    """
    known, held = {one.public for one in public_keys()}, runtime().signer.held()
    from_vault = runtime().settings.keys_from_credentials
    if held and held[0].public not in known and (ended != STOLEN or from_vault):
        return held[0]
    if from_vault:
        raise Conflict(N_("A vault hands the keys over: put the new key there first, before the former one."))
    write_key(_path(), "\n".join([new_seed(), *map(_seed, held)]).encode())
    return runtime().signer.held()[0]


def _seed(signer: Signer) -> str:
    return signer.key.private_bytes_raw().hex()


def _lock_streams() -> None:
    """Wait until nobody records or signs, and keep everybody waiting: no stream begins, and none is signed, meanwhile."""
    if dialect_name() == "postgresql":  # on SQLite whoever writes is alone
        session.execute(sa.text("LOCK TABLE stream IN EXCLUSIVE MODE"))


def _change(following: Signer, ended: str, actor: Actor) -> PublicKey:
    current = session.scalars(sa.select(LogKey).where(LogKey.until.is_(None))).one()
    former = runtime().signer.of(current.public) if ended == RENEWED else None
    if ended == RENEWED and former is None:
        raise Conflict(AWAY)
    now, sizes = clock.now(), {}
    for stream in session.scalars(sa.select(Stream.id).order_by(Stream.id)).all():
        leaves = leaves_of(stream)
        top, sizes[stream] = root(leaves), len(leaves)
        text = change_text(stream, len(leaves), top, now, (current.public, following.public), ended)
        note = change_note(text, former, following)
        session.add(KeyChange(stream_id=stream, number=current.number, size=len(leaves), root=top, note=note, at=now))
    current.until, current.ended = now, ended
    new = PublicKey(current.number + 1, following.public, now, None, "")
    session.add(LogKey(number=new.number, public=new.public, since=now))
    session.flush()
    for stream, size in sizes.items():
        told = (
            LogKeyRenewed(new.number, new.line, size)
            if ended == RENEWED
            else LogKeyReplaced(new.number, new.line, size, ended)
        )
        record(told, stream=stream, actor=actor.person)
    return new
