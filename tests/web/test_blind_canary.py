"""While texts are judged blind, neither a file, a mail, the log nor a search joins one to its author, until names are opened.

Every page, as everybody: `tests/web/test_leak_crawl.py`.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from zipfile import ZipFile

import pytest
import sqlalchemy as sa
from flask import Flask

from consult.accounts.access import OPERATOR
from consult.db import session
from consult.events.models import EventRow
from consult.notifications.models import Mail
from consult.outcomes.open_data import write_open_data
from consult.spreadsheets import WRITERS, write_table
from consult.submissions.exchange.exports import export_submissions
from consult.submissions.register import RegisterFilter, register
from consult.submissions.services import open_names
from consult.submissions.states import SubmissionState
from consult.testing.blind import FILE_ANSWER, NAMES, TITLE, Blind, found, write_blind_papers
from consult.testing.peer_review import TRACK
from consult.testing.web import Browser
from consult.testing.world import World


@pytest.fixture
def blind(world: World) -> Blind:
    """Papers of the professor, judged without names."""
    return write_blind_papers(world)


def test_every_file_that_a_reviewer_is_led_to_opens_and_names_nobody(app: Flask, blind: Blind) -> None:
    room = blind.room
    reviewer = room.world.sign_in(Browser(app), "derna")
    path = f"/en/c/test/peer-review/texts/{room.paper().number}/"
    page = reviewer.get(path).get_data(as_text=True)
    answered = room.paper().answers[FILE_ANSWER]
    links = set(re.findall(r'href="([^"]*/documents/[^"]*)"', page))
    assert {link for link in links if answered in link} == {f"{path}documents/{answered}/"}
    for link in links:
        answer = reviewer.get(link)
        assert (answer.status_code, found(blind.canaries, str(answer.headers))) == (200, set())


def test_neither_files_nor_mails_nor_the_log_nor_a_search_joins_them(app: Flask, blind: Blind, tmp_path: Path) -> None:
    world = blind.room.world
    for words in (*NAMES, "Balshonios University"):
        assert register(world.consultation_id, RegisterFilter(words=words)).rows == []
    assert register(world.consultation_id, RegisterFilter(body=world.bodies["professor"])).rows == []

    professor = world.people["professor"]
    events = session.execute(sa.select(EventRow.type, EventRow.actor_id, EventRow.facts)).all()
    assert {row.type for row in events if row.actor_id == professor} <= {"SignedIn"}
    kept = " ".join(json.dumps(row.facts, ensure_ascii=False) for row in events if "Submission" in row.type)
    assert found(blind.canaries, kept) == set()

    mails = session.execute(sa.select(Mail.person_id, Mail.subject, Mail.text, Mail.html)).all()
    assert {row.person_id for row in mails if found(NAMES, " ".join(row[1:]))} <= {professor}

    for form in WRITERS:
        file = tmp_path / f"submissions.{form}"
        columns, rows = export_submissions(world.consultation, tuple(SubmissionState), actor=OPERATOR)
        write_table(columns, rows, file, form)
        assert found(NAMES, _unpacked(file)) == set()
    package = tmp_path / "open.zip"
    write_open_data(package, consultation=world.consultation, licence="CC-BY-4.0", actor=OPERATOR)
    with ZipFile(package) as packed:
        table = packed.read("data/submissions.csv").decode()
    assert (found(NAMES, table), found(blind.pointers, table)) == (
        set(),
        {TITLE, blind.pointers[2]},
    )

    # and a name that is opened would have been seen
    path = f"/en/c/test/submissions/{blind.pointers[2]}/"
    assert found(NAMES, Browser(app).get(path).get_data(as_text=True)) == set()
    assert open_names(TRACK, consultation=world.consultation, actor=world.actor("organiser")) == 4
    page = Browser(app).get(path).get_data(as_text=True)
    assert found(NAMES, page) == set(NAMES)
    assert "Balshonios paid for it." in page


def _unpacked(file: Path) -> str:
    if file.suffix not in {".xlsx", ".ods"}:
        return file.read_text("utf-8-sig")
    with ZipFile(file) as packed:
        return "".join(packed.read(name).decode("utf-8", "replace") for name in packed.namelist())
