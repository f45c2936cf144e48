"""Sealing: nothing opens with another key, in another place or after a change, and changing the key touches no text."""

from __future__ import annotations

import uuid

import pytest

from consult.testimony.sealing import (
    LEAST_PADDED,
    NONCE_BYTES,
    Place,
    Ring,
    WrongKey,
    fresh_ring,
    new_data_key,
    open_form,
    ring_as_text,
    ring_from_text,
    seal,
    seal_form,
    unseal,
    unwrap,
    wrap,
)

ROW, OTHER = uuid.UUID(int=1), uuid.UUID(int=2)
PLACE = Place("testimony", ROW, "sealed")
CONTENT = {"text": "ما لا يقال", "topics": ["gcm-1"]}
TAG_BYTES = 16


def test_what_was_sealed_opens_in_its_place_with_its_key() -> None:
    key = new_data_key()
    assert unseal(key, seal(key, CONTENT, PLACE), PLACE) == CONTENT


@pytest.mark.parametrize(
    "place",
    [
        Place("testimony_message", ROW, "sealed"),
        Place("testimony", OTHER, "sealed"),
        Place("testimony", ROW, "wrapped_key"),
        Place("testimony", ROW, "sealed", version=2),
    ],
)
def test_it_opens_in_no_other_place(place: Place) -> None:
    key = new_data_key()
    with pytest.raises(WrongKey):
        unseal(key, seal(key, CONTENT, PLACE), place)


def test_it_opens_with_no_other_key_and_after_no_change() -> None:
    key = new_data_key()
    sealed = seal(key, CONTENT, PLACE)
    with pytest.raises(WrongKey):
        unseal(new_data_key(), sealed, PLACE)
    for at in (0, NONCE_BYTES, len(sealed) - 1):
        altered = sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]
        with pytest.raises(WrongKey):
            unseal(key, altered, PLACE)
    for short in (b"", sealed[:5], sealed[:-1]):
        with pytest.raises(WrongKey):
            unseal(key, short, PLACE)


def test_the_same_text_is_sealed_differently_each_time_and_lengths_tell_little() -> None:
    key = new_data_key()
    short, same, long = (seal(key, {"text": text}, PLACE) for text in ("a", "a", "b" * 900))
    assert short != same
    assert len(short) == len(long) == NONCE_BYTES + LEAST_PADDED + TAG_BYTES
    assert len(seal(key, {"text": "b" * 1100}, PLACE)) == NONCE_BYTES + 2 * LEAST_PADDED + TAG_BYTES


def test_a_data_key_is_wrapped_for_one_row_and_one_key() -> None:
    ring, key = fresh_ring(), new_data_key()
    number, wrapped = wrap(ring, key, ROW)
    assert (number, unwrap(ring, number, wrapped, ROW)) == (1, key)
    assert key not in wrapped
    for other_ring, row in ((ring, OTHER), (fresh_ring(), ROW)):
        with pytest.raises(WrongKey, match="not the key with which it was sealed"):
            unwrap(other_ring, number, wrapped, row)
    with pytest.raises(WrongKey):
        unwrap(ring, 2, wrapped, ROW)


def test_a_rotated_ring_opens_both_until_the_old_key_is_forgotten() -> None:
    old, key = fresh_ring(), new_data_key()
    before = wrap(old, key, ROW)
    both = old.rotated()
    after = wrap(both, key, ROW)
    assert (before[0], after[0], both.lookup) == (1, 2, old.lookup)
    assert unwrap(both, *before, ROW) == unwrap(both, *after, ROW) == key
    new = both.newest_only()
    assert unwrap(new, *after, ROW) == key
    for ring, wrapped in ((new, before), (old, after)):
        with pytest.raises(WrongKey):
            unwrap(ring, *wrapped, ROW)


def test_a_file_of_keys_is_read_as_it_was_written() -> None:
    ring = fresh_ring().rotated()
    assert ring_from_text(ring_as_text(ring)) == ring


@pytest.mark.parametrize("text", ["", "something else\n", "lookup 1 00", "\0", "x\nwrap 1 zz", "x\nwrap one 00"])
def test_anything_else_is_no_file_of_keys(text: str) -> None:
    with pytest.raises(WrongKey):
        ring_from_text(text)


@pytest.mark.parametrize("broken", ["short", "no lookup", "no wrap", "other head"])
def test_half_a_file_of_keys_is_none(broken: str) -> None:
    text = ring_as_text(fresh_ring())
    head, lookup, wraps = text.splitlines()
    halves = {
        "short": text[:-3],
        "no lookup": f"{head}\n{wraps}\n",
        "no wrap": f"{head}\n{lookup}\n",
        "other head": text.replace("consult", "insult", 1),
    }
    with pytest.raises(WrongKey):
        ring_from_text(halves[broken])


def test_a_form_opens_for_its_purpose_only() -> None:
    ring = fresh_ring()
    form = seal_form(ring, CONTENT, "hand in")
    assert open_form(ring, form, "hand in") == CONTENT
    assert form.isascii()
    assert open_form(ring.rotated().newest_only(), form, "hand in") == CONTENT  # who writes meanwhile loses nothing
    tries: list[tuple[Ring, str, str]] = [
        (ring, form, "visit"),
        (fresh_ring(), form, "hand in"),
        (ring, form[:-4] + "AAAA", "hand in"),
        (ring, "", "hand in"),
        (ring, "نص", "hand in"),
        (ring, "%%%", "hand in"),
    ]
    for keys, given, purpose in tries:
        with pytest.raises(WrongKey):
            open_form(keys, given, purpose)
