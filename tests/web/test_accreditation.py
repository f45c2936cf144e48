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
from consult.notifications.models import Mail
from consult.testing.acts import deliver
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


def _applied(client: FlaskClient, fields: dict[str, str]) -> str:
    """Hand an application in, open the link of its letter in the same browser, and return the address of its page."""
    status, own = _send(client, APPLY, fields)
    assert status == 303
    assert _send(client, _link(), {}) == (303, own)
    return own


def _link() -> str:
    """Return the path of the link in the newest letter."""
    deliver()
    newest = (
        sa.select(Mail.text).where(Mail.kind == "application_address").order_by(Mail.created_at.desc(), Mail.id.desc())
    )
    found = re.search(
        r"http://localhost(/en/c/test/accreditation/confirm/[\w-]+/)", session.scalars(newest).first() or ""
    )
    assert found is not None
    return found[1]


def test_a_body_applies_is_returned_corrects_and_is_accepted(app: Flask, officer: World) -> None:
    body, derna = app.test_client(), officer.sign_in(app.test_client(), "derna")
    status, page = _send(body, APPLY, FIELDS | {"legal_basis": "", "mandate": "Teaches."})
    assert (status, 'href="#legal_basis"' in page, "Teaches." in page) == (422, True, True)
    own = _applied(body, FIELDS)
    assert "Waits for an accreditor" in body.get(own).get_data(as_text=True)
    assert body.get(own).headers["Cache-Control"] == "no-store"
    assert "Sebha University" in derna.get(DESK).get_data(as_text=True)
    for wrong, field in (({}, "decision"), ({"decision": "returned"}, "reason"), ({"decision": "accepted"}, "until")):
        status, page = _send(derna, f"{DESK}1/", {"language": "en", **wrong})
        assert (status, f'href="#{field}' in page) == (422, True), field
    for wrong_day in ("soon", "9999-12-31"):
        assert _send(derna, f"{DESK}1/", {"decision": "accepted", "until": wrong_day, "language": "en"})[0] == 422
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
    own = _applied(body, FIELDS)
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
    own = _applied(body, FIELDS)
    _send(derna, f"{DESK}1/", {"decision": "accepted", "until": "2031-05-31", "reason": "In order.", "language": "en"})
    page = derna.get(f"{DESK}1/").get_data(as_text=True)
    assert ("Let it last until another date" in page, "Body of the register" in page) == (True, False)
    for wrong, field in (
        ({"decision": "accepted"}, "until"),
        ({"decision": "revoked", "until": "soon"}, "until"),
        ({"decision": "revoked", "until": "soon"}, "reason"),
        ({"decision": "accepted", "until": "soon", "reason": "x" * 2001}, "reason"),
        ({"decision": "accepted", "until": "2031-05-31"}, "until"),
        ({"decision": "accepted", "until": "soon"}, "reason"),
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


def test_whoever_decides_on_what_has_moved_on_decides_nothing_and_loses_no_word(app: Flask, officer: World) -> None:
    body, derna = app.test_client(), officer.sign_in(app.test_client(), "derna")
    own, page = _applied(body, FIELDS), f"{DESK}1/"

    def seen() -> str:
        found = re.search(r'name="seen"[^>]*value="(\d+)"', derna.get(page).get_data(as_text=True))
        return found[1] if found else ""

    before = seen()
    accepted = {"decision": "accepted", "until": "2031-05-31", "reason": "In order.", "language": "en"}
    assert _send(derna, page, {**accepted, "seen": before})[0] == 303
    status, answer = _send(derna, page, {**accepted, "until": "2033-01-31", "reason": "Kept words.", "seen": before})
    assert (status, "This application has moved on meanwhile." in answer, "Kept words." in answer) == (409, True, True)
    assert f'value="{seen()}"' in answer
    session.rollback()
    until = session.scalars(sa.select(Application.until)).one()
    assert until is not None
    assert until.year == 2031
    overtaken = seen()
    assert _send(body, own, {"act": "withdraw"})[0] == 303
    last = {"decision": "revoked", "reason": "Kept words.", "language": "en", "seen": overtaken}
    status, answer = _send(derna, page, last, "/en/account/details")
    assert (status, "What you wrote here was not kept" in answer, "Kept words." in answer) == (409, True, True)
    assert _send(derna, page, {**last, "seen": "x"}, "/en/account/details")[0] == 422


def test_who_opens_the_desk_and_what_is_not_theirs(app: Flask, officer: World) -> None:
    body = app.test_client()
    own = _applied(body, FIELDS | {"track": "cso", "kind": "cso", "withheld": "y"})
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


def test_nobody_reads_it_before_its_address_is_confirmed(app: Flask, officer: World) -> None:
    body, phone, derna = app.test_client(), app.test_client(), officer.sign_in(app.test_client(), "derna")
    _, own = _send(body, APPLY, FIELDS)
    page = body.get(own)
    assert (page.headers["Cache-Control"], page.headers["Referrer-Policy"]) == ("no-store", "no-referrer")
    for said in ("Not confirmed", "Nobody has read it yet", "salma@example.org", "Sebha University"):
        assert said in page.text, said
    assert "Add a document" not in page.text
    for desk in (DESK, f"{DESK}?which=decided"):
        assert "Sebha" not in derna.get(desk).text
    assert derna.get(f"{DESK}1/").status_code == 404
    link = _link()
    shown = phone.get(link)
    code = re.search(r"class=\"code big\">(\d{4}) (\d{4})<", shown.text)
    assert (shown.headers["Referrer-Policy"], bool(code)) == ("no-referrer", True)
    assert phone.post(link, data={"csrf_token": form_token(phone, APPLY)}).status_code == 409, (
        "elsewhere it shows a code"
    )
    assert code is not None
    wrong = "0" * 8 if code[1] != "0000" else "1" * 8
    for typed in ("", "12", wrong):
        status, page_text = _send(body, f"{own}address", {"act": "code", "code": typed}, own)
        assert (status, 'href="#code' in page_text) == (422, True), typed
    assert _send(body, f"{own}address", {"act": "code", "code": f"{code[1]} {code[2]}"}, own) == (303, own)
    assert "Waits for an accreditor" in body.get(own).text
    assert "Sebha University" in derna.get(DESK).text
    assert body.get(link).status_code == 410
    assert _send(body, f"{own}address", {"act": "code", "code": "12345678"}, own) == (303, own)


def test_a_wrong_address_is_mended_and_only_the_newest_letter_counts(app: Flask, world: World) -> None:
    body = app.test_client()
    _, own = _send(body, APPLY, FIELDS | {"email": "salam@example.org"})
    first = _link()
    status, page = _send(body, f"{own}address", {"act": "letter", "email": "salma"}, own)
    assert (status, 'href="#email' in page, 'value="salma"' in page) == (422, True, True)
    assert _send(body, f"{own}address", {"act": "letter", "email": "salma@example.org"}, own) == (303, own)
    assert body.get(first).status_code == 410
    second = _link()
    deliver()
    assert session.scalars(sa.select(Mail.address).order_by(Mail.created_at, Mail.id)).all() == [
        "salam@example.org",
        "salma@example.org",
    ]
    assert second != first
    for _ in range(2):
        assert _send(body, f"{own}address", {"act": "letter", "email": "salma@example.org"}, own)[0] in (303, 429)
    assert _send(body, f"{own}address", {"act": "letter", "email": "salma@example.org"}, own)[0] == 429
    assert _send(body, f"{own}address", {"act": "burn"}, own)[0] == 400
    assert _send(body, _link(), {}) == (303, own)


def test_an_accreditor_confirms_by_hand_whom_no_letter_reaches(app: Flask, officer: World) -> None:
    body, derna = app.test_client(), officer.sign_in(app.test_client(), "derna")
    _, own = _send(body, APPLY, FIELDS)
    _send(body, APPLY, FIELDS | {"track": "cso", "kind": "cso", "name": "Amal"})
    by_hand = {"number": "١", "email": "Salma@example.org", "reason": "Called the rector’s office.", "language": "en"}
    page = f"{DESK}by-hand/"
    assert "Sebha" not in derna.get(page).text
    for wrong, field in (
        ({"number": "x"}, "number"),
        ({"number": "2"}, "number"),
        ({"number": "9"}, "number"),
        ({"email": "other@example.org"}, "number"),
        ({"reason": " "}, "reason"),
    ):
        status, text = _send(derna, page, by_hand | wrong)
        assert (status, f'href="#{field}' in text) == (422, True), wrong
    assert session.scalars(sa.select(Application)).all() == []
    assert _send(derna, page, by_hand) == (303, f"{DESK}1/")
    assert "Called the rector’s office." in body.get(own).text
    assert "Sebha University" in derna.get(DESK).text
    assert _send(officer.sign_in(app.test_client(), "organiser"), page, by_hand, "/en/account/details")[0] == 403
