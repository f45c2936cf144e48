"""One's own account: details, password."""

from __future__ import annotations

import re
from uuid import UUID

from flask.testing import FlaskClient

from consult import clock
from consult.accounts.access import Role
from consult.accounts.models import Person, RoleGrant
from consult.accounts.signing_in.passwords import verify_password
from consult.accounts.signing_in.sign_in import start_sign_in
from consult.db import new_id, session, transaction
from consult.testing.sittings import planned_session
from consult.testing.web import post
from consult.testing.world import World


def test_the_account_says_who_and_where_and_leads_to_security(client: FlaskClient, world: World) -> None:
    page = world.sign_in(client, "ghat").get("/en/account").get_data(as_text=True)
    for words in ("عيسى كوسا", "ghat@example.org", "Test consultation", 'href="/en/account/security"'):
        assert words in page


def test_name_and_language_are_changed_and_what_is_wrong_is_told(client: FlaskClient, world: World) -> None:
    world.sign_in(client, "ghat")
    answer = post(client, "/en/account/details", {"name": " \u202eEissa  Kousa", "language": "fr"})
    assert (answer.status_code, answer.location) == (303, "/en/account")
    person = session.get_one(Person, world.people["ghat"])
    assert (person.name, person.language) == ("Eissa Kousa", "fr")
    wrong = post(client, "/en/account/details", {"name": " ", "language": "fr"})
    assert (wrong.status_code, '<a href="#name">Write the name.</a>' in wrong.get_data(as_text=True)) == (422, True)


def test_a_password_is_set_and_a_poor_one_is_refused(client: FlaskClient, world: World) -> None:
    world.sign_in(client, "ghat")
    poor = post(client, "/en/account/password", {"new": "short"})
    assert (poor.status_code, "Write at least 12 characters" in poor.get_data(as_text=True)) == (422, True)
    assert 'value="short"' not in poor.get_data(as_text=True)
    assert post(client, "/en/account/password", {"new": "a sentence of mine"}).status_code == 303
    session.rollback()
    assert verify_password(session.get_one(Person, world.people["ghat"]).password_hash, "a sentence of mine")


def test_nobody_reads_an_account_without_signing_in(client: FlaskClient, world: World) -> None:
    for path in ("/en/account", "/en/account/details", "/en/account/password", "/en/account/security"):
        answer = client.get(path)
        assert (answer.status_code, answer.location) == (303, f"/en/sign-in?next={path}")


def test_each_role_leads_to_its_desk_from_the_account_and_from_the_consultation(
    client: FlaskClient, world: World
) -> None:
    here = "/en/c/test/"
    desks = {
        (Role.ORGANISER, ""): "organise/",
        (Role.MODERATOR, ""): "review/",
        (Role.MODERATOR, "municipal"): "review/",
        (Role.MODERATOR, "session"): "facilitate/sessions/",
        (Role.RAPPORTEUR, ""): "organise/recommendations/",
        (Role.RAPPORTEUR, "session"): "facilitate/sessions/",
        (Role.ACCREDITOR, "cso"): "facilitate/accreditation/",
        (Role.RETURNING_OFFICER, ""): "facilitate/ballots/",
        (Role.RETURNING_OFFICER, "session"): "facilitate/ballots/",
        (Role.CLERK, "municipal"): "paper/",
        (Role.OBSERVER, ""): "facilitate/ballots/",
        (Role.TRANSLATOR, "academic"): "translations/",
        (Role.EVALUATOR, ""): "evaluation/figures/",
    }
    sitting = planned_session(world).id
    for number, ((role, part), desk) in enumerate(desks.items()):
        token = _with_role(world, number, role, part, sitting)
        client.set_cookie("consult-session", token)
        account = client.get("/en/account").get_data(as_text=True)
        [led] = re.findall(r'class="title" href="([^"]+)"', account.partition('id="parts"')[2])
        assert (role, part, led, client.get(led).status_code) == (role, part, here + desk, 200)
        staff = client.get(here).get_data(as_text=True).partition('id="staff"')[2].partition("</section>")[0]
        assert f'href="{led}"' in staff, role


def _with_role(world: World, number: int, role: Role, part: str, sitting: UUID) -> str:
    """Enter somebody who holds one role, and return the token of their cookie."""
    with transaction():
        person = Person(id=new_id(), name=role, email=f"{number}@example.org", language="en", created_at=clock.now())
        person.email_key = person.email
        session.add(person)
        session.flush()
        grant = RoleGrant(person_id=person.id, role=role, consultation_id=world.consultation_id, granted_at=clock.now())
        grant.track, grant.session_id = ("", sitting) if part == "session" else (part, None)
        session.add(grant)
    return start_sign_in(person.id, method="link", factor="app")
