"""While texts are judged blind, nothing joins one to its author: names are canaries, and a page may hold one or the text, not both.

That somebody takes part is no secret; which text is theirs is. So the walk looks for pages, files and answers in which a name
stands beside a number or a title of theirs. What reviewers are shown must not hold a name at all.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.routing import Rule

import consult.testing.addresses
from consult.accounts.access import OPERATOR
from consult.accounts.links import invite_person
from consult.accounts.models import Body, Person
from consult.attachments.brought import BroughtDocument
from consult.consultations.models import ConsultationTrack
from consult.db import session, transaction
from consult.events.models import EventRow
from consult.i18n import Localized
from consult.notifications.models import Mail
from consult.outcomes.open_data import write_open_data
from consult.peer_review.services import declare_interest
from consult.plugins.questions import Question, QuestionKind
from consult.spreadsheets import WRITERS
from consult.submissions.attaching import attach
from consult.submissions.drafts import start_draft
from consult.submissions.exports import export_submissions
from consult.submissions.models import Submission
from consult.submissions.questionnaires import (
    QuestionDraft,
    SectionDraft,
    begin_form,
    open_form,
    save_question,
    save_section,
)
from consult.submissions.register import RegisterFilter, register
from consult.submissions.services import Review, SubmissionDraft, accept, hide, open_names, submit
from consult.submissions.states import SubmissionState
from consult.testing.acts import correct, deliver
from consult.testing.addresses import Addresses, UnknownParameter, passkey_of, readable_rules
from consult.testing.attached_files import picture
from consult.testing.peer_review import TRACK, Reviews, set_blind
from consult.testing.web import Browser
from consult.testing.world import World

NAMES = ("كناريوس", "kanaryos")
TITLE = "Zeugma of the wells"
#: A paper in which everybody who looks has declared an interest: it stands nowhere for them before it is public.
KEPT_AWAY = "Ombrage of the tides"
#: Keys of a form are given in order: a section, then the question that a file answers.
FILE_ANSWER = "q2"
ANSWERS = {"discipline": "law", "affiliation": "Kanaryos Institute", "interests": "Kanaryos paid for it."}
#: Who looks, and in which language: a reviewer, who sees all that the public does, and those who decide.
LOOK: Mapping[str, str] = {"derna": "en", "moderator": "ar", "organiser": "fr"}
#: What names everybody who takes part beside the texts, and does not say whose is which: the filter of the register offers
#: every body (choosing hers finds none of the texts), the whole document has both in its annexes.
OFFERS = {"public.register", "organise.document_preview"}


@dataclass(frozen=True, slots=True)
class Blind:
    """The room, with what would tell: words of the names, ids under which others could ask; and what stands for the texts."""

    room: Reviews
    canaries: tuple[str, ...]
    pointers: tuple[str, ...]


@pytest.fixture
def blind(world: World) -> Blind:
    """A paper that was corrected and is judged with a file as an answer, one that is accepted, one that is hidden; each by the professor with a file."""
    _name(world)
    set_blind(world)
    with transaction():
        session.get_one(ConsultationTrack, (world.consultation_id, TRACK)).files = 2
    session.expire_all()
    room = Reviews(world)
    _ask_for_a_file(world)
    papers = [_write(room, number) for number in (1, 2, 3)]
    accept(papers[1], Review("in_order"), actor=world.actor("moderator"))
    hide(papers[2], Review("outside_mandate", "كناية"), actor=world.actor("moderator"))
    correct(world, "professor", papers[0], ANSWERS | {FILE_ANSWER: papers[0].answers[FILE_ANSWER]})
    for key in ("derna", "zuwara"):
        room.name(key)
    room.give()
    room.judge("derna", 4, 4, 4, 4)
    _keep_away(room)
    deliver()
    ids = [world.people["professor"], world.bodies["professor"], world.members["professor"]]
    told = (*NAMES, *(form for one in ids for form in (str(one), one.hex)))
    return Blind(room, told, (TITLE, *(paper.number for paper in papers)))


def _ask_for_a_file(world: World) -> None:
    """Open a form that asks for a file."""
    organiser, label = world.actor("organiser"), Localized(ar="جدول", en="Table", fr="Tableau")
    form = begin_form(TRACK, consultation=world.consultation, actor=organiser)
    save_section(SectionDraft(label), questionnaire=form, actor=organiser)
    asked = QuestionDraft(Question("", QuestionKind.FILE, label), "s1")
    content = save_question(asked, questionnaire=form, actor=organiser)
    assert [question.key for question in content.questions] == [FILE_ANSWER]
    open_form(form, actor=organiser)


def _keep_away(room: Reviews) -> None:
    """Hand in a paper, give it out, and let whoever looks declare an interest in it, each in their own office."""
    _write(room, 4, KEPT_AWAY)
    room.give()
    for key in LOOK:
        declare_interest("own", submission=room.paper(3), actor=room.world.actor(key))


def _name(world: World) -> None:
    with transaction():
        session.get_one(Person, world.people["professor"]).name = "سالمة كناريوس"
        body = session.get_one(Body, world.bodies["professor"])
        body.key, body.names = "ror:kanaryos", Localized(ar="جامعة كناريوس", en="Kanaryos University")
    session.expire_all()


def _write(room: Reviews, number: int, title: str = TITLE) -> Submission:
    world, actor = room.world, room.world.actor("professor")
    draft = start_draft(world.members["professor"], consultation=world.consultation, actor=actor)
    made = attach(
        draft, BroughtDocument("كناريوس.png", BytesIO(picture("PNG"))), consultation=world.consultation, actor=actor
    )
    given = SubmissionDraft(
        id=draft.id,
        member=world.members["professor"],
        title=f"{title} {number}",
        language="en",
        text="A text without a name.",
        topics=("gcm-1",),
        answers=ANSWERS | {FILE_ANSWER: str(made.id)},
        questionnaire=draft.questionnaire_id,
        attachments=(made.id,),
    )
    row = submit(given, consultation=world.consultation, actor=actor)
    room.papers.append(row.id)
    return row


def _found(words: Sequence[str], content: str) -> set[str]:
    return {word for word in words if word.casefold() in content.casefold()}


def _is_looked_at(rule: Rule, role: str) -> bool:
    """Tell whether somebody looks at a route: the reviewer at all, those who decide at what belongs to the consultation."""
    return rule.endpoint != "static_asset" and (role == "derna" or "<slug>" in rule.rule)


def _paths(addresses: Addresses, rule: Rule, language: str) -> list[str]:
    """Return the addresses of a route, none where nothing of its kind happened in this small consultation."""
    try:
        return addresses.of_rule(rule, language)
    except UnknownParameter:
        raise
    except AssertionError:
        return []


@dataclass(frozen=True, slots=True)
class Seen:
    """What somebody was answered: the page with its headers, as text."""

    role: str
    endpoint: str
    path: str
    status: int
    page: str


def _walk(app: Flask, blind: Blind, addresses: Addresses) -> Iterator[Seen]:
    for role, language in LOOK.items():
        browser = blind.room.world.sign_in(Browser(app), role)
        for rule in (rule for rule in readable_rules(app) if _is_looked_at(rule, role)):
            for path in _paths(addresses, rule, language):
                answer = browser.get(path)
                page = answer.get_data().decode("utf-8", "replace") + str(answer.headers)
                yield Seen(role, rule.endpoint, path, answer.status_code, page)


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)  # the walk looks at pages, which are the same on both
def test_no_page_joins_a_text_to_its_author(app: Flask, blind: Blind, monkeypatch: pytest.MonkeyPatch) -> None:
    app.testing = False  # an error becomes its page, which is looked at too
    world = blind.room.world
    numbers = [blind.room.paper(at).number for at in range(4)]
    for place in ("submissions/number", "review/number", "texts/number", "assessed/number", "s/number"):
        monkeypatch.setitem(consult.testing.addresses.PLACES, place, lambda _: numbers)
    ghat = session.get_one(Person, world.people["ghat"])
    with transaction():
        session.add(passkey_of(ghat))
    pages = list(_walk(app, blind, Addresses(world.consultation, invite_person(ghat, actor=OPERATOR).token)))
    told = {one: _found(blind.canaries, one.page) for one in pages}
    about = {one: _found(blind.pointers, one.page) for one in pages}
    joined = [one for one in pages if told[one] and about[one] and one.endpoint not in OFFERS]
    assert [(one.role, one.path, sorted(told[one])) for one in joined] == []
    assert [one.path for one in pages if told[one] and one.endpoint.startswith("peer_review.")] == []
    assert [(one.role, one.path) for one in pages if KEPT_AWAY in one.page] == []
    assert [one.path for one in pages if one.status >= 500] == []
    seen = {one.endpoint for one in pages if one.status == 200 and about[one]}
    assert {"peer_review.text", "facilitate.assessed_text", "facilitate.review", "public.submission"} <= seen


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
        assert (answer.status_code, _found(blind.canaries, str(answer.headers))) == (200, set())


def test_neither_files_nor_mails_nor_the_log_nor_a_search_joins_them(app: Flask, blind: Blind, tmp_path: Path) -> None:
    world = blind.room.world
    for words in (*NAMES, "Kanaryos University"):
        assert register(world.consultation_id, RegisterFilter(words=words)).rows == []
    assert register(world.consultation_id, RegisterFilter(body=world.bodies["professor"])).rows == []

    professor = world.people["professor"]
    events = session.execute(sa.select(EventRow.type, EventRow.actor_id, EventRow.facts)).all()
    assert {row.type for row in events if row.actor_id == professor} <= {"SignedIn"}
    kept = " ".join(json.dumps(row.facts, ensure_ascii=False) for row in events if "Submission" in row.type)
    assert _found(blind.canaries, kept) == set()

    mails = session.execute(sa.select(Mail.person_id, Mail.subject, Mail.text, Mail.html)).all()
    assert {row.person_id for row in mails if _found(NAMES, " ".join(row[1:]))} <= {professor}

    for form, write in WRITERS.items():
        file = tmp_path / f"submissions.{form}"
        columns, rows = export_submissions(world.consultation, tuple(SubmissionState), actor=OPERATOR)
        write(columns, rows, file)
        assert _found(NAMES, _unpacked(file)) == set()
    package = tmp_path / "open.zip"
    write_open_data(package, consultation=world.consultation, licence="CC-BY-4.0", actor=OPERATOR)
    with ZipFile(package) as packed:
        table = packed.read("data/submissions.csv").decode()
    assert (_found(NAMES, table), _found(blind.pointers, table)) == (
        set(),
        {TITLE, blind.pointers[2]},
    )

    # and a name that is opened would have been seen
    path = f"/en/c/test/submissions/{blind.pointers[2]}/"
    assert _found(NAMES, Browser(app).get(path).get_data(as_text=True)) == set()
    assert open_names(TRACK, consultation=world.consultation, actor=world.actor("organiser")) == 4
    page = Browser(app).get(path).get_data(as_text=True)
    assert _found(NAMES, page) == set(NAMES)
    assert "Kanaryos paid for it." in page


def _unpacked(file: Path) -> str:
    if file.suffix not in {".xlsx", ".ods"}:
        return file.read_text("utf-8-sig")
    with ZipFile(file) as packed:
        return "".join(packed.read(name).decode("utf-8", "replace") for name in packed.namelist())
