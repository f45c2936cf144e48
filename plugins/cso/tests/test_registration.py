"""The registration: optional, for the organisation alone, and forgotten when it says so."""

from __future__ import annotations

import re

import consult_cso.plugin as plugin
import pytest
import sqlalchemy as sa
from consult_cso.models import CsoRegistration
from consult_cso.services import RegistrationDraft, note_registration
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from consult.sdk import ANONYMOUS, Forbidden, Rejected, session
from consult.testing.acts import recorded, said
from consult.testing.web import post
from consult.testing.world import World

PAGE = "/en/c/test/cso/registration/"
OTHERS = ("", "ghat", "professor", "administrator", "moderator", "organiser")


def _note(world: World, who: str = "cso", **answers: object) -> CsoRegistration | None:
    actor = world.actor(who) if who else ANONYMOUS
    return note_registration(RegistrationDraft(answers), consultation=world.consultation, actor=actor)


def _kept(world: World) -> list[tuple[list[str], str]]:
    return [(row.authorities, row.number) for row in session.scalars(sa.select(CsoRegistration))]


def test_an_organisation_notes_its_registration_and_changes_it(world: World) -> None:
    row = _note(world, authorities=["csc_tripoli", "csc_benghazi"], number=" 1234/أ ")
    assert row is not None
    assert row.member_id == world.members["cso"]
    assert _kept(world) == [(["csc_tripoli", "csc_benghazi"], "1234/أ")]
    _note(world, authorities=["none"])
    assert _kept(world) == [(["none"], "")]


def test_it_is_forgotten_when_nothing_is_said_any_more(world: World) -> None:
    assert _note(world) is None
    _note(world, number="1234")
    assert _kept(world) == [([], "1234")]
    assert _note(world, authorities=[], number="") is None
    assert _kept(world) == []


def test_the_log_tells_neither_who_nor_what(world: World) -> None:
    _note(world, authorities=["csc_tripoli"], number="1234")
    _note(world)
    assert [(event.actor, event.facts) for event in recorded("CsoRegistrationNoted")] == [(None, {})] * 2


def test_a_wrong_answer_is_refused_at_its_field(world: World) -> None:
    for answers, wrong in (
        ({"authorities": ["parliament"]}, ("authorities", "Choose among the answers.")),
        ({"authorities": ["none", "csc_tripoli"]}, ("authorities", "Choose either authorities or none.")),
        ({"number": "1" * 121}, ("number", "Write at most 120 characters; this has 121.")),
    ):
        with pytest.raises(Rejected) as refusal:
            _note(world, **answers)
        assert said(refusal.value) == [wrong]
    assert _kept(world) == []


@pytest.mark.parametrize("who", OTHERS)
def test_nobody_else_notes_anything(world: World, who: str) -> None:
    with pytest.raises(Forbidden):
        _note(world, who, number="1234")
    assert _kept(world) == []


def _save(client: FlaskClient, **fields: object) -> TestResponse:
    return post(client, PAGE, fields)


def test_the_page_keeps_what_was_written_and_shows_it_again(client: FlaskClient, world: World) -> None:
    world.sign_in(client, "cso")
    answer = _save(client, authorities=["csc_benghazi"], number="77")
    assert (answer.status_code, answer.headers["Location"]) == (303, PAGE)
    page = client.get(PAGE).get_data(as_text=True)
    assert "Saved. Only you can see it." in page
    assert re.findall(r'value="(\w+)" checked', page) == ["csc_benghazi"]
    assert 'value="77"' in page
    assert _save(client, number="").status_code == 303
    assert "Nothing is kept about your registration." in client.get(PAGE).get_data(as_text=True)
    assert _kept(world) == []


def test_a_refused_answer_stays_on_the_page_with_its_message(client: FlaskClient, world: World) -> None:
    world.sign_in(client, "cso")
    answer = _save(client, authorities=["none", "other"], number="77")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert re.findall(r'value="(\w+)" checked', page) == ["other", "none"]
    assert 'value="77"' in page
    assert page.count("Choose either authorities or none.") == 2  # at the field and in the summary
    assert _kept(world) == []


@pytest.mark.parametrize("who", OTHERS)
def test_the_page_is_not_for_others(client: FlaskClient, world: World, who: str) -> None:
    _note(world, authorities=["csc_tripoli"], number="canary")
    answer = (world.sign_in(client, who) if who else client).get(PAGE)
    assert answer.status_code == (403 if who else 303)
    assert "canary" not in answer.get_data(as_text=True)


def test_the_link_to_it_is_for_the_organisation(app: Flask, world: World) -> None:
    with app.test_request_context("/en/c/test/"):
        app.preprocess_request()
        links = {
            who: [
                (str(link.label), link.href)
                for link in plugin.consult_navigation(world.actor(who) if who else ANONYMOUS, world.consultation)
            ]
            for who in (*OTHERS, "cso")
        }
    assert links == {who: [("Registration", PAGE)] if who == "cso" else [] for who in (*OTHERS, "cso")}
