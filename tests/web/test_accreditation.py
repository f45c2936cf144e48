"""The pages of accreditation: the public form, the body's own page, the accreditor's desk."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from consult import clock
from consult.accounts.models import RoleGrant
from consult.consultations.accreditation.models import Application
from consult.consultations.accreditation.queries import token_of
from consult.db import new_id, session, transaction
from consult.testing.web import form_token
from consult.testing.world import World

APPLY, DESK = "/en/c/test/accreditation/", "/en/c/test/facilitate/accreditation/"
FIELDS = {
    "track": "academic",
    "name": "Sebha University",
    "kind": "university",
    "mandate": "Teaches and studies migration in the south.",
    "legal_basis": "Decision 187 of 1983",
    "documents": "https://example.org/statute.pdf",
    "contact": "Salma Elhudairi",
    "email": "salma@example.org",
    "language": "en",
}


@pytest.fixture
def officer(world: World) -> World:
    """The world with Derna as accreditor of the academic track."""
    with transaction():
        grant = RoleGrant(id=new_id(), person_id=world.people["derna"], role="accreditor", granted_at=clock.now())
        grant.consultation_id, grant.track = world.consultation_id, "academic"
        session.add(grant)
    return world


def _send(client: FlaskClient, path: str, fields: dict[str, str], page: str = "") -> tuple[int, str]:
    token = form_token(client, page or path)
    answer = client.post(path, data={"csrf_token": token, **fields})
    return answer.status_code, answer.get_data(as_text=True) if answer.status_code != 303 else answer.location


def test_a_body_applies_is_returned_corrects_and_is_accepted(app: Flask, officer: World) -> None:
    body, derna = app.test_client(), officer.sign_in(app.test_client(), "derna")
    status, page = _send(body, APPLY, FIELDS | {"legal_basis": "", "mandate": "Teaches."})
    assert (status, 'href="#legal_basis"' in page, "Teaches." in page) == (422, True, True)
    status, own = _send(body, APPLY, FIELDS)
    assert status == 303
    assert "Waits for an accreditor" in body.get(own).get_data(as_text=True)
    assert body.get(own).headers["Cache-Control"] == "no-store"
    assert "Sebha University" in derna.get(DESK).get_data(as_text=True)
    for wrong, field in (({}, "decision"), ({"decision": "returned"}, "reason"), ({"decision": "accepted"}, "until")):
        status, page = _send(derna, f"{DESK}1/", {"language": "en", **wrong})
        assert (status, f'href="#{field}' in page) == (422, True), field
    assert _send(derna, f"{DESK}1/", {"decision": "accepted", "until": "soon", "language": "en"})[0] == 422
    assert _send(derna, f"{DESK}1/", {"decision": "returned", "reason": "Who asked you?", "language": "en"})[0] == 303
    assert "Who asked you?" in body.get(own).get_data(as_text=True)
    status, page = _send(body, own, FIELDS | {"act": "correct", "name": ""})
    assert (status, 'href="#name"' in page) == (422, True)
    assert _send(body, own, FIELDS | {"act": "correct", "mandate": "Asked by the rector."})[0] == 303
    assert "Asked by the rector." in derna.get(f"{DESK}1/").get_data(as_text=True)
    assert (
        _send(
            derna, f"{DESK}1/", {"decision": "accepted", "until": "2031-05-31", "reason": "In order.", "language": "en"}
        )[0]
        == 303
    )
    assert "Accredited" in body.get(own).get_data(as_text=True)
    listed = re.sub(r"<[^>]+>", "", body.get("/en/c/test/bodies/").get_data(as_text=True))
    assert "Accredited until 31 May 2031" in listed
    assert _send(body, own, {"act": "withdraw"})[0] == 303
    assert "Accredited until" not in body.get("/en/c/test/bodies/").get_data(as_text=True)


def test_a_refusal_is_appealed_on_its_page(app: Flask, officer: World) -> None:
    body, derna = app.test_client(), officer.sign_in(app.test_client(), "derna")
    own = _send(body, APPLY, FIELDS)[1]
    assert _send(body, own, {"act": "appeal", "reason": "x"}, APPLY)[0] == 409
    assert _send(body, own, {"act": "burn"})[0] == 400
    _send(derna, f"{DESK}1/", {"decision": "refused", "reason": "No mandate.", "language": "en"})
    status, page = _send(body, own, {"act": "appeal", "reason": ""})
    assert (status, 'href="#reason"' in page) == (422, True)
    assert _send(body, own, {"act": "appeal", "reason": "It is on page one."})[0] == 303
    page = derna.get(f"{DESK}1/").get_data(as_text=True)
    assert "another accreditor decides on the appeal" in page
    final = {"decision": "refused_finally", "reason": "No.", "language": "en"}
    assert _send(derna, f"{DESK}1/", final, "/en/account/details")[0] == 403


def test_it_is_extended_and_taken_back_on_the_desk_and_appealed_on_its_page(app: Flask, officer: World) -> None:
    body, derna = app.test_client(), officer.sign_in(app.test_client(), "derna")
    own = _send(body, APPLY, FIELDS)[1]
    _send(derna, f"{DESK}1/", {"decision": "accepted", "until": "2031-05-31", "reason": "In order.", "language": "en"})
    page = derna.get(f"{DESK}1/").get_data(as_text=True)
    assert ("Let it last until another date" in page, "Body of the register" in page) == (True, False)
    for wrong, field in (
        ({"decision": "accepted"}, "until"),
        ({"decision": "accepted", "until": "2031-05-31"}, "until"),
        ({"decision": "revoked", "until": "2032-01-01"}, "reason"),
        ({"decision": "refused", "reason": "No."}, "decision"),
    ):
        status, page = _send(derna, f"{DESK}1/", {"language": "en", **wrong})
        assert (status, f'href="#{field}' in page) == (422, True), wrong
    assert (
        _send(
            derna, f"{DESK}1/", {"decision": "accepted", "until": "2032-05-31", "reason": "In order.", "language": "en"}
        )[0]
        == 303
    )
    assert "until 31 May 2032" in re.sub(r"<[^>]+>", "", body.get(own).get_data(as_text=True))
    revoked = {"decision": "revoked", "reason": "The statute was struck down.", "language": "en"}
    assert _send(derna, f"{DESK}1/", revoked)[0] == 303
    page = body.get(own).get_data(as_text=True)
    for said in ("Taken back by an accreditor", "The statute was struck down.", "You can appeal until", "Apply again"):
        assert said in page, said
    assert "Accredited until" not in body.get("/en/c/test/bodies/").get_data(as_text=True)
    assert _send(body, own, {"act": "appeal", "reason": "It stands again."})[0] == 303


def test_who_opens_the_desk_and_what_is_not_theirs(app: Flask, officer: World) -> None:
    body = app.test_client()
    own = _send(body, APPLY, FIELDS | {"track": "cso", "kind": "cso", "withheld": "y"})[1]
    for who, desk in {"derna": 200, "organiser": 403, "moderator": 403, "administrator": 403, "ghat": 403}.items():
        client = officer.sign_in(app.test_client(), who)
        assert client.get(DESK).status_code == desk, who
        assert client.get(f"{DESK}1/").status_code == (404 if who == "derna" else 403), who
    assert "Sebha" not in officer.sign_in(app.test_client(), "derna").get(DESK).get_data(as_text=True)
    row = session.scalars(sa.select(Application)).one()
    assert own == f"{APPLY}{token_of(row.id)}/"
    assert body.get(f"{APPLY}{token_of(new_id())[:-2]}AA/").status_code == 404
    assert body.get(f"{APPLY}x/").status_code == 404


def test_the_form_is_taken_a_few_times_for_one_address(client: FlaskClient, world: World) -> None:
    for number in range(5):
        assert _send(client, APPLY, FIELDS | {"name": f"University {number}"})[0] == 303
    status, page = _send(client, APPLY, FIELDS)
    assert (status, "Sebha University" in page) == (429, True)
