"""Keys that renew themselves: what was sealed, keyed and signed before still holds, until the former keys are destroyed."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from flask import Flask

from consult import clock
from consult.accounts.access import OPERATOR
from consult.accounts.key_renewal import forget_former_keys, key_files, renew_due, renew_key
from consult.accounts.keys import FACTORS, STOPPING, outside_key, outside_keys
from consult.accounts.models import AuthenticatorApp
from consult.accounts.signing_in.card_codes import code_hash, code_hashes, new_code, typed_code
from consult.accounts.signing_in.challenges import new_challenge, spend_challenge
from consult.accounts.signing_in.factors import take_code, try_code, unseal
from consult.accounts.signing_in.known_browsers import browser_mark, is_known
from consult.app import create_app
from consult.cli.root import program
from consult.consultations.accreditation.queries import token_of
from consult.db import database, session, transaction
from consult.errors import Conflict, Forbidden
from consult.events.models import EventRow
from consult.notifications.stopping import stop_token
from consult.settings import Settings
from consult.testing.factors import Phone, set_up_app
from consult.testing.sample import disposed
from consult.testing.world import World

ADDRESS = "ghat@example.org"


def _takes(world: World, code: str) -> bool:
    tried = try_code(world.people["ghat"], code)
    with transaction():
        return take_code(world.people["ghat"], tried) is not None


def _opened(world: World, key: bytes) -> bool:
    """Tell whether the app's secret opens with this key alone."""
    sealed = session.scalars(sa.select(AuthenticatorApp.sealed)).one()
    path = next(one.path for one in key_files() if one.name == FACTORS)
    kept = path.read_bytes()
    path.write_bytes(key)
    opened = unseal(sealed, "app", world.people["ghat"]) is not None
    path.write_bytes(kept)
    return opened


@pytest.fixture
def phone(world: World) -> Phone:
    """Ghat's app and recovery codes, from before any renewal."""
    return set_up_app(world, "ghat")


def test_a_renewed_key_seals_anew_and_what_was_keyed_before_is_known(world: World, phone: Phone) -> None:
    card = typed_code(new_code()) or ""
    mark, challenge, kept = browser_mark(ADDRESS), new_challenge("sign in", None), code_hash(card)
    before = outside_key(FACTORS)
    assert renew_key(FACTORS, actor=OPERATOR) == 1
    first, second = outside_keys(FACTORS)
    assert (second, first == before) == (before, False)
    assert [_opened(world, key) for key in (first, second)] == [True, False]
    assert _takes(world, phone.code(steps=1))
    assert _takes(world, phone.recovery_codes[0])
    assert not _takes(world, phone.recovery_codes[0])
    assert is_known(mark, ADDRESS)
    assert not is_known("x.notahash", ADDRESS)
    assert kept in code_hashes(card)
    assert code_hash(card) != kept
    with transaction():
        assert spend_challenge(challenge, "sign in", None)
    facts = session.scalars(sa.select(EventRow.facts).where(EventRow.type == "KeyRenewed")).all()
    assert facts == [{"name": FACTORS, "sealed": 1}]


def test_former_keys_are_destroyed_and_apps_go_on(world: World, phone: Phone) -> None:
    kept = [code_hash("ACDEFGHJKLMN"), token_of(uuid.UUID(int=7))]
    renew_key(FACTORS, actor=OPERATOR)
    newest = outside_key(FACTORS)
    forget_former_keys(FACTORS, actor=OPERATOR)
    assert list(outside_keys(FACTORS)) == [newest]
    told = session.scalars(sa.select(EventRow.facts).where(EventRow.type == "KeyForgotten")).one()
    assert told == {"name": FACTORS, "sealed": 1}
    assert [_takes(world, phone.recovery_codes[0]), _takes(world, phone.code(steps=1))] == [False, True]
    assert kept != [code_hash("ACDEFGHJKLMN"), token_of(uuid.UUID(int=7))]
    with pytest.raises(Forbidden):
        renew_key(FACTORS, actor=world.actor("administrator"))
    with pytest.raises(Forbidden):
        forget_former_keys(FACTORS, actor=world.actor("administrator"))


def test_the_worker_renews_what_has_had_its_year(world: World, phone: Phone) -> None:
    token = stop_token(uuid.UUID(int=7))
    assert not renew_due()
    with clock.at(clock.now() + timedelta(days=366)):
        assert renew_due()
    assert [(one.name, one.keys) for one in key_files()] == [(FACTORS, 2), (STOPPING, 2)]
    assert stop_token(uuid.UUID(int=7)) != token


@pytest.fixture
def handed(settings: Settings, tmp_path: Path) -> Callable[..., Flask]:
    """What makes an application whose keys a vault hands over."""
    folder = tmp_path / "vault"

    def make() -> Flask:
        if not folder.exists():
            with create_app(settings).app_context(), disposed():
                outside_keys(FACTORS), outside_keys(STOPPING)
            settings.keys_directory.rename(folder)
        return create_app(replace(settings, keys_from_credentials=True, credentials_directory=str(folder)))

    return make


def test_a_key_of_a_vault_is_changed_there_alone(world: World, handed: Callable[..., Flask], tmp_path: Path) -> None:
    with handed().app_context(), disposed():
        set_up_app(world, "ghat")
        before = (tmp_path / "vault" / FACTORS).read_bytes()
        with clock.at(clock.now() + timedelta(days=400)):
            assert not renew_due()
        with pytest.raises(Conflict, match="by a vault"):
            forget_former_keys(FACTORS, actor=OPERATOR)
        (tmp_path / "vault" / FACTORS).write_bytes(bytes(32) + before)
        assert renew_key(FACTORS, actor=OPERATOR) == 1
        (tmp_path / "vault" / FACTORS).write_bytes(bytes(32))
        sealed = session.scalars(sa.select(AuthenticatorApp.sealed)).one()
        assert unseal(sealed, "app", world.people["ghat"])
        database.session.remove()


def test_the_command_lists_renews_and_asks_before_it_destroys(app: Flask, world: World, phone: Phone) -> None:
    def run(*arguments: str, answer: str = "") -> tuple[int, str]:
        ran = CliRunner().invoke(program, ["keys", *arguments], obj=lambda: app, input=answer)
        return ran.exit_code, ran.output

    assert "factors.key: 1, the newest since" in run("list")[1]
    assert run("renew", FACTORS) == (0, "factors.key is renewed; 1 secrets were sealed with the new key.\n")
    code, said = run("forget", FACTORS, answer="n\n")
    assert (code, "10 recovery codes" in said, len(outside_keys(FACTORS))) == (1, True, 2)
    assert run("forget", FACTORS, "--yes")[0] == 0
    assert len(outside_keys(FACTORS)) == 1
    assert run("renew", STOPPING)[0] == 0
    assert "letters" in run("forget", STOPPING, "--yes")[1]
    assert run("renew", "web.secret")[0] == 2
