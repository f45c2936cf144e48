"""Passwords: the same answer for everybody who is wrong, and limits that survive the refusal."""

from __future__ import annotations

import time
from datetime import timedelta
from statistics import median

import pytest
import sqlalchemy as sa

from consult import clock
from consult.accounts.access import ANONYMOUS, Actor
from consult.accounts.models import Attempt, Person, SignIn
from consult.accounts.services import set_password, sign_in_with_password
from consult.accounts.signing_in import passwords
from consult.accounts.signing_in.known_browsers import browser_mark, count_for_account, is_known
from consult.accounts.signing_in.passwords import PasswordDraft, hash_password, verify_password
from consult.accounts.signing_in.sign_in import start_sign_in, visit_for_token
from consult.db import session, transaction
from consult.errors import Busy, Forbidden, Rejected, TooManyTries
from consult.events.models import INSTANCE
from consult.events.stream import events_after
from consult.testing.world import World
from consult.turns import Queue

SENTENCE = "نكتب ما نريد في غات"
#: From the lists of stolen passwords, along the keyboard, made of the person's own words, of the place and the product.
GUESSED = (
    *("password1234", "qwertyuiop12", "P@ssw0rd2026", "iloveyou1234", "zxcvbnmasdfg", "111222333444"),
    *("ghat@example1", "عيسى كوسا 12", "consult-2026", "Tripoli-2026!", "طرابلس ليبيا"),
)


def _signed_in(world: World, key: str, method: str = "link") -> Actor:
    return visit_for_token(start_sign_in(world.people[key], method=method)).actor


def _refusal(address: str, password: str) -> list[tuple[str, str]]:
    with pytest.raises(Rejected) as refused:
        sign_in_with_password(address, password, origin="192.0.2.1", actor=ANONYMOUS)
    return [(problem.field, str(problem.message)) for problem in refused.value.problems]


def test_a_password_that_was_set_signs_in(real_hashes: None, world: World) -> None:
    set_password(PasswordDraft(SENTENCE), actor=_signed_in(world, "ghat"))
    opened = sign_in_with_password("Ghat@example.org", SENTENCE, origin="192.0.2.1", actor=ANONYMOUS)
    assert visit_for_token(opened.token).actor.person == world.people["ghat"]
    kept = session.get_one(Person, world.people["ghat"]).password_hash
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert [event.type for event in events_after(INSTANCE)] == ["SignedIn", "PasswordSet", "SignedIn"]


def test_wrong_address_wrong_password_and_no_password_get_the_same_answer(world: World) -> None:
    set_password(PasswordDraft(SENTENCE), actor=_signed_in(world, "ghat"))
    expected = [("password", "This address and this password do not belong together.")]
    assert _refusal("ghat@example.org", "something else entirely") == expected
    assert _refusal("nobody@example.org", SENTENCE) == expected
    assert _refusal("derna@example.org", "") == expected
    assert session.scalar(sa.select(sa.func.count()).select_from(SignIn)) == 1


def test_an_unknown_account_takes_as_long_as_a_wrong_password(real_hashes: None) -> None:
    kept = hash_password(SENTENCE)

    def spent(hashed: str) -> float:
        begun = time.perf_counter()
        assert not verify_password(hashed, "wrong")
        return time.perf_counter() - begun

    known, unknown = zip(*((spent(kept), spent("")) for _ in range(5)), strict=True)
    assert 0.5 < median(known) / median(unknown) < 2
    assert passwords.HASHER.check_needs_rehash(passwords.NOBODY) is False


def test_the_eleventh_try_on_one_account_has_to_wait_even_with_the_right_password(world: World) -> None:
    set_password(PasswordDraft(SENTENCE), actor=_signed_in(world, "ghat"))
    with transaction():  # ten tries, without spending the time of ten hashes
        for _ in range(10):
            passwords.count_attempt(passwords.PASSWORD_OF_ACCOUNT, "ghat@example.org")
    with pytest.raises(TooManyTries):
        sign_in_with_password("ghat@example.org", SENTENCE, origin="192.0.2.7", actor=ANONYMOUS)
    with clock.at(clock.now() + timedelta(minutes=15, seconds=1)):
        sign_in_with_password("ghat@example.org", SENTENCE, origin="192.0.2.7", actor=ANONYMOUS)


def test_a_browser_that_signed_in_before_counts_apart_from_strangers(world: World) -> None:
    mark = browser_mark("Ghat@example.org")
    assert (is_known(mark, "ghat@example.org"), is_known(mark, "derna@example.org")) == (True, False)
    assert not any(is_known(forged, "ghat@example.org") for forged in ("", ".", "x", mark[:-1], f"x{mark}"))
    assert browser_mark("ghat@example.org") != mark
    for _ in range(10):
        count_for_account(passwords.PASSWORD_OF_ACCOUNT, "ghat@example.org", "")
    for forged in ("", f"{mark}x"):
        with pytest.raises(TooManyTries):
            count_for_account(passwords.PASSWORD_OF_ACCOUNT, "ghat@example.org", forged)
    for _ in range(10):
        count_for_account(passwords.PASSWORD_OF_ACCOUNT, "ghat@example.org", mark)
    with pytest.raises(TooManyTries):
        count_for_account(passwords.PASSWORD_OF_ACCOUNT, "ghat@example.org", mark)


def test_a_refused_try_is_counted_though_nothing_else_is_kept(world: World) -> None:
    _refusal("nobody@example.org", "x")
    counted = session.execute(sa.select(Attempt.count, sa.func.length(Attempt.digest))).all()
    assert [tuple(row) for row in counted] == [(1, 32), (1, 32)]


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("eleven char", "Write at least 12 characters; a sentence works well."),
        ("aaaaaaaaaaaaaaaa", "This is too easy to guess. Write something that only you would write."),
        ("ghat@example.org", "This is too easy to guess. Write something that only you would write."),
        *((guessed, "This is too easy to guess. Write something that only you would write.") for guessed in GUESSED),
        ("a b c d e " * 26, "Write at most 256 characters."),
    ],
)
def test_a_poor_password_is_refused_with_what_to_write(world: World, password: str, words: str) -> None:
    with pytest.raises(Rejected) as refused:
        set_password(PasswordDraft(password), actor=_signed_in(world, "ghat"))
    assert [(problem.field, str(problem.message)) for problem in refused.value.problems] == [("new", words)]


@pytest.mark.parametrize(
    "password", ["83019 27465 01837", "ghat is where I was born", "+#%&/()=?!*~-<>{}", "x" * 3 + "ذكريات الطفولة" * 4]
)
def test_any_other_password_is_taken_whatever_it_is_made_of(world: World, password: str) -> None:
    set_password(PasswordDraft(password), actor=_signed_in(world, "ghat"))
    assert verify_password(session.get_one(Person, world.people["ghat"]).password_hash, password)
    assert not verify_password(session.get_one(Person, world.people["ghat"]).password_hash, password.swapcase() + " ")


def test_whoever_signed_in_with_a_password_proves_it_before_changing_it(world: World) -> None:
    set_password(PasswordDraft(SENTENCE), actor=_signed_in(world, "ghat"))
    with pytest.raises(Rejected) as refused:
        set_password(PasswordDraft("a new sentence here"), actor=_signed_in(world, "ghat", "password"))
    assert refused.value.problems[0].field == "present"
    set_password(PasswordDraft("a new sentence here", SENTENCE), actor=_signed_in(world, "ghat", "password"))
    set_password(PasswordDraft("forgotten and set anew"), actor=_signed_in(world, "ghat", "link"))
    assert verify_password(session.get_one(Person, world.people["ghat"]).password_hash, "forgotten and set anew")


def test_setting_a_password_signs_out_every_other_device(world: World) -> None:
    elsewhere = start_sign_in(world.people["ghat"], method="link")
    here = start_sign_in(world.people["ghat"], method="link")
    set_password(PasswordDraft(SENTENCE), actor=visit_for_token(here).actor)
    assert (visit_for_token(elsewhere).actor.signed_in, visit_for_token(here).actor.signed_in) == (False, True)


def test_nobody_sets_a_password_without_being_signed_in(world: World) -> None:
    with pytest.raises(Forbidden):
        set_password(PasswordDraft(SENTENCE), actor=ANONYMOUS)


def test_hashing_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_queue", Queue(at_once=1, most_waiting=0, patience=1))
    with passwords._queue.served(), pytest.raises(Busy):
        hash_password(SENTENCE)
    assert hash_password(SENTENCE).startswith("$argon2id$")


def test_a_password_never_expires(world: World) -> None:
    set_password(PasswordDraft(SENTENCE), actor=_signed_in(world, "ghat"))
    with clock.at(clock.now() + timedelta(days=3653)):
        opened = sign_in_with_password("ghat@example.org", SENTENCE, origin="192.0.2.1", actor=ANONYMOUS)
        assert visit_for_token(opened.token).actor.person == world.people["ghat"]


@pytest.mark.usefixtures("real_hashes")
def test_a_hash_of_weaker_parameters_is_made_anew_at_the_next_sign_in(world: World) -> None:
    weak = passwords.CODE_HASHER.hash(SENTENCE)
    with transaction():
        session.get_one(Person, world.people["ghat"]).password_hash = weak
    sign_in_with_password("ghat@example.org", SENTENCE, origin="192.0.2.1", actor=ANONYMOUS)
    kept = session.get_one(Person, world.people["ghat"]).password_hash
    assert (kept == weak, passwords.HASHER.check_needs_rehash(kept)) == (False, False)


def test_somebody_is_signed_in_on_as_many_devices_as_they_like(world: World) -> None:
    tokens = [start_sign_in(world.people["ghat"], method="link") for _ in range(30)]
    assert {visit_for_token(token).actor.person for token in tokens} == {world.people["ghat"]}
