"""Passkeys, by real ceremonies with an authenticator in software: what is accepted, and everything that is not."""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from consult import clock
from consult.accounts.access import ANONYMOUS, Actor
from consult.accounts.attempts import forget_past_attempts
from consult.accounts.models import Passkey, Person, RecoveryCode, SignIn, SpentChallenge
from consult.accounts.services import (
    add_passkey,
    consume_link,
    finish_with_passkey,
    prove_with_passkey,
    remove_passkey,
    sign_in_with_passkey,
)
from consult.accounts.signing_in.links import Purpose as Link
from consult.accounts.signing_in.links import issue_link
from consult.accounts.signing_in.passkeys import Purpose, options_to_add, options_to_show, options_to_sign_in, site
from consult.accounts.signing_in.proof import proven_within
from consult.accounts.signing_in.sign_in import Halfway, Opened, start_sign_in, visit_for_token
from consult.app import create_app
from consult.db import session, transaction
from consult.errors import Conflict, NotFound, Rejected
from consult.events.models import INSTANCE
from consult.events.stream import events_after
from consult.settings import Settings
from consult.testing.security_key import SecurityKey
from consult.testing.world import World

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def _signed_in(world: World, key: str = "ghat") -> Actor:
    return visit_for_token(start_sign_in(world.people[key], method="link")).actor


def _person(world: World, key: str = "ghat") -> Person:
    return session.get_one(Person, world.people[key])


def _added(world: World, key: str = "ghat", **traits: bool) -> SecurityKey:
    made = SecurityKey(**traits)  # type: ignore[arg-type]
    add_passkey(made.make(options_to_add(_person(world, key))), "my phone", actor=_signed_in(world, key))
    return made


def _come(answer: str) -> Opened:
    return sign_in_with_passkey(answer, origin="192.0.2.1", actor=ANONYMOUS)


def _halfway(world: World, key: str = "ghat") -> str:
    with transaction():
        link = issue_link(_person(world, key), Link.SIGN_IN, actor=None)
    result = consume_link(link.token, actor=ANONYMOUS)
    assert isinstance(result, Halfway)
    return result.token


def test_a_passkey_is_added_and_signs_in_by_itself_with_both_factors(world: World) -> None:
    actor, key = _signed_in(world), SecurityKey()
    options = options_to_add(_person(world))
    wanted = json.loads(options)
    assert (wanted["rp"]["id"], wanted["authenticatorSelection"]["userVerification"]) == ("localhost", "required")
    assert len(add_passkey(key.make(options), " my phone ", actor=actor).recovery_codes) == 10
    kept = session.scalars(sa.select(Passkey)).one()
    assert (kept.name, kept.credential_id, kept.sign_count) == ("my phone", key.id, 0)
    opened = _come(key.sign(options_to_sign_in()))
    here = visit_for_token(opened.token).actor
    assert here.person == world.people["ghat"]
    row = session.execute(sa.select(SignIn.method, SignIn.factor).where(SignIn.id == here.sign_in)).one()
    assert tuple(row) == ("passkey", "passkey")
    assert (
        json.loads(options_to_add(_person(world)))["excludeCredentials"][0]["id"]
        == json.loads(key.sign(options_to_sign_in()))["id"]
    )
    assert [e.type for e in events_after(INSTANCE)] == ["SignedIn", "PasskeyAdded", "RecoveryCodesMade", "SignedIn"]


#: What makes a key that nobody may come in with.
FOREIGN: dict[str, Callable[[SecurityKey], SecurityKey]] = {
    "another origin": lambda key: replace(key, origin="http://localhost.evil.example"),
    "another port": lambda key: replace(key, origin="http://localhost:8080"),
    "another site": lambda key: replace(key, host="evil.example"),
    "nobody verified": lambda key: replace(key, verifies=False),
    "another key": lambda key: SecurityKey(id=key.id),
    "an unknown id": lambda key: SecurityKey(key=key.key),
}


@pytest.mark.parametrize("what", FOREIGN)
def test_what_is_foreign_neither_signs_in_nor_is_added(world: World, what: str) -> None:
    wrong = FOREIGN[what](_added(world))
    with pytest.raises(Rejected) as refused:
        _come(wrong.sign(options_to_sign_in()))
    assert str(refused.value.message) == "This passkey does not open the account. Try again, or choose another way."
    if what in {"another key", "an unknown id"}:
        return
    wrong.id = b"a new one"
    with pytest.raises(Rejected):
        add_passkey(wrong.make(options_to_add(_person(world))), "", actor=_signed_in(world))


def test_a_challenge_is_answered_once_and_in_time_and_for_what_it_was_made(world: World) -> None:
    with clock.at(NOON):
        key = _added(world)
        answer = key.sign(options_to_sign_in())
        _come(answer)
        for stale in (answer, key.sign(options_to_show(Purpose.PROVE, world.people["ghat"])), _made_up(key)):
            with pytest.raises(Rejected):
                _come(stale)
        late = options_to_sign_in()
        with pytest.raises(Rejected):
            prove_with_passkey(key.sign(options_to_sign_in()), actor=_signed_in(world))
    with clock.at(NOON + timedelta(minutes=10)):
        with pytest.raises(Rejected):
            _come(key.sign(late))
        assert session.scalar(sa.select(sa.func.count()).select_from(SpentChallenge)) == 2
        assert (forget_past_attempts(), forget_past_attempts()) == (True, False)
        assert session.scalar(sa.select(sa.func.count()).select_from(SpentChallenge)) == 0
        _come(key.sign(options_to_sign_in()))


def _made_up(key: SecurityKey) -> str:
    return key.sign(json.dumps({"challenge": "A" * 75}))


def test_of_those_who_send_one_answer_at_one_moment_one_gets_in(world: World, app: Flask) -> None:
    answer = _added(world, counts=False).sign(options_to_sign_in())
    start, results = threading.Barrier(4), []

    def come() -> None:
        with app.app_context():
            start.wait()
            try:
                results.append(type(_come(answer)))
            except Rejected:
                results.append(Rejected)
            session.remove()

    threads = [threading.Thread(target=come) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (results.count(Opened), results.count(Rejected)) == (1, 3)


def test_a_counter_that_does_not_grow_is_a_copy(world: World) -> None:
    key = _added(world)
    copy = replace(key)
    _come(key.sign(options_to_sign_in()))
    _come(key.sign(options_to_sign_in()))
    assert session.scalars(sa.select(Passkey.sign_count)).one() == 2
    for _ in range(2):
        with pytest.raises(Rejected):
            _come(copy.sign(options_to_sign_in()))
    _come(copy.sign(options_to_sign_in()))  # its third signature is ahead: now the other one is behind
    with pytest.raises(Rejected):
        _come(key.sign(options_to_sign_in()))


def test_an_authenticator_that_does_not_count_comes_as_often_as_it_likes(world: World) -> None:
    key = _added(world, counts=False)
    assert [type(_come(key.sign(options_to_sign_in()))) for _ in range(3)] == [Opened] * 3


def test_a_passkey_is_a_second_step_of_its_person_only(world: World) -> None:
    mine, theirs = _added(world), _added(world, "derna")
    token, ghat = _halfway(world), world.people["ghat"]
    offered = options_to_show(Purpose.SECOND_STEP, ghat)
    assert len(json.loads(offered)["allowCredentials"]) == 1
    with pytest.raises(Rejected):
        finish_with_passkey(token, theirs.sign(options_to_show(Purpose.SECOND_STEP, ghat)), actor=ANONYMOUS)
    opened = finish_with_passkey(token, mine.sign(offered), actor=ANONYMOUS)
    assert visit_for_token(opened.token).actor.person == ghat
    with pytest.raises(Conflict):
        finish_with_passkey(token, mine.sign(options_to_show(Purpose.SECOND_STEP, ghat)), actor=ANONYMOUS)


def test_a_passkey_proves_again_and_changes_the_token(world: World) -> None:
    with clock.at(NOON):
        key = _added(world)
        token = start_sign_in(world.people["ghat"], method="link")
    with clock.at(NOON + timedelta(minutes=20)):
        actor = visit_for_token(token).actor
        renewed = prove_with_passkey(key.sign(options_to_show(Purpose.PROVE, world.people["ghat"])), actor=actor)
        assert proven_within(visit_for_token(renewed.token).actor, 10)
        assert not visit_for_token(token).actor.signed_in


def test_a_passkey_is_removed_by_its_person_and_opens_nothing_afterwards(world: World) -> None:
    key = _added(world)
    passkey = session.scalars(sa.select(Passkey.id)).one()
    with pytest.raises(NotFound):
        remove_passkey(passkey, actor=_signed_in(world, "derna"))
    remove_passkey(passkey, actor=_signed_in(world))
    assert session.scalars(sa.select(RecoveryCode.label)).all() == []
    assert [e.type for e in events_after(INSTANCE)][-1] == "PasskeyRemoved"
    with pytest.raises(Rejected):
        _come(key.sign(options_to_sign_in()))


def test_the_same_passkey_is_not_added_twice(world: World) -> None:
    key = _added(world)
    for who in ("ghat", "derna"):
        with pytest.raises(Rejected):
            add_passkey(key.make(options_to_add(_person(world, who))), "again", actor=_signed_in(world, who))


def test_whatever_a_browser_sends_it_is_refused_in_words(world: World) -> None:
    """Answers with bytes changed, cut or put in their place: refused, and never an error of ours."""
    key, chance = _added(world), random.Random(7)
    actor = _signed_in(world)
    for _ in range(150):
        for answer, act in (
            (key.sign(options_to_sign_in()), _come),
            (SecurityKey().make(options_to_add(_person(world))), lambda sent: add_passkey(sent, "", actor=actor)),
        ):
            with pytest.raises(Rejected):
                act(_spoilt(answer, chance))
    for nonsense in ("", "[]", "null", '"x"', "{}", '{"rawId": 5, "response": []}', "[" * 5000, "é", "\x00"):
        with pytest.raises(Rejected):
            _come(nonsense)


def _spoilt(answer: str, chance: random.Random) -> str:
    sent = json.loads(answer)
    place = chance.choice([sent["response"], sent["response"], sent])
    name = chance.choice([name for name in place if name not in {"response", "type", "id"}])
    text = place[name]
    at = chance.randrange(len(text) - 2)
    spoilt = chance.choice((text[:at], text[:at] + chance.choice("Aé-_") + text[at + 2 :], 7, None, {"a": 1}))
    place[name] = spoilt if spoilt != text else None
    return json.dumps(sent)


@pytest.mark.parametrize(
    ("base_url", "found"),
    [
        ("https://consult.example", ("consult.example", "https://consult.example")),
        ("https://consult.example:8443/", ("consult.example", "https://consult.example:8443")),
        ("http://localhost:8000", ("localhost", "http://localhost:8000")),
        ("http://consult.example", None),
        ("http://127.0.0.1:8000", None),
        ("https://192.0.2.7", None),
        ("https://[2001:db8::1]", None),
    ],
)
def test_passkeys_belong_to_the_site_of_the_settings(
    settings: Settings, base_url: str, found: tuple[str, str] | None
) -> None:
    with create_app(replace(settings, base_url=base_url)).app_context():
        here = site()
        assert (here and (here.host, here.origin)) == found
