"""The pages of acts that wait for a second person: who sees what, which button does what."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from consult import clock
from consult.accounts.four_eyes import needs_two, waiting_acts
from consult.accounts.models import Person, RoleGrant
from consult.consultations.services import create_consultation
from consult.consultations.setting_up import ConsultationDraft, NamesDraft
from consult.db import new_id, session, transaction
from consult.errors import Conflict
from consult.i18n import LANGUAGES, Localized
from consult.submissions.models import Submission
from consult.submissions.services import open_names
from consult.testing.acts import hand_in
from consult.testing.peer_review import TRACK, set_blind
from consult.testing.web import form_token
from consult.testing.world import World

ORGANISE, ADMINISTER = "/en/c/test/organise/document/second/", "/en/administer/accounts/second/"


@pytest.fixture
def pair(world: World) -> World:
    """The world with Derna as a second organiser and Zuwara as a second administrator besides a third."""
    with transaction():
        for key, role, where in (
            ("derna", "organiser", world.consultation_id),
            ("zuwara", "administrator", None),
            ("professor", "administrator", None),
        ):
            grant = RoleGrant(id=new_id(), person_id=world.people[key], role=role, granted_at=clock.now())
            grant.consultation_id = where
            session.add(grant)
    return world


def _send(client: FlaskClient, path: str, page: str, **fields: str) -> int:
    return client.post(path, data={"csrf_token": form_token(client, page), **fields}).status_code


def test_an_organiser_switches_and_another_confirms(client: FlaskClient, pair: World) -> None:
    pair.sign_in(client, "organiser")
    assert "One person is enough" in client.get(ORGANISE).get_data(as_text=True)
    assert _send(client, f"{ORGANISE}switch", ORGANISE, needed="two") == 303
    assert _send(client, f"{ORGANISE}switch", ORGANISE, needed="one") == 303
    (act,) = waiting_acts(pair.consultation_id)
    desk = client.get("/en/c/test/organise/").get_data(as_text=True)
    assert ("</bdi> act waits for a second person" in desk, ORGANISE in desk) == (True, True)
    own = client.get(ORGANISE).get_data(as_text=True)
    assert ("whoever asks does not confirm" in own, 'name="confirm"' in own) == (True, False)
    assert _send(client, ORGANISE, ORGANISE, confirm=str(act.id)) == 403
    pair.sign_in(client, "derna")
    other = client.get(ORGANISE).get_data(as_text=True)
    assert f'name="confirm" value="{act.id}"' in other
    assert act.digest[:16] in other
    assert "<bdi>هدى الزوي</bdi>" in other
    for wrong in ({}, {"confirm": "x"}, {"withdraw": ""}):
        assert _send(client, ORGANISE, ORGANISE, **wrong) == 400
    assert _send(client, f"{ORGANISE}switch", ORGANISE, needed="three") == 400
    assert _send(client, ORGANISE, ORGANISE, confirm=str(new_id())) == 409
    assert _send(client, ORGANISE, ORGANISE, confirm=str(act.id)) == 303
    session.remove()
    assert not needs_two(pair.consultation_id)
    assert _send(client, ORGANISE, ORGANISE, withdraw=str(act.id)) == 409


def test_names_of_a_blind_track_are_opened_by_two(client: FlaskClient, pair: World) -> None:
    set_blind(pair)
    answers = {"discipline": "law", "affiliation": "An institute", "interests": "None."}
    text, names = hand_in(pair, "professor", answers).id, "/en/c/test/organise/peer-review/names/academic/"
    pair.sign_in(client, "organiser")
    assert _send(client, f"{ORGANISE}switch", ORGANISE, needed="two") == 303
    page = client.get(names).get_data(as_text=True)
    assert ("Another organiser confirms it" in page, "Open the names for good" in page) == (True, False)
    with pytest.raises(Conflict, match="needs two people"):
        open_names(TRACK, consultation=pair.consultation, actor=pair.actor("organiser"))
    assert _send(client, names, names) == 303
    assert _send(client, names, names) == 409  # it waits already
    (act,) = waiting_acts(pair.consultation_id)
    assert _send(client, ORGANISE, ORGANISE, confirm=str(act.id)) == 403
    hand_in(pair, "professor", answers, title="Another name to open")
    pair.sign_in(client, "derna")
    for language in LANGUAGES:
        assert 'name="confirm"' not in client.get(f"/{language}{ORGANISE[3:]}").get_data(as_text=True)
    assert "has changed since" in client.get(ORGANISE).get_data(as_text=True)
    assert _send(client, ORGANISE, ORGANISE, confirm=str(act.id)) == 409
    assert _send(client, ORGANISE, ORGANISE, withdraw=str(act.id)) == 303
    pair.sign_in(client, "organiser")
    assert _send(client, names, names) == 303
    (act,) = waiting_acts(pair.consultation_id)
    pair.sign_in(client, "derna")
    assert "The names of 2 texts are shown" in client.get(ORGANISE).get_data(as_text=True)
    session.remove()
    assert session.get_one(Submission, text).withheld
    assert _send(client, ORGANISE, ORGANISE, confirm=str(act.id)) == 303
    session.remove()
    assert session.get_one(Submission, text).body_id == pair.bodies["professor"]


def test_a_new_consultation_needs_two_and_says_whom_to_invite(client: FlaskClient, world: World) -> None:
    names = Localized(dict.fromkeys(LANGUAGES, "Elsewhere"))
    draft = ConsultationDraft(
        NamesDraft(names, names, names), "elsewhere", "EL", "national-dialogue", clock.now().date()
    )
    made = create_consultation(draft, actor=world.actor("organiser"))
    assert needs_two(made.id)
    world.sign_in(client, "organiser")
    second, alone = "/en/c/elsewhere/organise/document/second/", "You are the only organiser: nobody could confirm."
    assert alone in client.get(second).get_data(as_text=True)
    with transaction():
        grant = RoleGrant(id=new_id(), person_id=world.people["derna"], role="organiser", granted_at=clock.now())
        grant.consultation_id = made.id
        session.add(grant)
    page = client.get(second).get_data(as_text=True)
    assert ("Two people are needed" in page, alone in page) == (True, False)


def test_an_account_is_closed_from_the_page_of_the_second_administrator(client: FlaskClient, pair: World) -> None:
    pair.sign_in(client, "administrator")
    fields = {"email": "ghat@example.org", "reason": "غادر البلدية"}
    token = form_token(client, "/en/administer/accounts/")
    sent = client.post(
        "/en/administer/accounts/close", data={"csrf_token": token, **fields}, follow_redirects=True
    ).get_data(as_text=True)
    assert "Nothing is closed yet" in sent
    start = client.get("/en/administer/").get_data(as_text=True)
    assert ("One act waits for a second person" in start, ADMINISTER in start) == (True, True)
    pair.sign_in(client, "zuwara")
    page = client.get(ADMINISTER).get_data(as_text=True)
    assert "ghat@example.org" in page
    assert "<bdi>غادر البلدية</bdi>" in page
    assert _send(client, ADMINISTER, ADMINISTER, confirm=str(waiting_acts(None)[0].id)) == 303
    session.remove()
    assert session.get_one(Person, pair.people["ghat"]).closed_at is not None


def test_nobody_else_opens_these_pages(app: Flask, pair: World) -> None:
    for who, status in {"moderator": (403, 403), "organiser": (200, 403), "administrator": (403, 200)}.items():
        browser = pair.sign_in(app.test_client(), who)
        assert (browser.get(ORGANISE).status_code, browser.get(ADMINISTER).status_code) == status
