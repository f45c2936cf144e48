"""Sessions as everybody and participants see them: what is happening, the floor, the hall, the minutes."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from consult import clock
from consult.ballots.models import Ballot
from consult.ballots.services import BallotDraft, open_ballot, prepare_ballot
from consult.ballots.states import BallotKind
from consult.db import session, transaction
from consult.i18n import Localized
from consult.sessions.models import Session
from consult.sessions.queries import agenda, list_of_speakers
from consult.sessions.services import (
    ItemDraft,
    approve_minutes,
    ask_floor,
    change_item,
    check_in,
    close_session,
    give_floor,
    start_item,
    suspend_session,
    write_minutes,
)
from consult.testing.plenary import propose_recommendation
from consult.testing.sittings import held_session, opened_session, planned_session
from consult.testing.web import post
from consult.testing.world import World

HOME = "/en/c/test/sessions/"
ONE = f"{HOME}1/"
Counting = Callable[[], AbstractContextManager[list[str]]]


def words(client: FlaskClient, path: str, status: int = 200) -> str:
    """Return the words of a page as they are read, one space between them."""
    answer = client.get(path)
    assert answer.status_code == status
    page = re.sub(r"</?(?:b|bdi|i|time|span)\b[^>]*>", "", answer.get_data(as_text=True))
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def busy_session(world: World) -> Session:
    """Open a session: item 2 about recommendation 1 is under discussion, Ghat speaks, two wait, a ballot is open."""
    recommendation = propose_recommendation(world)
    row, moderator = opened_session(world, "ghat", "derna", "zuwara", "cso"), world.actor("moderator")
    item = agenda(row.id)[1]
    change_item(ItemDraft(item.titles, 50, recommendation.id), item=item, actor=moderator)
    start_item(item, actor=moderator)
    for who in ("ghat", "cso", "zuwara"):
        ask_floor(row, actor=world.actor(who))
    give_floor(row, actor=moderator)
    draft = BallotDraft(
        BallotKind.RECOMMENDATION, "GA-2/3", Localized(en="Do you adopt it?"), recommendation.id, session=row.id
    )
    ballot: Ballot = prepare_ballot(draft, consultation=world.consultation, actor=moderator)
    open_ballot(ballot, actor=moderator)
    return row


def test_the_list_shows_now_to_come_and_past(client: FlaskClient, world: World) -> None:
    assert "No session has been planned yet" in words(client, HOME)
    held_session(world)
    opened_session(world, names=Localized(en="Hearing on data"), kind="hearing")
    later = clock.now() + timedelta(days=9)
    planned_session(world, names=Localized(en="Workshop"), starts_at=later, ends_at=later + timedelta(days=2))
    said = words(client, HOME)
    order = [said.index(part) for part in ("Now Hearing on data", "To come Workshop", "Past First plenary session")]
    assert order == sorted(order)
    assert "Run a session" not in said
    assert "Run a session" in words(world.sign_in(client, "moderator"), HOME)


def test_the_page_says_what_is_happening(client: FlaskClient, world: World) -> None:
    with clock.at(clock.now()):
        busy_session(world)
        said = words(client, ONE)
    for part in (
        "Sitting now",
        "First plenary session",
        "People’s Hall",
        "Ballot 1 is open",
        "Do you adopt it?",
        "0 of 5 have voted.",
        "Item 2 of 3",
        "Migration data",
        "Has the floor عيسى كوسا Ghat 3:00 left",
        "Had the floor: Ghat",
        "The session was opened with a quorum. Seats represented: 4 of 5; needed: 4.",
        "List of speakers Participant 5, name withheld يونس عزابيZwara",
        "Quorum met: 4 of 5 seats, 4 needed",
        "1Opening",
        "2 Migration data Now",
    ):
        assert part in said
    assert 'href="/en/c/test/recommendations/1/"' in client.get(ONE).get_data(as_text=True)
    assert "/vote/" not in client.get(ONE).get_data(as_text=True)


def test_a_suspended_and_a_planned_session_say_so(client: FlaskClient, world: World) -> None:
    suspend_session(opened_session(world), actor=world.actor("moderator"))
    planned_session(world)
    assert "The session is suspended. It goes on when the moderator resumes it." in words(client, ONE)
    assert "The session has not begun." in words(client, f"{HOME}2/")


def test_the_hall_shows_the_present_and_nothing_else(client: FlaskClient, world: World) -> None:
    with clock.at(clock.now()):
        row = busy_session(world)
        said = words(client, f"{ONE}hall/")
    for part in (
        "First plenary session Quorum: 4 present, 4 needed",
        "Item 2 of 3 Migration data",
        "Has the floor Ghat عيسى كوسا 3:00 left",
        "Ballot 1 is open 0 of 5 have voted",
        "Next: Participant 5, name withheld Zwara 2 wait",
    ):
        assert part in said
    for past in ("Opening", "Sign in", "The session was opened"):
        assert past not in said
    close_session(row, actor=world.actor("moderator"))
    assert "Session closed" in words(client, f"{ONE}hall/")


def test_a_participant_asks_for_the_floor_sees_the_place_and_leaves(client: FlaskClient, world: World) -> None:
    row = opened_session(world, "derna")
    ask_floor(row, actor=world.actor("ghat"))
    world.sign_in(client, "derna")
    assert "You are checked in." in words(client, ONE)
    answer = post(client, f"{ONE}floor/", {}, form_page=ONE)
    assert (answer.status_code, answer.location) == (303, ONE)
    said = words(client, ONE)
    assert "You are on the list of speakers." in said
    assert "1 is before you." in said
    post(client, f"{ONE}floor/", {}, form_page=ONE)
    assert "This name is on the list of speakers already." in words(client, ONE)
    answer = post(client, f"{ONE}floor/withdraw/", {}, form_page=ONE)
    assert answer.status_code == 303
    assert "You are no longer on the list of speakers." in words(client, ONE)
    session.rollback()
    assert [speech.member_id for speech in list_of_speakers(row.id)] == [world.members["ghat"]]


def test_the_participant_who_is_next_and_speaks_is_told(client: FlaskClient, world: World) -> None:
    row = opened_session(world, "derna")
    ask_floor(row, actor=world.actor("derna"))
    world.sign_in(client, "derna")
    assert "You are next." in words(client, ONE)
    give_floor(row, actor=world.actor("moderator"))
    assert "You have the floor." in words(client, ONE)


def test_outside_an_open_session_only_those_checked_in_are_offered_the_floor(client: FlaskClient, world: World) -> None:
    row = planned_session(world)
    world.sign_in(client, "ghat")
    assert "once the session is open, or once you are checked in" in words(client, ONE)
    assert f'action="{ONE}floor/"' not in client.get(ONE).get_data(as_text=True)
    check_in([world.members["ghat"]], sitting=row, actor=world.actor("moderator"))
    assert f'action="{ONE}floor/"' in client.get(ONE).get_data(as_text=True)


@pytest.mark.parametrize(("who", "status"), [(None, 401), ("organiser", 403), ("moderator", 403)])
def test_who_takes_no_part_does_not_ask(client: FlaskClient, world: World, who: str | None, status: int) -> None:
    opened_session(world)
    if who:
        world.sign_in(client, who)
    client.application.config["WTF_CSRF_ENABLED"] = False
    assert [client.post(f"{ONE}floor/{way}").status_code for way in ("", "withdraw/")] == [status, status]


def test_a_post_without_its_token_is_refused(client: FlaskClient, world: World) -> None:
    row = opened_session(world)
    world.sign_in(client, "ghat")
    assert client.post(f"{ONE}floor/").status_code == 400
    session.rollback()
    assert list_of_speakers(row.id) == []


def test_a_voter_is_led_to_the_vote(client: FlaskClient, world: World) -> None:
    busy_session(world)
    world.sign_in(client, "derna")
    assert 'href="/en/c/test/ballots/1/vote/"' in client.get(ONE).get_data(as_text=True)


def test_minutes_are_public_once_approved(client: FlaskClient, world: World) -> None:
    row, moderator = held_session(world), world.actor("moderator")
    write_minutes("The register was explained.", language="en", sitting=row, actor=moderator)
    said = words(client, ONE)
    assert "The minutes are being written." in said
    assert "The register was explained." not in said
    approve_minutes(row, actor=moderator)
    said = words(client, ONE)
    for part in (
        "Minutes approved",
        "Item 2 was taken up: Migration data",
        "Had the floor: Participant 5, name withheld",
        "The register was explained.",
        "Who was present (2) Ghat Participant 5, name withheld",
    ):
        assert part in said


def test_a_withheld_name_stands_on_no_page_of_a_session(client: FlaskClient, world: World) -> None:
    busy_session(world)
    held = held_session(world)
    approve_minutes(held, actor=world.actor("moderator"))
    pages = [f"/{code}/c/test/sessions/{path}" for code in ("ar", "en", "fr") for path in ("", "1/", "1/hall/", "2/")]
    staff = [
        f"/{code}/c/test/facilitate/sessions/{path}"
        for code in ("ar", "en", "fr")
        for path in ("1/", "1/attendance/", "1/attendance/?q=التارقي", "1/minutes/", "2/minutes/", "1/close/")
    ]
    for who in (None, "derna", "moderator"):
        browser = client.application.test_client()
        if who:
            world.sign_in(browser, who)
        for path in pages + (staff if who == "moderator" else []):
            page = browser.get(path).get_data(as_text=True).replace("q=التارقي", "").replace('value="التارقي"', "")
            for canary in ("خديجة", "التارقي", "الأمل", "Amal"):
                assert canary not in page, (who, path)


def test_what_is_not_there_is_not_found(client: FlaskClient, world: World) -> None:
    planned_session(world)
    assert [client.get(f"{HOME}{path}").status_code for path in ("2/", "2/hall/", "0/", "x/")] == [404] * 4
    with transaction():
        world.consultation.public = False
    assert [client.get(path).status_code for path in (HOME, ONE, f"{ONE}hall/")] == [404] * 3
    assert world.sign_in(client, "organiser").get(ONE).status_code == 200


def test_queries_are_few_and_do_not_grow(client: FlaskClient, world: World, count_queries: Counting) -> None:
    def counted(path: str) -> int:
        client.get(path)
        with count_queries() as seen:
            assert client.get(path).status_code == 200
        return len([statement for statement in seen if not statement.startswith("BEGIN")])

    busy_session(world)
    assert [counted(path) for path in (HOME, ONE, f"{ONE}hall/")] == [2, 2, 2]
    planned_session(world)
    approve_minutes(held_session(world), actor=world.actor("moderator"))
    assert [counted(path) for path in (HOME, ONE, f"{HOME}2/", f"{HOME}3/")] == [2, 2, 2, 6]
