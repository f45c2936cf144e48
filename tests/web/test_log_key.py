"""Pages of the log's key: which signed what, for everybody; giving one up, by two administrators."""

from __future__ import annotations

import io
import json
import re
import zipfile
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from consult import clock
from consult.accounts.access import OPERATOR
from consult.accounts.events import SignedOut
from consult.accounts.log_key import renew_log_key
from consult.accounts.models import RoleGrant
from consult.db import new_id, session, transaction
from consult.events.checkpoint import sign_checkpoint, verify_log
from consult.events.log_keys import changes_in, public_keys
from consult.events.models import INSTANCE
from consult.events.record import record
from consult.outcomes.open_data import write_open_data
from consult.runtime import runtime
from consult.testing.web import form_token
from consult.testing.world import World

LOG, PAGE = "/en/c/test/log/", "/en/administer/log-key/"
SECOND = f"{PAGE}second/"


@pytest.fixture
def signed(world: World) -> World:
    """A world with two events in its log and one in the instance's, signed, and Zuwara as a second administrator."""
    with transaction():
        session.add(
            RoleGrant(id=new_id(), person_id=world.people["zuwara"], role="administrator", granted_at=clock.now())
        )
        for stream in (world.consultation_id, world.consultation_id, INSTANCE):
            record(SignedOut(sign_in=new_id()), stream=stream, actor=None)
        for stream in (world.consultation_id, INSTANCE):
            sign_checkpoint(stream)
    return world


def _words(client: FlaskClient, path: str) -> str:
    """Return a page without its tags."""
    return re.sub(r"<[^>]+>", "", client.get(path).get_data(as_text=True))


def _send(client: FlaskClient, path: str, **fields: str) -> int:
    return client.post(path, data={"csrf_token": form_token(client, PAGE), **fields}).status_code


def test_the_public_log_says_which_key_signed_what(client: FlaskClient, signed: World) -> None:
    page = _words(client, LOG)
    first = public_keys()[0]
    assert (first.line in page, "signs from event 1 on" in page) == (True, True)
    new = renew_log_key(actor=OPERATOR)
    page = _words(client, LOG)
    assert (first.line in page, new.line in page) == (True, True)
    assert "signed the events 1 to 2, and no others" in page
    assert "The log has a new key, named by the former one: key 2" in page
    assert changes_in(signed.consultation_id)[1].note.splitlines()[5] in page
    assert "broken" not in page


def test_open_data_hold_the_keys_and_the_notes_between_them(signed: World, tmp_path: Path) -> None:
    renew_log_key(actor=OPERATOR)
    file = tmp_path / "data.zip"
    write_open_data(file, consultation=signed.consultation, licence="CC-BY-4.0", actor=signed.actor("organiser"))
    log = json.loads(zipfile.ZipFile(io.BytesIO(file.read_bytes())).read("datapackage.json"))["log"]
    former, new = public_keys()
    assert [(one["number"], one["key"], one["first"], one["last"], one["ended"]) for one in log["keys"]] == [
        (1, former.line, 1, 2, "renewed"),
        (2, new.line, 3, None, None),
    ]
    assert log["keys"][0]["note"] == changes_in(signed.consultation_id)[1].note
    assert log["checkpoint"]["note"].splitlines()[1] == "3"


def test_two_administrators_give_a_lost_key_up_and_every_log_says_so(
    app: Flask, client: FlaskClient, signed: World
) -> None:
    assert signed.sign_in(client, "organiser").get(PAGE).status_code == 403
    signed.sign_in(client, "administrator")
    page = _words(client, PAGE)
    assert (public_keys()[0].line in page, "Nothing can be signed" in page) == (True, False)
    assert [_send(client, PAGE), _send(client, PAGE, why="mislaid"), _send(client, PAGE, why="lost")] == [422] * 3
    runtime().signer.path.unlink()
    assert "Nothing can be signed" in client.get(PAGE).get_data(as_text=True)
    assert _send(client, PAGE, why="lost") == 303
    own = client.get(PAGE).get_data(as_text=True)
    assert ("whoever asks does not confirm" in own, 'name="confirm"' in own) == (True, False)
    act = own.partition('name="withdraw" value="')[2].partition('"')[0]
    assert "A new key for the log waits" in client.get("/en/administer/").get_data(as_text=True)
    assert "/en/administer/accounts/second/" not in client.get("/en/administer/").get_data(as_text=True)
    assert _send(client, SECOND, confirm=act) == 403
    other = signed.sign_in(app.test_client(), "zuwara")
    assert f'name="confirm" value="{act}"' in other.get(PAGE).get_data(as_text=True)
    assert _send(other, SECOND, confirm=act) == 303
    assert _send(other, SECOND, confirm=act) == 409
    for path in (PAGE, LOG):
        told = _words(other, path)
        assert ("The chain of signatures is broken here" in told, public_keys()[1].line in told) == (True, True)
    assert "first 2 events, or fewer" in _words(other, LOG)
    assert "its chain is broken here: key 2" in _words(other, LOG)
    assert verify_log()[1] == []


def test_what_was_asked_for_is_withdrawn_or_refused(app: Flask, client: FlaskClient, signed: World) -> None:
    signed.sign_in(client, "administrator")
    for who in (client, signed.sign_in(app.test_client(), "zuwara")):
        assert _send(client, PAGE, why="stolen") == 303
        act = client.get(PAGE).get_data(as_text=True).partition('name="withdraw" value="')[2].partition('"')[0]
        assert _send(who, SECOND, withdraw=act) == 303
        assert len(public_keys()) == 1
