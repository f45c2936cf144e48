"""Files of a testimony: sealed in pieces, found by nobody without the key, taken by readers on record, gone with the testimony."""

from __future__ import annotations

import uuid
from datetime import timedelta
from io import BytesIO

import pytest
import sqlalchemy as sa

from consult import clock
from consult.accounts.access import OPERATOR, Actor
from consult.attachments import Kind
from consult.attachments.brought import BroughtDocument
from consult.db import session
from consult.errors import Conflict, Forbidden, NotFound, Rejected, TooManyTries
from consult.events.models import INSTANCE, EventRow
from consult.runtime import runtime
from consult.testimony import files
from consult.testimony.content import TestimonyDraft
from consult.testimony.keys import key_path
from consult.testimony.models import Testimony, TestimonyFile, TestimonyOffer, TestimonyPiece
from consult.testimony.queries import readings_of
from consult.testimony.sealing import PIECE, WrongKey, new_data_key, seal_pieces, unseal_pieces
from consult.testimony.services import (
    add_file,
    hand_in,
    prepare,
    read_testimony,
    remove_file,
    rotate_key,
    still_here,
    take_file,
    withdraw,
)
from consult.testimony.states import TestimonyState
from consult.testing.attached_files import PERSON, docx_parts, picture, zipped
from consult.testing.testimonies import TEXT, back, give, only_number, proved
from consult.testing.world import World

DRAFT = TestimonyDraft(TEXT, "en", ("gcm-1",), "south", "ask")
ONCE, OTHER = uuid.UUID(int=7), uuid.UUID(int=8)
NAME = "وثيقة سرية.jpg"


def added(world: World, form: str, once: uuid.UUID = ONCE, content: bytes = b"", name: str = NAME) -> None:
    """Add a file, a picture if no other content is given."""
    brought = BroughtDocument(name, BytesIO(content or picture()))
    add_file(brought, once=once, form=form, consultation=world.consultation)


def count(model: type[TestimonyFile | TestimonyPiece]) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


def refused(world: World, form: str, **given: bytes) -> list[tuple[str, str]]:
    with pytest.raises(Rejected) as refusal:
        added(world, form, **given)  # type: ignore[arg-type]
    return [(one.field, str(one.message)) for one in refusal.value.problems]


@pytest.mark.parametrize(("size", "pieces"), [(0, 1), (1, 1), (PIECE, 1), (PIECE + 1, 2), (5 * PIECE, 8)])
def test_a_size_tells_no_more_than_a_power_of_two(size: int, pieces: int) -> None:
    key, content = new_data_key(), b"\0x" * (size // 2) + b"y" * (size % 2)
    sealed = seal_pieces(key, content, ONCE)
    assert ({len(each) for each in sealed}, len(sealed)) == ({PIECE + 28}, pieces)
    assert unseal_pieces(key, sealed, size, ONCE) == content


def test_a_piece_opens_in_no_other_place() -> None:
    key, content = new_data_key(), b"x" * (PIECE + 5)
    one, two = seal_pieces(key, content, ONCE)
    wrong = (
        ([two, one], ONCE, key),
        ([one], ONCE, key),
        ([one, two], OTHER, key),
        ([one, two], ONCE, new_data_key()),
        ([one, two[:-1] + bytes([two[-1] ^ 1])], ONCE, key),
    )
    for sealed, file, with_key in wrong:
        with pytest.raises(WrongKey):
            unseal_pieces(with_key, sealed, len(content), file)
    with pytest.raises(WrongKey):
        unseal_pieces(key, [one, two], 3 * PIECE, ONCE)


def test_a_file_is_added_right_after_handing_in_and_when_coming_back(here: World) -> None:
    prepared = prepare(DRAFT, consultation=here.consultation, language="en")
    typed = [prepared.words[at - 1] for at in prepared.asked]
    form = hand_in(prepared.form, typed, consultation=here.consultation)
    added(here, form)
    assert hand_in(prepared.form, typed, consultation=here.consultation)  # pressed twice: the same testimony
    again = back(here, prepared.words)
    added(here, again.form, OTHER, zipped(docx_parts()), "C:\\Users\\salma\\letter.docx")
    found = still_here(again.form, consultation=here.consultation).testimony.files
    assert [(one.name, one.kind) for one in found] == [("وثيقة سرية", Kind.JPEG), ("letter", Kind.DOCX)]
    assert session.query(Testimony).one().state == TestimonyState.WAITING


def test_the_same_press_twice_adds_one_and_a_file_makes_it_wait_again(here: World) -> None:
    form = back(here, give(here)).form
    read_testimony(only_number(), consultation=here.consultation, actor=proved(here, "moderator"))
    added(here, form)
    added(here, form)
    assert (count(TestimonyFile), session.query(Testimony).one().state) == (1, TestimonyState.WAITING)


def test_a_reader_takes_a_file_without_what_it_carried_and_that_is_recorded(here: World) -> None:
    added(here, back(here, give(here)).form)
    number, reader = only_number(), proved(here, "moderator")
    taken = take_file(ONCE, number=number, consultation=here.consultation, actor=reader)
    assert (taken.kind, taken.position, taken.content[:2]) == (Kind.JPEG, 1, b"\xff\xd8")
    assert PERSON.encode() not in taken.content
    event = session.scalars(sa.select(EventRow).where(EventRow.type == "TestimonyFileOpened")).one()
    facts = {"consultation": str(here.consultation_id), "testimony": number}
    assert (event.stream_id, event.actor_id, event.facts) == (INSTANCE, reader.person, facts)
    assert [(one.number, one.file) for one in readings_of(here.consultation_id)] == [(number, True)]


@pytest.mark.parametrize("who", ["organiser", "administrator", "ghat", "operator"])
def test_nobody_else_takes_a_file(here: World, who: str) -> None:
    added(here, back(here, give(here)).form)
    actor: Actor = OPERATOR if who == "operator" else here.actor(who)
    with pytest.raises(Forbidden):
        take_file(ONCE, number=only_number(), consultation=here.consultation, actor=actor)
    assert session.scalar(sa.select(sa.func.count()).where(EventRow.type == "TestimonyFileOpened")) == 0


def test_a_file_belongs_to_one_testimony(here: World) -> None:
    added(here, back(here, give(here)).form)
    number, form = only_number(), back(here, give(here, "Another.")).form
    other = session.scalars(sa.select(Testimony.number).where(Testimony.number != number)).one()
    with pytest.raises(NotFound):
        take_file(ONCE, number=other, consultation=here.consultation, actor=proved(here, "moderator"))
    remove_file(ONCE, form=form, consultation=here.consultation)
    assert count(TestimonyFile) == 1


def test_what_is_taken_away_or_withdrawn_leaves_no_piece(here: World) -> None:
    form = back(here, give(here)).form
    added(here, form)
    added(here, form, OTHER)
    remove_file(ONCE, form=form, consultation=here.consultation)
    assert [one.id for one in still_here(form, consultation=here.consultation).testimony.files] == [OTHER]
    assert (count(TestimonyFile), count(TestimonyPiece)) == (1, 1)
    withdraw(form=form, consultation=here.consultation)
    assert (count(TestimonyFile), count(TestimonyPiece)) == (0, 0)
    with pytest.raises(Conflict):
        remove_file(OTHER, form=form, consultation=here.consultation)


def test_with_another_key_the_same_pieces_open(here: World) -> None:
    added(here, back(here, give(here)).form)
    before = session.scalars(sa.select(TestimonyPiece.sealed)).all()
    path = key_path(runtime().settings)
    assert path is not None
    rotate_key(path, actor=OPERATOR)
    assert session.scalars(sa.select(TestimonyPiece.sealed)).all() == before
    reader = proved(here, "moderator")
    assert take_file(ONCE, number=only_number(), consultation=here.consultation, actor=reader).content


def test_a_refused_file_says_why_and_nothing_is_kept(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    form = back(here, give(here)).form
    [(field, why)] = refused(here, form, content=b"#!/bin/sh\n")
    assert (field, "This is no file of a kind that is taken." in why) == ("file", True)
    monkeypatch.setattr(files, "MOST_FILES", 0)
    assert refused(here, form)[0][0] == "file"
    with clock.at(clock.now() + timedelta(hours=2)):
        assert refused(here, form)[0][0] == "codename"
    assert (count(TestimonyFile), session.get_one(TestimonyOffer, here.consultation_id).files) == (0, 0)


def test_files_of_a_day_are_counted_together_and_limited(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    words = give(here)
    form = back(here, words).form
    monkeypatch.setattr(files, "MOST_A_DAY", 1)
    added(here, form)
    with pytest.raises(TooManyTries):
        added(here, form, OTHER)
    assert count(TestimonyFile) == 1
    with clock.at(clock.now() + timedelta(days=1)):
        added(here, back(here, words).form, OTHER)
    offer = session.get_one(TestimonyOffer, here.consultation_id, populate_existing=True)
    assert (count(TestimonyFile), offer.files) == (2, 1)
