"""A second step that is lost with its codes: two people at the desk see the person, it goes, and is set anew in time."""

from __future__ import annotations

import re
from datetime import timedelta

import pyotp
import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from consult import clock
from consult.accounts.access import ANONYMOUS
from consult.accounts.models import AuthenticatorApp, Passkey, Person, RecoveryCode, RoleGrant, SignIn
from consult.accounts.signing_in.second_step_reset import SET_ANEW_WITHIN
from consult.accounts.signing_in.sign_in import Arrival, open_sign_in
from consult.consultations.hall_help import WAITS
from consult.consultations.models import Member
from consult.db import new_id, session, transaction
from consult.errors import Conflict
from consult.events.models import INSTANCE
from consult.events.stream import events_after
from consult.notifications.models import Mail
from consult.testing.acts import deliver
from consult.testing.factors import set_up_app
from consult.testing.web import form_token, post
from consult.testing.world import World

DESK = "/en/c/test/second-step/"
SECURITY = "/en/account/security"


@pytest.fixture
def lost(world: World) -> World:
    """Ghat has an app, and two clerks stand at the desk: the moderator and Derna."""
    _role(world, "derna", "clerk")
    set_up_app(world, "ghat")
    return world


def _role(world: World, who: str, role: str) -> None:
    with transaction():
        grant = RoleGrant(id=new_id(), person_id=world.people[who], role=role, granted_at=clock.now())
        grant.consultation_id = world.consultation_id
        session.add(grant)


def _page(world: World, who: str) -> str:
    session.rollback()
    return f"{DESK}{session.get_one(Member, world.members[who]).number}/"


def _press(client: FlaskClient, page: str, act: str, **more: str) -> TestResponse:
    shown = client.get(page).text
    waits = re.findall(r'name="waits" value="([^"]+)"', shown)[:1]
    given = {"act": act, "seen": "y", "csrf_token": form_token(client, page), **({"waits": waits[0]} if waits else {})}
    return client.post(page, data=given | more)


def _factors(world: World, who: str) -> list[int]:
    session.rollback()
    return [
        session.scalar(sa.select(sa.func.count()).where(model.person_id == world.people[who])) or 0
        for model in (AuthenticatorApp, Passkey, RecoveryCode)
    ]


def test_two_see_the_person_and_the_second_step_is_set_anew_in_time(app: Flask, lost: World) -> None:
    moderator, derna = (lost.sign_in(app.test_client(), who) for who in ("moderator", "derna"))
    ghat, page = lost.sign_in(app.test_client(), "ghat"), _page(lost, "ghat")
    assert "Member" in moderator.get(f"{DESK}?q=1").text
    unseen = _press(moderator, page, "ask", seen="")
    assert (unseen.status_code, 'href="#seen"' in unseen.text) == (422, True)
    assert _press(moderator, page, "ask").status_code == 303
    assert "Take it back" in moderator.get(page).text
    act = re.findall(r'name="waits" value="([^"]+)"', moderator.get(page).text)[0]
    assert _press(moderator, page, "confirm", waits=act).status_code == 403, "not the one who asked"
    assert (_factors(lost, "ghat")[0], "waiting for another" in derna.get(DESK).text) == (1, True)
    with clock.at(clock.now() + WAITS + timedelta(seconds=1)):
        assert _press(lost.sign_in(app.test_client(), "derna"), page, "confirm", waits=act).status_code == 409
    assert _press(derna, page, "confirm").status_code == 303
    assert _factors(lost, "ghat") == [0, 0, 0]
    assert ghat.get(SECURITY).status_code in (302, 303), "every device is signed out"
    assert [e.type for e in events_after(lost.consultation_id)] == ["GraveActAsked", "GraveActConfirmed"]
    (reset,) = [e for e in events_after(INSTANCE) if e.type == "SecondStepReset"]
    assert (reset.actor, reset.facts["person"]) == (lost.people["derna"], str(lost.people["ghat"]))
    deliver()
    mails = session.scalars(sa.select(Mail).where(Mail.person_id == lost.people["ghat"])).all()
    assert "second_step_reset" in {mail.kind for mail in mails}

    again = lost.sign_in(app.test_client(), "ghat")
    page_of = again.get(SECURITY).text
    assert ("Two people at a desk saw you" in page_of, "because two people saw you there" in page_of) == (True, True)
    assert again.get("/en/c/test/mine/").location == SECURITY, "nothing else opens"
    made = again.get("/en/account/security/app").text
    sealed = re.findall(r'name="sealed"[^>]*value="([^"]+)"', made)[0]
    secret = re.findall(r"<bdi[^>]*>([A-Z2-7 ]{32,})</bdi>", made)[0].replace(" ", "")
    code = pyotp.TOTP(secret).at(clock.now())
    assert post(again, "/en/account/security/app", {"sealed": sealed, "code": code}).status_code in (200, 303)
    session.rollback()
    assert session.get_one(Person, lost.people["ghat"]).second_step_until is None
    assert again.get("/en/c/test/mine/").status_code == 200


def test_a_window_that_is_over_opens_nothing(app: Flask, lost: World) -> None:
    moderator, derna = (lost.sign_in(app.test_client(), who) for who in ("moderator", "derna"))
    page = _page(lost, "ghat")
    _press(moderator, page, "ask")
    assert _press(derna, page, "confirm").status_code == 303
    begun = lost.sign_in(app.test_client(), "ghat")
    with clock.at(clock.now() + SET_ANEW_WITHIN + timedelta(seconds=1)):
        with transaction():  # as if it had been used all day
            session.execute(sa.update(SignIn).values(seen_at=clock.now(), expires_at=clock.in_(hours=1)))
        assert begun.get(SECURITY).status_code in (302, 303)
        with pytest.raises(Conflict, match="two of them help you again"), transaction():
            open_sign_in(lost.people["ghat"], Arrival("password"), actor=ANONYMOUS)


def test_who_may_not_help_and_whom_an_administrator_sees(app: Flask, lost: World) -> None:
    page = _page(lost, "ghat")
    for who, status in {"ghat": 403, "professor": 403}.items():
        assert lost.sign_in(app.test_client(), who).get(page).status_code == status, who
    assert app.test_client().get(page).status_code in (302, 303), "nobody outside is told anything"
    assert app.test_client().get(page).location == app.test_client().get(f"{DESK}999/").location.replace(
        "999", page.split("/")[-2]
    )
    _role(lost, "ghat", "returning_officer")
    moderator, derna = (lost.sign_in(app.test_client(), who) for who in ("moderator", "derna"))
    assert "the second of you is an administrator" in moderator.get(page).text
    assert _press(moderator, page, "ask").status_code == 303
    shown = derna.get(page).text
    assert ("the second of you is an administrator" in shown, "Remove the second step" in shown) == (True, False)
    assert _press(derna, page, "confirm").status_code == 403
    assert _factors(lost, "ghat")[0] == 1
    administrator = lost.sign_in(app.test_client(), "administrator")
    assert _press(administrator, page, "confirm").status_code == 303
    assert _factors(lost, "ghat")[0] == 0


def test_it_is_taken_back_and_nobody_helps_themselves(app: Flask, lost: World) -> None:
    moderator, derna = (lost.sign_in(app.test_client(), who) for who in ("moderator", "derna"))
    page = _page(lost, "ghat")
    _press(moderator, page, "ask")
    assert _press(derna, page, "withdraw").status_code == 303
    assert "waiting for another" not in derna.get(DESK).text
    set_up_app(lost, "derna")
    own = _page(lost, "derna")
    assert "Two others help you" in derna.get(own).text
    assert _press(derna, own, "ask").status_code == 403
    assert _press(moderator, _page(lost, "professor"), "ask").status_code == 409, "no second step: a card is enough"
