"""The moderator's desk: every act by its button, refused to everybody else, and safe when two press at once."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from consult.db import database, session
from consult.sessions.models import MinutesEntry, Session
from consult.sessions.present import minutes_of, sitting
from consult.sessions.queries import agenda, current_speech, list_of_speakers, present_members
from consult.sessions.services import ask_floor, give_floor, start_item
from consult.testing.plenary import fill_seats
from consult.testing.sittings import held_session, opened_session, planned_session
from consult.testing.web import form_token, post
from consult.testing.world import World

PUBLIC = "/en/c/test/sessions/1/"
LIST = "/en/c/test/facilitate/sessions/"
DESK = f"{LIST}1/"
Counting = Callable[[], AbstractContextManager[list[str]]]


def words(client: FlaskClient, path: str, status: int = 200) -> str:
    """Return the words of a page as they are read, one space between them."""
    answer = client.get(path)
    assert answer.status_code == status
    page = re.sub(r"</?(?:b|bdi|i|time|span)\b[^>]*>", "", answer.get_data(as_text=True))
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


@pytest.fixture
def desk(client: FlaskClient, world: World) -> FlaskClient:
    """The moderator's browser."""
    return world.sign_in(client, "moderator")


def _press(client: FlaskClient, path: str, **fields: object) -> int:
    """Press a button of the desk; return the status, having followed nothing."""
    answer = post(client, f"{DESK}{path}", fields, form_page=DESK)
    session.rollback()
    return answer.status_code


def test_a_session_is_run_from_the_desk(desk: FlaskClient, world: World) -> None:
    row = planned_session(world)
    assert "Check in those who have come, then open the session." in words(desk, DESK)
    assert "There is no quorum yet." in words(desk, f"{DESK}open/")
    assert _press(desk, "open/") == 303
    assert row.state == "open"
    first, second, _ = agenda(row.id)
    assert "Next: Opening Take up item 1" in words(desk, DESK)
    assert _press(desk, f"items/{second.id}/start/") == 303
    assert "Item 2 of 3" in words(desk, DESK)
    assert _press(desk, f"items/{first.id}/start/") == 409
    assert _press(desk, f"items/{second.id}/finish/") == 303
    assert (second.finished_at is None, row.state) == (False, "open")
    assert "You can resume the session." in words(desk, f"{DESK}suspend/")
    assert _press(desk, "suspend/") == 303
    assert "Resume the session" in words(desk, DESK)
    assert _press(desk, "resume/") == 303
    assert "Some items have not been taken up." in words(desk, f"{DESK}close/")
    assert _press(desk, "close/") == 303
    assert row.state == "closed"
    assert "Complete the minutes and approve them" in words(desk, DESK)
    assert _press_closed(desk, "open/") == 409


def _press_closed(client: FlaskClient, path: str) -> int:
    return post(client, f"{DESK}{path}", {}, form_page=f"{DESK}{path}").status_code


def test_the_floor_is_given_extended_ended_and_taken_off(desk: FlaskClient, world: World) -> None:
    row = opened_session(world)
    asked = [ask_floor(row, actor=world.actor(who)) for who in ("ghat", "derna", "zuwara")]
    ghat, derna, zuwara = (speech.id for speech in asked)
    assert "Speakers waiting 3" in words(desk, DESK)
    assert _press(desk, "floor/give/", speech=ghat, instead_of="") == 303
    assert "Has the floor عيسى كوسا Ghat" in words(desk, DESK)
    assert _press(desk, f"floor/{ghat}/more/") == 303
    speaking = current_speech(row.id)
    assert speaking is not None
    assert (speaking.id, speaking.seconds) == (ghat, 240)
    assert _press(desk, "floor/give/", speech=derna, instead_of="") == 409
    assert _press(desk, "floor/give/", speech=derna, instead_of=ghat) == 303
    assert _press(desk, f"floor/{zuwara}/withdraw/") == 303
    assert _press(desk, f"floor/{derna}/end/") == 303
    assert (current_speech(row.id), list_of_speakers(row.id)) == (None, [])
    assert _press(desk, f"floor/{derna}/end/") == 409


def test_the_next_is_given_the_floor_without_a_choice(desk: FlaskClient, world: World) -> None:
    row = opened_session(world)
    for who in ("ghat", "derna"):
        ask_floor(row, actor=world.actor(who))
    assert _press(desk, "floor/give/") == 303
    speaking = current_speech(row.id)
    assert speaking is not None
    assert speaking.member_id == world.members["ghat"]


def test_an_item_with_people_waiting_asks_once_more(desk: FlaskClient, world: World) -> None:
    row = opened_session(world)
    item = start_item(agenda(row.id)[0], actor=world.actor("moderator"))
    assert f"items/{item.id}/finish/" in desk.get(DESK).get_data(as_text=True)
    for who in ("ghat", "derna"):
        ask_floor(row, actor=world.actor(who))
    assert "Finish the item…" in words(desk, DESK)
    assert "2 people still wait for the floor." in words(desk, f"{DESK}items/{item.id}/finish/")


@pytest.mark.parametrize(
    ("path", "fields", "status"),
    [
        ("floor/give/", {"speech": "crooked"}, 400),
        ("floor/give/", {"speech": "01a20de3-d4a7-750d-96c0-4d91dc569abd"}, 404),
        ("floor/01a20de3-d4a7-750d-96c0-4d91dc569abd/end/", {}, 404),
        ("items/01a20de3-d4a7-750d-96c0-4d91dc569abd/start/", {}, 404),
        ("attendance/", {}, 400),
        ("attendance/", {"in": "crooked"}, 400),
        ("attendance/", {"in": "01a20de3-d4a7-750d-96c0-4d91dc569abd"}, 404),
        ("minutes/01a20de3-d4a7-750d-96c0-4d91dc569abd/hide/", {}, 404),
    ],
)
def test_what_does_not_exist_is_refused(
    desk: FlaskClient, world: World, path: str, fields: dict[str, str], status: int
) -> None:
    ask_floor(opened_session(world), actor=world.actor("ghat"))
    assert _press(desk, path, **fields) == status


def test_people_are_checked_in_by_their_button_or_all_that_are_ticked(desk: FlaskClient, world: World) -> None:
    row, page = planned_session(world), f"{DESK}attendance/"
    ids = world.members
    answer = post(desk, page, {"in": ids["ghat"]})
    assert (answer.status_code, answer.location) == (303, page)
    assert "1 person checked in." in words(desk, page)
    post(desk, page, {"in": "ticked", "member": [ids["ghat"], ids["derna"], ids["cso"]]})
    assert "2 people checked in." in words(desk, page)
    session.rollback()
    assert present_members(row.id) == {ids["ghat"], ids["derna"], ids["cso"]}
    post(desk, page, {"out": ids["derna"]})
    assert "1 person checked out." in words(desk, page)
    post(desk, page, {"in": "ticked"})
    assert "0 people checked in." in words(desk, page)
    session.rollback()
    assert present_members(row.id) == {ids["ghat"], ids["cso"]}


def test_somebody_who_raises_a_hand_is_written_down(desk: FlaskClient, world: World) -> None:
    row, page = opened_session(world, "cso"), f"{DESK}attendance/"
    for said in ("Added to the list of speakers.", "This name is on the list of speakers already."):
        post(desk, page, {"ask": world.members["cso"]})
        assert said in words(desk, page)
    session.rollback()
    assert [speech.member_id for speech in list_of_speakers(row.id)] == [world.members["cso"]]


def test_members_are_found_by_name_body_or_number_and_a_withheld_one_by_number_only(
    desk: FlaskClient, world: World
) -> None:
    planned_session(world)

    def found(text: str) -> list[str]:
        page = desk.get(f"{DESK}attendance/", query_string={"q": text}).get_data(as_text=True)
        keys = {str(member): key for key, member in world.members.items()}
        return [keys[member] for member in re.findall(r'name="member" value="([^"]+)"', page)]

    assert [found(text) for text in ("Ghat", "غات", "سعاد", "٥", "5", "خديجة", "Nobody")] == [
        ["ghat"],
        ["ghat"],
        ["derna"],
        ["cso"],
        ["cso"],
        [],
        [],
    ]
    assert "Nobody was found" in words(desk, f"{DESK}attendance/?q=Nobody")


def test_a_long_list_is_turned_page_by_page_and_kept_after_an_act(desk: FlaskClient, world: World) -> None:
    planned_session(world)
    fill_seats(world, {("municipal", "west"): 60})
    page = f"{DESK}attendance/"
    first = desk.get(page).get_data(as_text=True)
    assert first.count('name="member"') == 50
    assert desk.get(f"{page}?after=50").get_data(as_text=True).count('name="member"') == 15
    answer = post(desk, f"{page}?track=municipal&after=50", {"in": "ticked"}, form_page=f"{page}?after=50")
    assert answer.location == f"{page}?track=municipal&after=50"


def test_minutes_are_completed_and_approved(desk: FlaskClient, world: World) -> None:
    row, page = held_session(world), f"{DESK}minutes/"
    second = agenda(row.id)[1].id
    answer = post(desk, page, {"text": "", "language": "en", "item": str(second)})
    assert answer.status_code == 422
    assert "Write what the minutes should say." in answer.get_data(as_text=True)
    answer = post(desk, page, {"text": "شُرح السجل.", "language": "ar", "item": str(second)})
    assert (answer.status_code, answer.location) == (303, page)
    session.rollback()
    found = sitting(row.consultation_id, 1)
    assert found is not None
    written = next(entry for entry in minutes_of(found) if entry.text)
    assert (written.text, written.language, written.item) == ("شُرح السجل.", "ar", second)
    line = f"{page}{written.id}/"
    assert post(desk, line, {"text": " ", "language": "ar"}).status_code == 422
    assert post(desk, line, {"text": "شُرح السجل بأمثلة.", "language": "ar"}).status_code == 303
    hidden = minutes_of(found)[0].id
    assert post(desk, f"{page}{hidden}/hide/", {}, form_page=page).status_code == 303
    assert "6 lines left out" in words(desk, page)
    assert post(desk, f"{page}{hidden}/show/", {}, form_page=page).status_code == 303
    assert "شُرح السجل بأمثلة." in words(desk, f"{page}approve/")
    assert post(desk, f"{page}approve/", {}).status_code == 303
    assert "Minutes approved" in words(desk, PUBLIC)
    assert "cannot be changed any more" in words(desk, page)
    client_token = form_token(desk, page)
    answer = desk.post(page, data={"csrf_token": client_token, "text": "Late.", "language": "en", "item": ""})
    assert answer.status_code == 409
    session.rollback()
    assert session.get_one(MinutesEntry, written.id).text == "شُرح السجل بأمثلة."


def test_what_was_typed_stays_when_it_is_refused(desk: FlaskClient, world: World) -> None:
    held_session(world)
    long = "ك" * 10_001
    answer = post(desk, f"{DESK}minutes/", {"text": long, "language": "fr", "item": ""})
    page = answer.get_data(as_text=True)
    assert (answer.status_code, long in page) == (422, True)
    assert '<option selected value="fr">' in page


ACTS = (
    "open/",
    "suspend/",
    "resume/",
    "close/",
    "floor/give/",
    "attendance/",
    "minutes/",
    "minutes/approve/",
)


@pytest.mark.parametrize(("who", "status"), [(None, 401), ("ghat", 403), ("administrator", 403)])
def test_nobody_else_acts_at_the_desk(client: FlaskClient, world: World, who: str | None, status: int) -> None:
    row = opened_session(world)
    item, speech = agenda(row.id)[0].id, ask_floor(row, actor=world.actor("ghat")).id
    give_floor(row, actor=world.actor("moderator"))
    entry = session.query(MinutesEntry).first()
    assert entry is not None
    if who:
        world.sign_in(client, who)
    client.application.config["WTF_CSRF_ENABLED"] = False
    acts = [
        *ACTS,
        f"items/{item}/start/",
        f"items/{item}/finish/",
        *(f"floor/{speech}/{act}/" for act in ("more", "end", "withdraw")),
        f"minutes/{entry.id}/",
        f"minutes/{entry.id}/hide/",
    ]
    assert {client.post(f"{DESK}{act}").status_code for act in acts} == {status}
    session.rollback()
    assert (session.get_one(Session, row.id).state, current_speech(row.id) is None) == ("open", False)


@pytest.mark.parametrize("who", [None, "ghat"])
def test_nobody_else_sees_the_desk(client: FlaskClient, world: World, who: str | None) -> None:
    held_session(world)
    if who:
        world.sign_in(client, who)
    paths = ("", "1/", "1/attendance/", "1/minutes/", "1/minutes/approve/", "1/close/")
    assert {client.get(f"{LIST}{path}").status_code for path in paths} == {403 if who else 303}


def test_an_organiser_prepares_and_writes_minutes_but_does_not_run(client: FlaskClient, world: World) -> None:
    opened_session(world)
    world.sign_in(client, "organiser")
    assert [client.get(f"{LIST}{path}").status_code for path in ("", "1/minutes/", "1/", "1/attendance/")] == [
        200,
        200,
        403,
        403,
    ]


def test_the_desk_renews_itself_with_304(desk: FlaskClient, world: World) -> None:
    row = opened_session(world)
    desk.get(DESK)
    answer = desk.get(DESK)
    assert answer.headers["Cache-Control"] == "no-store"
    tag = {"If-None-Match": answer.headers["ETag"]}
    assert desk.get(DESK, headers=tag).status_code == 304
    ask_floor(row, actor=world.actor("ghat"))
    assert desk.get(DESK, headers=tag).status_code == 200


def test_queries_of_the_desk(desk: FlaskClient, world: World, count_queries: Counting) -> None:
    def counted(path: str) -> int:
        desk.get(path)
        with count_queries() as seen:
            assert desk.get(path).status_code == 200
        return len([statement for statement in seen if not statement.startswith("BEGIN")])

    row = opened_session(world, "ghat", "cso")
    start_item(agenda(row.id)[0], actor=world.actor("moderator"))
    for who in ("ghat", "cso", "derna"):
        ask_floor(row, actor=world.actor(who))
    give_floor(row, actor=world.actor("moderator"))
    paths = (LIST, DESK, f"{DESK}attendance/", f"{DESK}minutes/", f"{DESK}close/")
    before = [counted(path) for path in paths]
    assert before == [5, 12, 10, 7, 9]
    fill_seats(world, {("municipal", "west"): 20})
    planned_session(world)
    assert [counted(path) for path in paths] == before


def _contents() -> dict[str, list[tuple[object, ...]]]:
    session.rollback()
    tables = database.metadata.sorted_tables
    return {table.name: sorted(map(tuple, session.execute(sa.select(table))), key=repr) for table in tables}


def test_looking_writes_nothing(client: FlaskClient, world: World) -> None:
    row = opened_session(world, "ghat", "cso")
    item = start_item(agenda(row.id)[0], actor=world.actor("moderator"))
    ask_floor(row, actor=world.actor("ghat"))
    give_floor(row, actor=world.actor("moderator"))
    held_session(world)
    entry = session.query(MinutesEntry).first()
    assert entry is not None
    one, other = f"/en/c/test/organise/sessions/1/agenda/{agenda(row.id)[2].id}/", f"{DESK}items/{item.id}/finish/"
    paths = {
        "ghat": ("/en/c/test/sessions/", PUBLIC, f"{PUBLIC}hall/", "/en/c/test/sessions/2/"),
        "moderator": (LIST, DESK, f"{DESK}attendance/?q=5", f"{DESK}minutes/", f"{DESK}minutes/{entry.id}/"),
        "organiser": ("/en/c/test/organise/sessions/", "/en/c/test/organise/sessions/1/", one, f"{one}remove/"),
    }
    more = (f"{DESK}open/", f"{DESK}close/", f"{DESK}suspend/", other, f"{LIST}2/minutes/approve/", f"{LIST}2/")
    browsers = {who: world.sign_in(client.application.test_client(), who) for who in paths}
    before = _contents()
    for who, opened in paths.items():
        assert {path: browsers[who].get(path).status_code for path in opened} == dict.fromkeys(opened, 200)
    assert {path: browsers["moderator"].get(path).status_code for path in more} == dict.fromkeys(more, 200)
    assert _contents() == before
