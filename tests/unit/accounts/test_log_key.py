"""A new key for the log: what the former one signed verifies from public halves alone, and it signs nothing any more."""

from __future__ import annotations

import random
import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask import Flask

from consult import clock
from consult.accounts.access import OPERATOR, Held, Role
from consult.accounts.events import SignedOut
from consult.accounts.four_eyes import Kind, waiting_acts
from consult.accounts.log_key import (
    ask_replacement,
    confirm_replacement,
    forget_former_log_keys,
    renew_log_key,
    withdraw_replacement,
    write_down_the_log_key,
)
from consult.accounts.models import Person
from consult.accounts.roles import give_role
from consult.db import new_id, session, transaction
from consult.errors import Conflict, Forbidden, Rejected
from consult.events.checkpoint import latest_checkpoint, sign_checkpoint, verify_kept, verify_log
from consult.events.keys import Signer, key_line, new_seed, signed_note, verify_note
from consult.events.log_keys import changes_in, public_keys, spans_in
from consult.events.models import INSTANCE, Checkpoint, EventRow, KeyChange, LogKey
from consult.events.record import record
from consult.runtime import Runtime, running, runtime
from consult.testing.world import World

OTHER = uuid.UUID(int=77)


def _record(count: int, stream: uuid.UUID = INSTANCE) -> None:
    for _ in range(count):
        with transaction():
            record(SignedOut(sign_in=new_id()), stream=stream, actor=None)


def _sign(stream: uuid.UUID = INSTANCE) -> str:
    with transaction():
        return sign_checkpoint(stream).note


def _faults() -> Sequence[tuple[str, str]]:
    return [(fault.kind, fault.detail) for fault in verify_log()[1]]


def _only_public_halves_of_before() -> None:
    """Destroy the private halves that sign no more, as an operator does."""
    forget_former_log_keys(actor=OPERATOR)
    assert [one.public for one in runtime().signer.held()] == [public_keys()[-1].public]


def test_the_former_key_names_the_new_one_in_every_stream(app: Flask) -> None:
    _record(3)
    _record(2, OTHER)
    kept = [_sign(), _sign(OTHER)]
    former = runtime().signer.held()[0]
    new = renew_log_key(actor=OPERATOR)
    assert (new.number, new.public == former.public) == (2, False)
    for stream, name, size in ((INSTANCE, "instance", 3), (OTHER, str(OTHER), 2)):
        change = changes_in(stream)[1]
        lines = verify_note(change.note, "consult", former.public).splitlines()
        assert verify_note(change.note, "consult", new.public).splitlines() == lines
        assert lines[:2] == [f"consult/{name}", str(size)]
        assert lines[4:] == [
            f"former key {key_line('consult', former.public)}",
            f"next key {key_line('consult', new.public)}",
            "renewed",
        ]
        told = session.scalars(sa.select(EventRow).where(EventRow.stream_id == stream, EventRow.seq == size + 1)).one()
        assert (told.type, told.facts) == ("LogKeyRenewed", {"number": 2, "key": new.line, "size": size})
        newest = latest_checkpoint(stream)
        assert newest is not None
        assert verify_note(newest.note, "consult", new.public).splitlines()[1] == str(size + 1)
        assert [(span.key.number, span.first, span.last) for span in spans_in(stream)] == [
            (1, 1, size),
            (2, size + 1, None),
        ]
    _only_public_halves_of_before()
    _record(2)
    _sign()
    assert verify_log() == (10, [])
    assert [verify_kept(note).key.number for note in kept] == [1, 1]


def test_a_stream_that_began_later_knows_the_new_key_alone(app: Flask) -> None:
    _record(1)
    renew_log_key(actor=OPERATOR)
    _record(2, OTHER)
    _sign(OTHER)
    assert [(span.key.number, span.first) for span in spans_in(OTHER)] == [(2, 1)]
    renew_log_key(actor=OPERATOR)
    _only_public_halves_of_before()
    assert [(span.key.number, span.first, span.last) for span in spans_in(OTHER)] == [(2, 1, 2), (3, 3, None)]
    assert _faults() == []


def test_a_key_signs_nothing_outside_its_span(app: Flask) -> None:
    """Neither the former one after its time, nor the new one before: also where the root is right."""
    _record(3)
    _sign()
    former = runtime().signer.held()[0]
    renew_log_key(actor=OPERATOR)
    new = runtime().signer.held()[0]
    right = latest_checkpoint(INSTANCE)
    assert right is not None
    forged = signed_note(right.note.partition("\n\n")[0] + "\n", former)
    with pytest.raises(ValueError, match="key 1 signed it, which signs events 1 to 3 and no others"):
        verify_kept(forged)
    early = session.scalars(sa.select(Checkpoint.note).where(Checkpoint.size == 3)).one()
    with pytest.raises(ValueError, match="key 2 signed it, which signs events 4 to the newest and no others"):
        verify_kept(signed_note(early.partition("\n\n")[0] + "\n", new))
    with transaction():
        session.execute(sa.update(Checkpoint).where(Checkpoint.id == right.id).values(note=forged))
    assert _faults() == [("checkpoint", "key 1 signed it, which signs events 1 to 3 and no others")]


def test_a_renewal_that_was_interrupted_is_begun_again(app: Flask) -> None:
    """The new key lies in the file and has signed nothing: the former one signs, and the next renewal takes that one."""
    _record(1)
    _sign()
    path = runtime().signer.path
    former, waiting = path.read_text(), new_seed()
    path.write_text(f"{waiting}\n{former}")
    _record(1)
    note = _sign()
    assert verify_kept(note).key.number == 1
    assert renew_log_key(actor=OPERATOR).public == runtime().signer.held()[0].public
    assert path.read_text().split() == [waiting, former]
    assert _faults() == []
    with pytest.raises(Forbidden):
        renew_log_key(actor=replace(OPERATOR, operator=False))


def test_without_its_private_half_nothing_is_signed_and_nothing_else_signs(app: Flask) -> None:
    _record(1)
    _sign()
    path = runtime().signer.path
    kept = path.read_text()
    for content in (None, new_seed()):
        path.unlink() if content is None else path.write_text(content)
        _record(1)
        with pytest.raises(Conflict, match="cannot be signed"):
            _sign()
        with pytest.raises(Conflict, match="cannot be signed"):
            renew_log_key(actor=OPERATOR)
        with pytest.raises(Conflict, match="cannot be signed"):
            forget_former_log_keys(actor=OPERATOR)
        assert _faults() == [("key", "the private half of the key that signs now is not there")]
    path.write_text(kept)
    _sign()
    assert _faults() == []


def test_a_key_made_anew_signs_on_and_says_that_it_did_not_sign_what_is_there(app: Flask) -> None:
    """An instance of before, whose key was lost and made anew: it goes on, and each checkpoint of before is called false."""
    _record(1)
    _sign()
    with transaction():
        session.execute(sa.delete(LogKey))
    runtime().signer.path.write_text(new_seed())
    write_down_the_log_key()
    assert len(session.scalars(sa.select(LogKey)).all()) == 1
    _record(1)
    _sign()
    assert ("checkpoint", "the note is not signed by a key of this log") in _faults()


@pytest.fixture
def second(world: World) -> World:
    """A world with another administrator, who is called second."""
    world.people["second"] = world.people["zuwara"]
    with transaction():
        give_role(
            session.get_one(Person, world.people["second"]),
            Held(Role.ADMINISTRATOR),
            reason="for the test",
            actor=OPERATOR,
        )
    return world


def _act() -> uuid.UUID:
    return waiting_acts(None, Kind.LOG_KEY)[0].id


def test_a_lost_key_is_given_up_by_two_and_the_log_says_so(second: World) -> None:
    here = second.consultation_id
    first, other = second.actor("administrator"), second.actor("second")
    _record(2, here)
    kept = _sign(here)
    size = int(kept.splitlines()[1])
    runtime().signer.path.unlink()
    ask_replacement("lost", actor=first)
    with pytest.raises(Forbidden):
        confirm_replacement(_act(), actor=first)
    with pytest.raises(Forbidden):
        confirm_replacement(_act(), actor=second.actor("organiser"))
    new = confirm_replacement(_act(), actor=other)
    assert (new.number, public_keys()[0].ended) == (2, "lost")
    change = changes_in(here)[1]
    assert verify_note(change.note, "consult", new.public).splitlines()[-1] == "lost"
    with pytest.raises(ValueError, match="not signed by this key"):
        verify_note(change.note, "consult", public_keys()[0].public)
    told = session.scalars(
        sa.select(EventRow).where(EventRow.type == "LogKeyReplaced", EventRow.stream_id == here)
    ).one()
    assert told.facts == {"number": 2, "key": new.line, "size": size, "why": "lost"}
    assert _faults() == []
    assert (verify_kept(kept).size, verify_kept(kept).key.number) == (size, 1)


def test_a_stolen_key_signs_no_more_and_what_lay_beside_it_never_does(second: World) -> None:
    _sign()
    path = runtime().signer.path
    stolen = runtime().signer.held()[0]
    waiting = new_seed()
    path.write_text(f"{waiting}\n{path.read_text()}")
    ask_replacement("stolen", actor=second.actor("administrator"))
    new = confirm_replacement(_act(), actor=second.actor("second"))
    assert path.read_text().split()[1] == waiting
    assert new.public == runtime().signer.held()[0].public
    _only_public_halves_of_before()
    right = latest_checkpoint(INSTANCE)
    assert right is not None
    with pytest.raises(ValueError, match="key 1 signed it"):
        verify_kept(signed_note(right.note.partition("\n\n")[0] + "\n", stolen))
    assert _faults() == []


def test_who_may_give_a_key_up_and_when(second: World) -> None:
    administrator = second.actor("administrator")
    with pytest.raises(Forbidden):
        ask_replacement("stolen", actor=second.actor("organiser"))
    with transaction():
        session.execute(sa.delete(LogKey))
    with pytest.raises(Conflict, match="Nothing was signed yet"):
        ask_replacement("stolen", actor=administrator)
    _sign()
    with pytest.raises(Rejected):
        ask_replacement("mislaid", actor=administrator)
    with pytest.raises(Conflict, match="not lost"):
        ask_replacement("lost", actor=administrator)
    ask_replacement("stolen", actor=administrator)
    with pytest.raises(Conflict, match="waits for a second"):
        ask_replacement("stolen", actor=second.actor("second"))
    act = _act()
    renew_log_key(actor=OPERATOR)
    with pytest.raises(Conflict, match="changed since"):
        confirm_replacement(act, actor=second.actor("second"))
    withdraw_replacement(act, actor=second.actor("second"))
    with pytest.raises(Conflict, match="no longer waits"):
        confirm_replacement(act, actor=second.actor("second"))


def test_one_administrator_alone_gives_no_key_up(world: World) -> None:
    _record(1)
    _sign()
    with pytest.raises(Conflict, match="one administrator only"):
        ask_replacement("stolen", actor=world.actor("administrator"))


def test_a_vault_changes_the_key_and_consult_takes_it(app: Flask) -> None:
    _record(1)
    _sign()
    parts = runtime()
    vault = replace(parts.settings, keys_from_credentials=True, credentials_directory=str(parts.signer.path.parent))
    with running(Runtime(vault, parts.hooks, parts.readers, parts.signer)):
        for act in (renew_log_key, forget_former_log_keys):
            with pytest.raises(Conflict, match=r"[Vv]ault"):
                act(actor=OPERATOR)
        put = new_seed()
        parts.signer.path.write_text(f"{put}\n{parts.signer.path.read_text()}")
        assert renew_log_key(actor=OPERATOR).number == 2
        parts.signer.path.write_text(put)
        assert _faults() == []


def _chain() -> Sequence[Signer]:
    """Make a log with three keys and checkpoints of each in two streams, and return the private halves."""
    for number in range(3):
        for stream in (INSTANCE, OTHER):
            _record(2, stream)
            _sign(stream)
        if number < 2:
            with clock.at(clock.now() + timedelta(days=number + 1)):
                renew_log_key(actor=OPERATOR)
    held = list(runtime().signer.held())
    assert _faults() == []
    return held


def _everything() -> list[tuple[str, str]]:
    """Return every statement that a tamperer tries on the chain, with what verification calls it."""
    foreign = "X'" + "07" * 32 + "'"
    return [
        ("DELETE FROM log_key_change WHERE number = 1", "key"),
        ("DELETE FROM log_key_change WHERE number = 2", "key"),
        ("DELETE FROM log_key_change", "key"),
        ("UPDATE log_key_change SET size = size - 1", "key"),
        (
            "UPDATE log_key_change SET note = (SELECT note FROM log_key_change AS other"
            " WHERE other.stream_id = log_key_change.stream_id AND other.number = 3 - log_key_change.number)",
            "key",
        ),
        ("UPDATE log_key_change SET note = replace(note, 'renewed', 'lost')", "key"),
        (f"UPDATE log_key SET public = {foreign} WHERE number = 1", "key"),
        (f"UPDATE log_key SET public = {foreign} WHERE number = 3", "key"),
        ("UPDATE log_key SET until = since WHERE number = 1", "key"),
        ("UPDATE log_key SET until = NULL WHERE number = 2", "key"),
        ("UPDATE log_key SET ended = 'lost' WHERE number = 1", "key"),
        ("UPDATE event SET type = 'SignedOut' WHERE type = 'LogKeyRenewed'", "altered"),
        ("UPDATE checkpoint SET note = replace(note, 'consult/', 'insult/')", "checkpoint"),
    ]


@pytest.mark.parametrize("number", range(13))
def test_every_tampering_with_the_chain_is_named(app: Flask, engine: str, number: int) -> None:
    _chain()
    statement, kind = _everything()[number]
    if engine == "postgresql":
        statement = statement.replace("X'" + "07" * 32 + "'", f"'\\x{'07' * 32}'")
    with transaction():
        session.execute(sa.text(statement))
    assert kind in [kind for kind, _ in _faults()]


def test_a_chain_of_a_strangers_keys_hangs_on_nothing(app: Flask) -> None:
    """Whoever holds the database, and none of our keys, signs everything anew with their own: the file gives them away."""
    _chain()
    theirs = Signer("consult", Ed25519PrivateKey.generate())
    with transaction():
        session.execute(sa.delete(KeyChange))
        session.execute(sa.delete(LogKey).where(LogKey.number > 1))
        session.execute(sa.update(LogKey).values(public=theirs.public, until=None, ended=""))
        for point in session.scalars(sa.select(Checkpoint)):
            point.note = signed_note(point.note.partition("\n\n")[0] + "\n", theirs)
    assert ("key", "the private half of the key that signs now is not there") in _faults()


def test_no_changed_letter_of_a_note_passes(app: Flask) -> None:
    """A hundred changes of one letter in the notes between keys and in checkpoints: each is found."""
    _chain()
    chance, missed = random.Random(7), []
    for model in (KeyChange, Checkpoint):
        rows = session.scalars(sa.select(model).where(model.stream_id == OTHER)).all()
        notes: dict[object, str] = {(row.size): row.note for row in rows}
        for _ in range(50):
            size = chance.choice(list(notes))
            note = notes[size]
            place = chance.randrange(len(note) - 1)
            other = chance.choice([letter for letter in "abcXYZ019+/ \n" if letter != note[place]])
            with transaction():
                session.execute(
                    sa.update(model)
                    .where(model.stream_id == OTHER, model.size == size)
                    .values(note=note[:place] + other + note[place + 1 :])
                )
            if not _faults():
                missed.append((model.__tablename__, place, note[place], other))
            with transaction():
                session.execute(sa.update(model).where(model.stream_id == OTHER, model.size == size).values(note=note))
    assert missed == []
