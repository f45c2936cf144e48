"""Planning sessions and preparing agendas, by organisers and moderators."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient

from consult.db import session
from consult.sessions.queries import agenda, session_by_number
from consult.sessions.services import start_item
from consult.testing.plenary import propose_recommendation
from consult.testing.sittings import opened_session, planned_session
from consult.testing.web import post
from consult.testing.world import World

HOME = "/en/c/test/organise/sessions/"
NEW = f"{HOME}new/"
AGENDA = f"{HOME}1/agenda/"

FIELDS: dict[str, Any] = {
    "kind": "hearing",
    "names_ar": "جلسة استماع",
    "names_en": "Hearing",
    "venues_ar": "سبها",
    "starts_at": "2026-12-01T10:00",
    "ends_at": "2026-12-01T16:30",
    "quorum": "2/3",
    "speaking_minutes": "٥",
}


@pytest.fixture
def organiser(client: FlaskClient, world: World) -> FlaskClient:
    """The organiser's browser."""
    return world.sign_in(client, "organiser")


def _titles(number: int, world: World) -> list[str]:
    session.rollback()
    row = session_by_number(world.consultation_id, number)
    assert row is not None
    return [item.titles.for_language("en") for item in agenda(row.id)]


def test_a_session_is_planned_on_the_consultations_clock(organiser: FlaskClient, world: World) -> None:
    answer = post(organiser, NEW, FIELDS)
    assert (answer.status_code, answer.location) == (303, AGENDA)
    row = session_by_number(world.consultation_id, 1)
    assert row is not None
    assert (row.kind, dict(row.names), dict(row.venues)) == (
        "hearing",
        {"ar": "جلسة استماع", "en": "Hearing"},
        {"ar": "سبها"},
    )
    assert (row.starts_at, row.ends_at) == (
        datetime(2026, 12, 1, 8, 0, tzinfo=UTC),
        datetime(2026, 12, 1, 14, 30, tzinfo=UTC),
    )
    assert (row.quorum, row.speaking_minutes, row.state) == ("2/3", 5, "planned")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"kind": ""}, "Choose what kind of session it is."),
        ({"names_ar": "", "names_en": " "}, "Write the name of the session in at least one language."),
        ({"starts_at": "tomorrow"}, "Write the date and time, for example 2026-11-24 10:00."),
        ({"ends_at": ""}, "Write when the session ends."),
        ({"ends_at": "2026-12-01T09:00"}, "The end must be later than the beginning."),
        ({"speaking_minutes": "90"}, "Write a whole number from 1 to 60."),
        ({"quorum": "9/8"}, "Choose from what is offered here."),
    ],
)
def test_bad_input_gets_its_message_at_the_field_and_keeps_what_was_typed(
    organiser: FlaskClient, world: World, changes: dict[str, str], message: str
) -> None:
    answer = post(organiser, NEW, {**FIELDS, **changes})
    page = answer.get_data(as_text=True)
    assert (answer.status_code, page.count(message)) == (422, 2)
    assert "<title>Error: Plan a session" in page
    kept = FIELDS | changes
    for field in ("venues_ar", "names_ar", "starts_at"):
        if kept[field].strip() and field not in changes:
            assert f'value="{kept[field]}"' in page
    assert session_by_number(world.consultation_id, 1) is None


def test_a_plan_is_shown_and_changed(organiser: FlaskClient, world: World) -> None:
    planned_session(world, starts_at=datetime(2026, 12, 1, 8, tzinfo=UTC), ends_at=datetime(2026, 12, 1, 9, tzinfo=UTC))
    page = organiser.get(f"{HOME}1/").get_data(as_text=True)
    for shown in ('value="2026-12-01T10:00"', 'value="First plenary session"', '<option selected value="2/3">'):
        assert shown in page
    assert post(organiser, f"{HOME}1/", FIELDS).status_code == 303
    session.rollback()
    row = session_by_number(world.consultation_id, 1)
    assert row is not None
    assert (row.kind, dict(row.venues)) == ("hearing", {"ar": "سبها"})


def test_the_quorum_of_an_open_session_is_refused_at_its_field(organiser: FlaskClient, world: World) -> None:
    opened_session(world)
    answer = post(organiser, f"{HOME}1/", {**FIELDS, "quorum": "1/2"})
    assert answer.status_code == 422
    assert "The quorum cannot be changed once the session has been opened." in answer.get_data(as_text=True)


def test_tracks_suggest_the_first_items(organiser: FlaskClient, world: World) -> None:
    assert post(organiser, NEW, {**FIELDS, "outline": "y"}).status_code == 303
    suggested = _titles(1, world)
    page = organiser.get(NEW).get_data(as_text=True)
    shown = page.split('id="outline-items"')[1].split("</details>")[0]
    assert [title for title in suggested if title not in shown] == []
    assert len(suggested) == shown.count("<li>") == 4


@pytest.mark.parametrize("who", ["organiser", "moderator"])
def test_the_agenda_is_prepared_with_buttons(client: FlaskClient, world: World, who: str) -> None:
    row = planned_session(world)
    world.sign_in(client, who)
    item = {"titles_en": "Reports", "minutes": "20", "recommendation": ""}
    assert post(client, AGENDA, item).status_code == 303
    assert _titles(1, world) == ["Opening", "Migration data", "Closing", "Reports"]
    last = agenda(row.id)[-1].id
    answer = post(client, f"{AGENDA}{last}/up/", {}, form_page=AGENDA)
    assert (answer.status_code, answer.location) == (303, f"{AGENDA}#item-{last}")
    assert _titles(1, world) == ["Opening", "Migration data", "Reports", "Closing"]
    assert post(client, f"{AGENDA}{last}/down/", {}, form_page=AGENDA).status_code == 303
    assert post(client, f"{AGENDA}{last}/down/", {}, form_page=AGENDA).status_code == 409
    assert post(client, f"{AGENDA}{last}/", {**item, "titles_en": "Reports of the tracks"}).status_code == 303
    assert "items after it move up" in client.get(f"{AGENDA}{last}/remove/").get_data(as_text=True)
    first = agenda(row.id)[0].id
    assert post(client, f"{AGENDA}{first}/remove/", {}).status_code == 303
    assert _titles(1, world) == ["Migration data", "Closing", "Reports of the tracks"]


def test_the_ends_of_the_agenda_have_one_button_each_and_begun_items_none(organiser: FlaskClient, world: World) -> None:
    row = opened_session(world)
    first, second, third = (item.id for item in agenda(row.id))
    start_item(agenda(row.id)[0], actor=world.actor("moderator"))
    page = organiser.get(AGENDA).get_data(as_text=True)
    ways = re.findall(r'action="/en/c/test/organise/sessions/1/agenda/([^/]+)/(up|down)/"', page)
    assert ways == [(str(second), "down"), (str(third), "up")]
    assert post(organiser, f"{AGENDA}{first}/remove/", {}).status_code == 409


def test_a_wrong_item_keeps_what_was_typed(organiser: FlaskClient, world: World) -> None:
    row = planned_session(world)
    for path in (AGENDA, f"{AGENDA}{agenda(row.id)[0].id}/"):
        answer = post(organiser, path, {"titles_en": "", "minutes": "25", "recommendation": ""})
        page = answer.get_data(as_text=True)
        assert (answer.status_code, 'value="25"' in page) == (422, True)
        assert page.count("Write the title of the item in at least one language.") == 2


def test_an_item_is_linked_to_a_recommendation(organiser: FlaskClient, world: World) -> None:
    row, recommendation = planned_session(world), propose_recommendation(world)
    assert "1. A shared municipal register" in organiser.get(AGENDA).get_data(as_text=True)
    fields = {"titles_en": "Recommendation 1", "minutes": "30", "recommendation": str(recommendation.id)}
    assert post(organiser, AGENDA, fields).status_code == 303
    session.rollback()
    assert agenda(row.id)[-1].recommendation_id == recommendation.id
    page = organiser.get(f"{AGENDA}{agenda(row.id)[-1].id}/").get_data(as_text=True)
    assert f'<option selected value="{recommendation.id}">' in page


@pytest.mark.parametrize(("who", "status"), [(None, 303), ("ghat", 403), ("moderator", 403), ("administrator", 403)])
def test_only_organisers_plan(client: FlaskClient, world: World, who: str | None, status: int) -> None:
    planned_session(world)
    if who:
        world.sign_in(client, who)
    assert {client.get(path).status_code for path in (HOME, NEW, f"{HOME}1/")} == {status}
    client.application.config["WTF_CSRF_ENABLED"] = False
    assert {client.post(path, data=FIELDS).status_code for path in (NEW, f"{HOME}1/")} == {401 if who is None else 403}


@pytest.mark.parametrize("who", [None, "ghat"])
def test_participants_do_not_prepare(client: FlaskClient, world: World, who: str | None) -> None:
    item = agenda(planned_session(world).id)[0].id
    if who:
        world.sign_in(client, who)
    client.application.config["WTF_CSRF_ENABLED"] = False
    paths = (AGENDA, *(f"{AGENDA}{item}/{way}" for way in ("", "up/", "down/", "remove/")))
    assert {client.post(path).status_code for path in paths} == {403 if who else 401}
