"""Consent at the moment of joining: unticked, versioned, needed for nothing, and taken back as easily later."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from consult.accounts.access import OPERATOR
from consult.accounts.models import Person
from consult.accounts.signing_in.links import invite_person
from consult.consent.models import Consent, Purpose
from consult.consent.services import PurposeDraft, publish_purpose
from consult.consent.uses import USES, Use
from consult.consultations.models import ConsultationTrack
from consult.db import session, transaction
from consult.i18n import Localized
from consult.notifications.models import Mail
from consult.testing.acts import deliver
from consult.testing.web import post
from consult.testing.world import World

CHANGED = Localized(ar="أضفنا", en="Added", fr="Ajouté")


def ask(world: World, use: Use, seen: int = 0) -> Purpose:
    draft = PurposeDraft(use, USES[use].title, USES[use].text, CHANGED, True, seen)
    return publish_purpose(draft, consultation=world.consultation, actor=world.actor("organiser"))


def answers() -> list[tuple[str, int, bool]]:
    session.rollback()  # what was read before a request must not hide what it wrote
    query = sa.select(Purpose.use, Consent.version, Consent.given).select_from(Consent).join(Purpose)
    rows = session.execute(query.order_by(Consent.id))
    return [tuple(row) for row in rows]


@pytest.fixture
def invitation(world: World) -> str:
    """The address of an invitation of a member."""
    person = session.get_one(Person, world.people["ghat"])
    return "/en" + invite_person(person, actor=OPERATOR, consultation=world.consultation_id).path[3:]


def boxes(page: str) -> list[str]:
    return re.findall(r'<input type="checkbox" name="agree-[^>]*>', page)


def test_what_is_ticked_is_agreed_to_and_nothing_else_is_answered(
    client: FlaskClient, world: World, invitation: str
) -> None:
    contact, research = ask(world, Use.CONTACT), ask(world, Use.RESEARCH)
    page = client.get(invitation).get_data(as_text=True)
    assert len(boxes(page)) == 2
    assert "checked" not in " ".join(boxes(page))
    assert answers() == []
    done = post(client, invitation, {f"agree-{research.id}": "1"})
    assert (done.status_code, answers()) == (303, [("research", 1, True)])
    account = client.get("/en/c/test/purposes/").get_data(as_text=True)
    assert "You agreed" in account
    assert "Not answered yet" in account
    taken_back = post(
        client, "/en/c/test/purposes/research/", {"version": "1", "answer": "no"}, form_page="/en/c/test/purposes/"
    )
    assert (taken_back.status_code, answers()[-1]) == (303, ("research", 1, False))
    assert contact.version == 1


def test_nothing_is_needed_to_take_part(client: FlaskClient, world: World, invitation: str) -> None:
    ask(world, Use.CONTACT)
    assert post(client, invitation, {}).status_code == 303
    assert client.get("/en/c/test/mine/").status_code == 200
    assert answers() == []


def test_a_text_that_changed_meanwhile_is_asked_anew(client: FlaskClient, world: World, invitation: str) -> None:
    row = ask(world, Use.CONTACT)
    ask(world, Use.CONTACT, 1)
    done = post(client, invitation, {f"agree-{row.id}": "1", "agree-x": "1"})
    assert done.status_code == 303
    assert answers() == []
    assert "A text that you agreed to has changed meanwhile" in client.get("/en/c/test/").get_data(as_text=True)


def test_whoever_only_signs_in_or_takes_part_elsewhere_is_not_asked(client: FlaskClient, world: World) -> None:
    row = ask(world, Use.CONTACT)
    organiser = session.get_one(Person, world.people["organiser"])
    path = "/en" + invite_person(organiser, actor=OPERATOR, consultation=world.consultation_id).path[3:]
    assert boxes(client.get(path).get_data(as_text=True)) == []
    assert post(client, path, {f"agree-{row.id}": "1"}).status_code == 303
    assert answers() == []


def test_somebody_who_registers_is_asked_behind_the_link(app: Flask, client: FlaskClient, world: World) -> None:
    row = ask(world, Use.RESEARCH)
    with transaction():
        session.execute(
            sa.update(ConsultationTrack).where(ConsultationTrack.key == "municipal").values(open_to_persons=True)
        )
    fields = {"track": "municipal", "name": "آمنة", "email": "amna@example.org", "language": "en"}
    assert boxes(client.get("/en/c/test/register/").get_data(as_text=True)) == []  # nobody is anybody yet
    assert post(client, "/en/c/test/register/", fields).status_code == 303
    deliver()
    text = session.scalars(sa.select(Mail.text).where(Mail.text.contains("/register/"))).one()
    path = re.search(r"/en/c/test/register/[\w-]+/", text)
    assert path is not None
    assert len(boxes(client.get(path[0]).get_data(as_text=True))) == 1
    assert post(client, path[0], {f"agree-{row.id}": "1"}).status_code == 303
    assert answers() == [("research", 1, True)]
