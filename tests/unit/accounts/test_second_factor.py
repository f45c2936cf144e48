"""The second step: codes are taken once, secrets are worth nothing without the key, and halfway is not in."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
import sqlalchemy as sa
from flask import Flask

from consult import clock
from consult.accounts.access import ANONYMOUS, OPERATOR, Actor
from consult.accounts.attempts import CODES_OF_A_DAY, count_attempt, forget_past_attempts
from consult.accounts.keys import FACTORS, key_number, outside_key
from consult.accounts.models import AuthenticatorApp, HalfSignIn, Person, RecoveryCode, SignIn
from consult.accounts.queries import factors_of
from consult.accounts.services import (
    confirm_app,
    consume_link,
    end_other_sign_ins,
    finish_with_code,
    new_recovery_codes,
    prove_with_code,
    remove_app,
    remove_every_factor,
)
from consult.accounts.signing_in import factors, passwords
from consult.accounts.signing_in.authenticator import offer_app, same_offer
from consult.accounts.signing_in.factors import fitting_step, unseal
from consult.accounts.signing_in.links import Purpose, issue_link
from consult.accounts.signing_in.proof import proven_within
from consult.accounts.signing_in.sign_in import Halfway, Opened, start_sign_in, visit_for_token
from consult.db import session, transaction
from consult.errors import Conflict, Forbidden, Rejected, TooManyTries
from consult.events.deliver import deliver_due
from consult.events.models import INSTANCE
from consult.events.stream import events_after
from consult.notifications.models import Mail
from consult.settings import Settings
from consult.testing.factors import Phone, set_up_app
from consult.testing.world import World

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
HALF_A_MINUTE = timedelta(seconds=30)


def _signed_in(world: World, key: str = "ghat") -> Actor:
    return visit_for_token(start_sign_in(world.people[key], method="link")).actor


def _halfway(world: World, key: str = "ghat") -> str:
    with transaction():
        link = issue_link(session.get_one(Person, world.people[key]), Purpose.SIGN_IN, actor=None)
    result = consume_link(link.token, actor=ANONYMOUS)
    assert isinstance(result, Halfway)
    return result.token


def _types(after: int = 0) -> list[str]:
    return [event.type for event in events_after(INSTANCE, after)]


@pytest.mark.parametrize(
    ("second", "code"), [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")]
)
def test_codes_are_those_of_rfc_6238(second: int, code: str) -> None:
    """Appendix B, SHA-1, the last six of its eight digits."""
    with clock.at(datetime.fromtimestamp(second, UTC)):
        assert fitting_step("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", code) == second // 30
        assert fitting_step("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "000000") is None


def test_a_code_fits_one_step_either_way_in_digits_of_either_kind() -> None:
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    found = []
    for steps in (-2, -1, 0, 1, 2):
        with clock.at(NOON):
            found.append(fitting_step(secret, pyotp.TOTP(secret).at(NOON + steps * HALF_A_MINUTE)))
    step = int(NOON.timestamp()) // 30
    assert found == [None, step - 1, step, step + 1, None]
    with clock.at(datetime.fromtimestamp(59, UTC)):
        assert fitting_step(secret, " ٢٨٧ ٠٨٢ ") == 1
        assert [fitting_step(secret, typed) for typed in ("", "28708", "２８７０８２", "é87082")] == [None] * 4


def test_the_code_that_set_the_app_up_and_every_other_is_taken_once(world: World) -> None:
    with clock.at(NOON):
        phone = set_up_app(world, "ghat")
        with pytest.raises(Rejected):
            finish_with_code(_halfway(world), phone.code(), actor=ANONYMOUS)
    with clock.at(NOON + HALF_A_MINUTE):
        opened = finish_with_code(_halfway(world), phone.code(), actor=ANONYMOUS)
        assert visit_for_token(opened.token).actor.person == world.people["ghat"]
        for late in (phone.code(), phone.code(steps=-1)):
            with pytest.raises(Rejected):
                finish_with_code(_halfway(world), late, actor=ANONYMOUS)
        finish_with_code(_halfway(world), phone.code(steps=1), actor=ANONYMOUS)


def test_of_those_who_come_with_one_code_at_one_moment_one_gets_in(world: World, app: Flask) -> None:
    """At the real time, which threads share; the app was set up with the code before."""
    phone = set_up_app(world, "ghat", steps=-1)
    tokens, code = [_halfway(world) for _ in range(6)], phone.code()
    start, results = threading.Barrier(6), []

    def come(token: str) -> None:
        with app.app_context():
            start.wait()
            try:
                results.append(type(finish_with_code(token, code, actor=ANONYMOUS)))
            except Rejected:
                results.append(Rejected)
            session.remove()

    threads = [threading.Thread(target=come, args=(token,)) for token in tokens]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (results.count(Opened), results.count(Rejected)) == (1, 5)


def test_the_secret_at_rest_is_worth_nothing_without_the_key_and_to_nobody_else(
    world: World, settings: Settings
) -> None:
    phone = set_up_app(world, "ghat")
    sealed = session.scalars(sa.select(AuthenticatorApp.sealed)).one()
    assert (phone.secret.encode() in sealed, len(sealed)) == (False, 12 + 32 + 16)
    assert unseal(sealed, "app", world.people["ghat"]) == phone.secret.encode()
    assert unseal(sealed, "app", world.people["derna"]) is None
    assert unseal(sealed, "offered app", world.people["ghat"]) is None
    assert unseal(bytes([sealed[0] ^ 1]) + sealed[1:], "app", world.people["ghat"]) is None
    key = settings.keys_directory / "factors.key"
    assert (key.stat().st_mode & 0o777, len(key.read_bytes())) == (0o600, 32)
    key.write_bytes(bytes(32))
    assert unseal(sealed, "app", world.people["ghat"]) is None


def test_an_offer_is_for_its_person_and_for_half_an_hour(world: World) -> None:
    ghat, derna = (session.get_one(Person, world.people[key]) for key in ("ghat", "derna"))
    with clock.at(NOON):
        offer = offer_app(ghat)
        assert offer.address.startswith("otpauth://totp/localhost:ghat%40example.org?secret=")
        assert (same_offer(ghat, offer.sealed) or offer).secret == offer.secret
        assert [same_offer(derna, offer.sealed), same_offer(ghat, "é"), same_offer(ghat, "AAAA")] == [None] * 3
    with clock.at(NOON + timedelta(minutes=31)), pytest.raises(Rejected):
        confirm_app(offer.sealed, pyotp.TOTP(offer.secret).at(clock.now()), actor=_signed_in(world))


def test_there_is_one_app_and_nothing_is_kept_before_its_code_is_right(world: World) -> None:
    actor, person = _signed_in(world), session.get_one(Person, world.people["ghat"])
    offer = offer_app(person)
    with pytest.raises(Rejected) as refused:
        confirm_app(offer.sealed, "000000", actor=actor)
    assert refused.value.problems[0].field == "code"
    assert not factors_of(person.id).any
    added = confirm_app(offer.sealed, pyotp.TOTP(offer.secret).at(clock.now()), actor=actor)
    assert len(set(added.recovery_codes)) == 10
    second = offer_app(person)
    with pytest.raises(Conflict):
        confirm_app(second.sealed, pyotp.TOTP(second.secret).at(clock.now()), actor=actor)
    assert _types()[-2:] == ["SecondFactorAdded", "RecoveryCodesMade"]


def test_a_recovery_code_works_once_and_is_told(real_hashes: None, world: World) -> None:
    phone = set_up_app(world, "ghat")
    code = phone.recovery_codes[3]
    kept = session.execute(sa.select(RecoveryCode.label, RecoveryCode.hashed)).all()
    assert {row.label for row in kept} == {code[:2] for code in phone.recovery_codes}
    assert {row.hashed.rpartition("$")[0].rpartition("$")[0] for row in kept} == {
        f"{key_number(outside_key(FACTORS))}$argon2id$v=19$m=19456,t=2,p=1"
    }
    assert len({row.hashed.split("$")[4] for row in kept}) == 10  # each has a salt of its own
    typed = code.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    opened = finish_with_code(_halfway(world), typed, actor=ANONYMOUS)
    assert session.scalars(sa.select(SignIn.factor).order_by(SignIn.id.desc())).first() == "recovery"
    assert visit_for_token(opened.token).actor.signed_in
    with pytest.raises(Rejected):
        finish_with_code(_halfway(world), code, actor=ANONYMOUS)
    used = [event for event in events_after(INSTANCE) if event.type == "RecoveryCodeUsed"]
    assert [event.facts["left"] for event in used] == [9]
    deliver_due()
    told = session.scalars(sa.select(Mail.text).where(Mail.kind == "recovery_code_used")).one()
    assert "9" in told


def test_a_recovery_code_costs_one_slow_hash_whatever_was_typed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    phone, asked = set_up_app(world, "ghat"), []
    right = phone.recovery_codes[0]
    known = {code[:2] for code in phone.recovery_codes}
    unknown = next(two for one in factors.LETTERS if (two := one * 2) not in known)
    verify = passwords.verify_password
    monkeypatch.setattr(factors, "verify_password", lambda *given: asked.append(given[0][:9]) or verify(*given))
    for typed in (f"{right[:2]}00-0000-0000", f"{unknown}00-0000-0000", "000000"):
        with pytest.raises(Rejected):
            finish_with_code(_halfway(world), typed, actor=ANONYMOUS)
    assert asked == ["$argon2id", ""]  # with no such label, the hash of nobody
    finish_with_code(_halfway(world), right, actor=ANONYMOUS)
    assert asked == ["$argon2id", "", "$argon2id"]


def test_a_code_from_before_the_slow_hash_works_until_there_are_new_ones(world: World) -> None:
    phone, ghat = set_up_app(world, "ghat"), world.people["ghat"]
    alike = phone.recovery_codes[1][:2]
    old, other = f"{alike}3M-22AB-CDEF", f"{alike}3M-22AB-CDEG"
    with transaction():
        label = factors._keyed_code(ghat, factors.plain(old), outside_key(FACTORS))
        session.add(RecoveryCode(person_id=ghat, label=label, hashed=""))
    with pytest.raises(Rejected):
        finish_with_code(_halfway(world), other, actor=ANONYMOUS)
    finish_with_code(_halfway(world), old, actor=ANONYMOUS)
    with pytest.raises(Rejected):
        finish_with_code(_halfway(world), old, actor=ANONYMOUS)
    finish_with_code(_halfway(world), phone.recovery_codes[0], actor=ANONYMOUS)


def test_codes_made_anew_end_those_from_before(world: World) -> None:
    phone = set_up_app(world, "ghat")
    fresh = new_recovery_codes(actor=_signed_in(world))
    with pytest.raises(Rejected):
        finish_with_code(_halfway(world), phone.recovery_codes[0], actor=ANONYMOUS)
    finish_with_code(_halfway(world), fresh[0], actor=ANONYMOUS)
    with pytest.raises(Conflict):
        new_recovery_codes(actor=_signed_in(world, "derna"))


def test_the_eleventh_code_in_a_quarter_of_an_hour_waits_even_if_it_is_right(world: World) -> None:
    with clock.at(NOON):
        phone = set_up_app(world, "ghat")  # the first of the ten
        token = _halfway(world)
        for _ in range(9):
            with pytest.raises(Rejected):
                finish_with_code(token, "000000", actor=ANONYMOUS)
        with pytest.raises(TooManyTries):
            finish_with_code(token, phone.code(steps=1), actor=ANONYMOUS)
        with pytest.raises(TooManyTries):
            finish_with_code(token, phone.recovery_codes[0], actor=ANONYMOUS)
    with clock.at(NOON + timedelta(minutes=16)):
        finish_with_code(_halfway(world), phone.code(), actor=ANONYMOUS)
    with clock.at(NOON + timedelta(minutes=60)):
        for _ in range(37):  # with those above, fifty
            count_attempt(CODES_OF_A_DAY, str(world.people["ghat"]))
        with pytest.raises(TooManyTries):
            finish_with_code(_halfway(world), phone.code(), actor=ANONYMOUS)


def test_halfway_ends_by_itself_and_opens_once(world: World) -> None:
    with clock.at(NOON):
        phone = set_up_app(world, "ghat")
        first, second = _halfway(world), _halfway(world)
        assert not visit_for_token(first).actor.signed_in
    with clock.at(NOON + timedelta(minutes=9)):
        finish_with_code(first, phone.code(), actor=ANONYMOUS)
        with pytest.raises(Conflict):
            finish_with_code(first, phone.code(steps=1), actor=ANONYMOUS)
    with clock.at(NOON + timedelta(minutes=10)):
        with pytest.raises(Conflict):
            finish_with_code(second, phone.code(), actor=ANONYMOUS)
        _halfway(world)
        assert session.scalar(sa.select(sa.func.count()).select_from(HalfSignIn)) == 1  # what was too old is deleted
    with clock.at(NOON + timedelta(minutes=20)):
        assert forget_past_attempts() is True
    assert session.scalar(sa.select(sa.func.count()).select_from(HalfSignIn)) == 0
    assert _types().count("SecondStepBegun") == 3


def test_the_last_factor_takes_recovery_codes_and_what_was_proved_with_it(world: World) -> None:
    set_up_app(world, "ghat")
    actor = _signed_in(world)
    remove_app(actor=actor)
    assert session.scalars(sa.select(RecoveryCode.label)).all() == []
    assert session.scalars(sa.select(SignIn.factor).distinct()).all() == [""]
    with pytest.raises(Conflict):
        remove_app(actor=actor)
    assert _types()[-1] == "SecondFactorRemoved"
    assert isinstance(consume_link(_link(world), actor=ANONYMOUS), Opened)


def _link(world: World) -> str:
    with transaction():
        return issue_link(session.get_one(Person, world.people["ghat"]), Purpose.SIGN_IN, actor=None).token


def test_whoever_lost_everything_is_helped_at_the_terminal_and_by_nobody_else(world: World) -> None:
    set_up_app(world, "ghat")
    with pytest.raises(Forbidden):
        remove_every_factor(world.people["ghat"], actor=world.actor("administrator"))
    assert remove_every_factor(world.people["ghat"], actor=OPERATOR) is True
    assert remove_every_factor(world.people["ghat"], actor=OPERATOR) is False
    assert isinstance(consume_link(_link(world), actor=ANONYMOUS), Opened)


def test_a_proof_holds_for_ten_minutes_and_changes_the_token(world: World) -> None:
    with clock.at(NOON):
        phone = set_up_app(world, "ghat")
        token = start_sign_in(world.people["ghat"], method="link")
        assert proven_within(visit_for_token(token).actor, 10)
    with clock.at(NOON + timedelta(minutes=10)):
        actor = visit_for_token(token).actor
        assert not proven_within(actor, 10)
        with pytest.raises(Rejected):
            prove_with_code("000000", actor=actor)
        renewed = prove_with_code(phone.code(), actor=actor).token
        assert proven_within(visit_for_token(renewed).actor, 10)
        assert not visit_for_token(token).actor.signed_in
        assert _types()[-1] == "ProvedAgain"


def test_a_sign_in_ends_after_half_an_hour_without_use_and_after_twelve_hours_in_any_case(world: World) -> None:
    with clock.at(NOON):
        token = start_sign_in(world.people["ghat"], method="link")
    with clock.at(NOON + timedelta(minutes=29)):
        assert visit_for_token(token).actor.signed_in
    with clock.at(NOON + timedelta(minutes=30)):
        assert not visit_for_token(token).actor.signed_in
    with transaction():
        session.execute(sa.update(SignIn).values(seen_at=NOON + timedelta(hours=11, minutes=50)))
    with clock.at(NOON + timedelta(hours=11, minutes=59)):
        assert visit_for_token(token).actor.signed_in
    with clock.at(NOON + timedelta(hours=12)):
        assert not visit_for_token(token).actor.signed_in


def test_whatever_happens_to_an_account_its_person_is_told(world: World) -> None:
    phone: Phone = set_up_app(world, "ghat")
    assert phone.secret
    here = _signed_in(world)
    _signed_in(world)
    assert end_other_sign_ins(actor=here) == 2  # the one above, and the one in which the app was set up
    assert end_other_sign_ins(actor=here) == 0
    remove_app(actor=here)
    deliver_due()
    told = session.scalars(sa.select(Mail.kind).order_by(Mail.id)).all()
    assert told == ["second_factor_added", "recovery_codes_made", "signed_out_elsewhere", "second_factor_removed"]
    assert _types().count("SignedOutElsewhere") == 1
