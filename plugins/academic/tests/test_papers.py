"""Papers: interests beside the text, disciplines noted from events and counted."""

from __future__ import annotations

import re
from typing import Any

import consult_academic.plugin as plugin
import sqlalchemy as sa
from consult_academic.models import AcademicPaper
from consult_academic.services import papers_by_discipline, report_section
from flask import Flask
from flask.testing import FlaskClient

from consult.sdk import ANONYMOUS, Submission, session
from consult.testing.acts import accept, correct, deliver, hand_in, hide, recorded, withdraw
from consult.testing.world import World

INTERESTS = "راجعتُ استمارات مسح سنة 2023 بأجر.\n\nولا مصلحة لجامعتي."


def _text(html: object) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", str(html or "")).split())


def _card(app: Flask, world: World, submission: Submission, who: str = "") -> str:
    with app.test_request_context("/en/c/test/"):
        app.preprocess_request()
        viewer = world.actor(who) if who else ANONYMOUS
        context: dict[str, Any] = {"submission": submission, "consultation": world.consultation, "viewer": viewer}
        return str(plugin.consult_slot("submission.aside", context) or "")


def test_interests_stand_beside_the_text_in_their_language(app: Flask, world: World) -> None:
    paper = accept(world, hand_in(world, "professor", {"discipline": "law", "interests": INTERESTS}))
    card = _card(app, world, paper)
    assert _text(card) == "Declared interests راجعتُ استمارات مسح سنة 2023 بأجر. ولا مصلحة لجامعتي."
    assert 'lang="ar" dir="auto"' in card


def test_that_there_are_none_is_said_too(app: Flask, world: World) -> None:
    paper = accept(world, hand_in(world, "professor", {"discipline": "law"}))
    assert _text(_card(app, world, paper)) == "Declared interests The author declared none."


def test_what_may_not_be_read_has_nothing_beside_it(app: Flask, world: World) -> None:
    paper = hand_in(world, "professor", {"discipline": "law", "interests": INTERESTS})
    seen = {who: bool(_card(app, world, paper, who)) for who in ("", "ghat", "professor", "moderator", "organiser")}
    assert seen == {"": False, "ghat": False, "professor": True, "moderator": True, "organiser": True}
    hidden = hide(world, accept(world, paper))
    assert (_card(app, world, hidden), bool(_card(app, world, hidden, "moderator"))) == ("", True)
    gone = withdraw(world, "professor", hidden)
    assert (_card(app, world, gone, "moderator"), bool(_card(app, world, gone, "professor"))) == ("", True)


def test_other_tracks_and_places_have_no_card(app: Flask, world: World) -> None:
    answers = {"council_date": "2025-03-30", "council_decision": "31/2026"}
    assert _card(app, world, accept(world, hand_in(world, "ghat", answers))) == ""
    assert plugin.consult_slot("organise.overview", {"consultation": world.consultation}) is None


def test_interests_stand_on_the_page_of_the_paper(client: FlaskClient, world: World) -> None:
    paper = accept(world, hand_in(world, "professor", {"discipline": "law", "interests": INTERESTS}))
    page = client.get(f"/en/c/test/submissions/{paper.number}/").get_data(as_text=True)
    assert "Declared interests راجعتُ استمارات" in _text(page)


def test_the_discipline_is_noted_and_follows_a_correction(world: World) -> None:
    paper = hand_in(world, "professor", {"discipline": "law"})
    deliver()
    assert session.get_one(AcademicPaper, paper.id).discipline == "law"
    correct(world, "professor", paper, {"discipline": "statistics"})
    deliver()
    assert session.get_one(AcademicPaper, paper.id).discipline == "statistics"


def test_the_same_event_again_changes_nothing(world: World) -> None:
    paper = hand_in(world, "professor", {"discipline": "law"})
    deliver()
    (event,) = recorded("SubmissionReceived")
    plugin.consult_event(event)
    plugin.consult_event(event)
    rows = session.execute(sa.select(AcademicPaper.submission_id, AcademicPaper.discipline)).all()
    assert [tuple(row) for row in rows] == [(paper.id, "law")]


def test_accepted_papers_are_counted_by_discipline(world: World) -> None:
    disciplines = ("law", "statistics", "law", "economics")
    papers = [hand_in(world, "professor", {"discipline": discipline}) for discipline in disciplines]
    deliver()
    assert papers_by_discipline(world.consultation_id) == {}
    for paper in papers[:3]:
        accept(world, paper)
    assert papers_by_discipline(world.consultation_id) == {"law": 2, "statistics": 1}
    section = report_section(world.consultation)
    assert [str(words) for words in section.paragraphs] == ["3 papers were accepted."]
    assert section.table is not None
    assert [(str(label), number) for label, number in section.table.rows] == [("Law", 2), ("Statistics", 1)]


def test_an_export_gets_the_discipline(world: World) -> None:
    paper = hand_in(world, "professor", {"discipline": "law"})
    other = hand_in(world, "professor", {"discipline": "economics"})
    deliver()
    columns = list(plugin.consult_export_columns("submissions", [paper.id]))
    assert [(c.key, c.values) for c in columns] == [("academic_discipline", {paper.id: "law"})]
    assert other.id not in columns[0].values
    assert list(plugin.consult_export_columns("bodies", [])) == []
