"""Which municipalities have answered: noted from events, shown to those who run the consultation, counted by region."""

from __future__ import annotations

import re

import consult_municipal.plugin as plugin
import sqlalchemy as sa
from consult_municipal.models import MunicipalAnswer
from consult_municipal.services import NO_REGION, answers, by_region, place_columns, report_section
from flask import Flask
from flask.testing import FlaskClient

from consult.sdk import ANONYMOUS, Body, ReportTable, Submission, session, transaction
from consult.testing.acts import accept, deliver, hand_in, recorded, withdraw
from consult.testing.world import World

GOOD = {"council_date": "2025-03-30", "council_decision": "31/2026"}
PAGE = "/en/c/test/municipal/answers/"


def _answered(world: World) -> list[str]:
    keys = {body: key for key, body in world.bodies.items()}
    return [keys[answer.body] for answer in answers(world.consultation_id) if answer.answered]


def test_a_municipality_has_answered_when_it_has_handed_in(world: World) -> None:
    assert [(a.names["en"], a.region, a.answered) for a in answers(world.consultation_id)] == [
        ("Derna", "east", False),
        ("Ghat", "south", False),
        ("Zwara", "west", False),
    ]
    first = hand_in(world, "ghat", GOOD)
    hand_in(world, "ghat", GOOD)
    deliver()
    row = session.get_one(MunicipalAnswer, (world.consultation_id, world.bodies["ghat"]))
    assert (row.submission_id, row.answered_at) == (first.id, first.received_at)
    assert _answered(world) == ["ghat"]


def test_the_same_event_again_changes_nothing(world: World) -> None:
    hand_in(world, "ghat", GOOD)
    deliver()
    (event,) = recorded("SubmissionReceived")
    before = session.execute(sa.select(MunicipalAnswer.__table__)).all()
    plugin.consult_event(event)
    plugin.consult_event(event)
    assert session.execute(sa.select(MunicipalAnswer.__table__)).all() == before


def test_one_that_took_everything_back_has_not_answered(world: World) -> None:
    first, second = hand_in(world, "ghat", GOOD), hand_in(world, "ghat", GOOD)
    deliver()
    withdraw(world, "ghat", first)
    deliver()
    assert session.scalars(sa.select(MunicipalAnswer.submission_id)).all() == [second.id]
    withdraw(world, "ghat", second)
    deliver()
    assert session.scalars(sa.select(MunicipalAnswer.submission_id)).all() == []


def test_what_comes_late_is_seen_as_it_now_is(world: World) -> None:
    withdraw(world, "ghat", hand_in(world, "ghat", GOOD))
    deliver()
    assert _answered(world) == []


def test_other_tracks_are_not_noted(world: World) -> None:
    hand_in(world, "professor", {"discipline": "law"})
    deliver()
    assert session.scalars(sa.select(MunicipalAnswer.submission_id)).all() == []


def test_a_municipality_whose_region_is_not_known_is_not_lost(world: World) -> None:
    with transaction():
        session.get_one(Body, world.bodies["ghat"]).region = ""
    found = by_region(answers(world.consultation_id))
    assert {str(label): [a.names["en"] for a in group] for label, group in found.items()} == {
        "West": ["Zwara"],
        "East": ["Derna"],
        "South": [],
        "Region not known": ["Ghat"],
    }


def test_the_document_tells_seats_and_answers_by_region(world: World) -> None:
    hand_in(world, "ghat", GOOD)
    hand_in(world, "zuwara", GOOD)
    deliver()
    section = report_section(world.consultation)
    assert [str(words) for words in section.paragraphs] == ["2 municipalities of 3 with a seat handed in a position."]
    assert (section.track, section.key) == ("municipal", "municipalities")
    assert isinstance(section.table, ReportTable)
    assert [(str(label), seats, answered) for label, seats, answered in section.table.rows] == [
        ("West", 1, 1),
        ("East", 1, 0),
        ("South", 1, 1),
    ]
    assert NO_REGION not in dict.fromkeys(row[0] for row in section.table.rows)


def test_an_export_gets_region_and_district(world: World) -> None:
    with transaction():
        session.get_one(Body, world.bodies["ghat"]).district = "LY-GT"
    ghat = hand_in(world, "ghat", GOOD)
    paper = hand_in(world, "professor", {"discipline": "law"})
    assert [(c.key, c.values) for c in place_columns([ghat.id, paper.id])] == [
        ("municipal_region", {ghat.id: "south"}),
        ("municipal_district", {ghat.id: "LY-GT"}),
    ]
    assert [(c.key, c.values) for c in place_columns([])] == [("municipal_region", {}), ("municipal_district", {})]
    assert list(plugin.consult_export_columns("bodies", [world.bodies["ghat"]])) == []


def _text(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_organisers_are_told_how_many_are_missing(app: Flask, world: World) -> None:
    def card() -> str:
        with app.test_request_context("/en/c/test/"):
            app.preprocess_request()
            context = {"consultation": world.consultation, "viewer": world.actor("organiser")}
            return _text(str(plugin.consult_slot("organise.overview", context)))

    title = "Municipalities that have not answered yet"
    assert card() == f"{title} 3 municipalities of 3 have not handed in a position. See which"
    for key in ("ghat", "derna"):
        hand_in(world, key, GOOD)
    deliver()
    assert card() == f"{title} 1 municipality of 3 has not handed in a position. See which"
    hand_in(world, "zuwara", GOOD)
    deliver()
    assert card() == f"{title} Every municipality with a seat has answered."


def test_the_card_stands_in_one_place_only(world: World) -> None:
    assert plugin.consult_slot("submission.aside", {"consultation": world.consultation}) is None
    assert plugin.consult_slot("organise.overview", {"consultation": None}) is None


def test_staff_open_the_page_from_a_link_and_others_do_not(app: Flask, world: World) -> None:
    with app.test_request_context("/en/c/test/"):
        app.preprocess_request()
        links = {
            who: [
                (str(link.label), link.href)
                for link in plugin.consult_navigation(world.actor(who) if who else ANONYMOUS, world.consultation)
            ]
            for who in ("", "ghat", "administrator", "moderator", "organiser")
        }
    link = ("Municipalities", PAGE)
    assert links == {"": [], "ghat": [], "administrator": [], "moderator": [link], "organiser": [link]}


def test_the_page_lists_every_municipality_with_a_seat(client: FlaskClient, world: World) -> None:
    hand_in(world, "ghat", GOOD)
    deliver()
    page = _text(world.sign_in(client, "organiser").get(PAGE).get_data(as_text=True))
    assert "Back to the organiser’s desk" in page
    assert page[page.index("West Zwara") :].startswith("West Zwara Not yet East Derna Not yet South Ghat Answered")


def test_a_moderator_sees_the_page_without_the_way_to_a_desk_that_is_not_theirs(
    client: FlaskClient, world: World
) -> None:
    page = world.sign_in(client, "moderator").get(PAGE)
    assert page.status_code == 200
    assert "Back to the organiser’s desk" not in page.get_data(as_text=True)


def test_the_page_is_not_for_others(client: FlaskClient, world: World) -> None:
    assert client.get(PAGE).status_code == 303
    assert world.sign_in(client, "ghat").get(PAGE).status_code == 403
    assert world.sign_in(client, "administrator").get(PAGE).status_code == 403


def test_what_is_hidden_or_returned_was_an_answer_all_the_same(world: World) -> None:
    received = hand_in(world, "ghat", GOOD)
    accept(world, received)
    deliver()
    assert session.get_one(Submission, received.id).state == "accepted"
    assert _answered(world) == ["ghat"]
