"""What is kept about somebody: complete by the models themselves, theirs alone, and without what opens an account."""

from __future__ import annotations

import io
import json
import re
import uuid
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from html import unescape

import sqlalchemy as sa
from flask.testing import FlaskClient

from consult import clock
from consult.accounts.models import Person, RecoveryCode, SignIn
from consult.accounts.own_data import KEYS_NOT_FOLLOWED, LEFT_OUT, NOT_FOLLOWED, own_data
from consult.accounts.services import set_password
from consult.accounts.signing_in.passwords import PasswordDraft, hash_password
from consult.accounts.signing_in.sign_in import start_sign_in, visit_for_token
from consult.consultations.models import Topic
from consult.db import Base, new_id, session, transaction
from consult.evaluation.models import EvaluationDraft
from consult.i18n import Localized
from consult.notifications.models import Wish
from consult.plugins.questions import Question, QuestionKind
from consult.submissions.drafting.drafts import save_step, start_draft, submission_draft
from consult.submissions.models import Questionnaire
from consult.submissions.questionnaires.content import as_data
from consult.submissions.questionnaires.services import (
    QuestionDraft,
    SectionDraft,
    begin_form,
    open_form,
    save_question,
    save_section,
)
from consult.submissions.saved_models import SavedSearch
from consult.submissions.services import submit
from consult.testing.coding import code_everything
from consult.testing.withheld import everything_happens
from consult.testing.world import World
from consult.web.account.own_data_words import COLUMNS, EVENTS, KINDS, label_of
from consult.web.formats import formats
from consult.web.submissions import language_name

#: What stands in answers that were typed, and is no column of a table.
IN_ANSWERS = frozenset({"proposals", "attachments", "left"})
PAGE, FILE = "/en/account/data", "/en/account/data.zip"


def _unpacked(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def _leading(of: set[str]) -> Iterator[str]:
    """Yield every table of the core whose rows lead to a person, in the order of their making."""
    for table in Base.metadata.sorted_tables:
        keys = [
            key
            for key in table.foreign_key_constraints
            if not {(table.name, name) for name in key.column_keys} & KEYS_NOT_FOLLOWED
        ]
        named = {key.referred_table.name for key in keys} & of
        if named and table.name not in NOT_FOLLOWED:
            of.add(table.name)
        if table.name in of:
            yield table.name


def test_everything_of_the_member_is_found_and_nothing_of_anybody_else(world: World) -> None:
    everything_happens(world)
    found = own_data(world.people["cso"])
    assert {"person", "member", "submission", "revision", "passage", "review_decision", "speech"} <= set(found.rows)
    (who,) = found.rows["person"]
    assert who["id"] == world.people["cso"]
    everywhere = repr(found.rows) + repr(found.events)
    others = [str(person) for key, person in world.people.items() if key != "cso"]
    assert [person for person in others if person in everywhere] == []
    names = session.scalars(sa.select(Person.name).where(Person.id != world.people["cso"])).all()
    assert [name for name in names if name in everywhere] == []
    staff = own_data(world.people["moderator"])
    assert (staff.acts["review_decision"] > 0, "review_decision" in staff.rows, len(staff.events) > 0) == (
        True,
        False,
        True,
    )


def test_every_table_of_the_core_that_leads_to_a_person_has_words(world: World) -> None:
    own = [name for name in _leading({"person"}) if not name.startswith(("cso_", "municipal_", "academic_"))]
    assert sorted(KINDS) == sorted(own)
    shown = {column for kind in (*KINDS.values(), EVENTS) for column in kind.columns}
    assert shown <= set(COLUMNS)
    assert set(COLUMNS) - shown <= IN_ANSWERS
    assert [
        (name, c) for name, kind in KINDS.items() for c in kind.columns if c not in Base.metadata.tables[name].c
    ] == []


def test_nothing_that_opens_the_account_is_in_the_file(client: FlaskClient, world: World) -> None:
    token = start_sign_in(world.people["ghat"], method="link")
    set_password(PasswordDraft("نكتب ما نريد في غات"), actor=visit_for_token(token).actor)
    with transaction():
        session.add(RecoveryCode(person_id=world.people["ghat"], label="7K", hashed=hash_password("7K3M")))
    world.sign_in(client, "ghat")
    files = _unpacked(client.get(FILE).get_data())
    assert {"README.txt", "data.json", "person.csv", "sign_in.csv", "member.csv", "events.csv"} <= set(files)
    everything = b"".join(files.values())
    hashes = [row.hex() for row in session.scalars(sa.select(SignIn.token_hash))]
    assert [secret for secret in ("argon2", "token_hash", token, *hashes) if secret.encode() in everything] == []
    kept = json.loads(files["data.json"])
    assert set(kept["person"][0]) == {c.name for c in Person.__table__.columns} - LEFT_OUT["person"]
    assert kept["recovery_code"] == [{"person_id": str(world.people["ghat"])}]
    assert kept["person"][0]["name"] == "عيسى كوسا"
    assert files["person.csv"].startswith(b"\xef\xbb\xbfid,name,")


def test_the_page_shows_it_in_words(client: FlaskClient, world: World) -> None:
    everything_happens(world)
    world.sign_in(client, "cso")
    for language in ("ar", "en", "fr"):
        page = client.get(f"/{language}/account/data")
        words = page.get_data(as_text=True)
        assert (page.status_code, page.headers["Cache-Control"]) == (200, "no-store")
        found = own_data(world.people["cso"])
        assert len(re.findall(r"<summary><span>", words)) == len(found.rows) + bool(found.events)


def _read(client: FlaskClient, path: str) -> str:
    page = unescape(client.get(path).get_data(as_text=True))
    return " ".join(re.sub(r"<[^>]+>", " ", page[page.index("<main") :].replace("\u2026", "")).split())


def _pages(client: FlaskClient, kind: str, count: int) -> str:
    """Return what all pages of a kind say."""
    return " ".join(_read(client, f"{PAGE}?of={kind}&after={after}") for after in range(0, count, 50))


def _said(name: str, value: object) -> Iterator[str]:
    """Yield how a value of the file is read on the page; keys of rows are left out of it."""
    if value is None or isinstance(value, uuid.UUID):
        return
    if isinstance(value, dict):
        for key, one in value.items():
            yield from _said(key, one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _said("", one)
    elif isinstance(value, datetime):
        yield formats("en").moment(value)
    elif isinstance(value, date):
        yield formats("en").day(value)
    elif isinstance(value, bool):
        yield "Yes" if value else "No"
    elif name == "language" and value:
        yield language_name(str(value))
    else:
        yield " ".join(str(value).split())


def test_page_and_file_hold_the_same(client: FlaskClient, world: World) -> None:
    """Whatever the file has of whom everything happened to, stands on the page: each word, number and moment, the log, the files."""
    everything_happens(world)
    code_everything(world)
    world.sign_in(client, "cso")
    files = _unpacked(client.get(FILE).get_data())
    first, found = _read(client, PAGE), own_data(world.people["cso"])
    kept = json.loads(files["data.json"])
    assert {name: len(rows) for name, rows in found.rows.items()} == {
        name: len(rows) for name, rows in kept.items() if name not in ("acts_in_office", "events")
    }
    for name, rows in (*found.rows.items(), ("events", found.events)):
        page = _pages(client, name, len(rows))
        missing = {
            (name, column, words)
            for row in rows
            for column, value in row.items()
            for words in _said(column, value)
            if words not in page
        }
        assert missing == set()
    for table, count in kept["acts_in_office"].items():
        assert f"{table} : {count}" in first
    papers = [name for name in files if "/" in name]
    assert [name for name in papers if name not in first] == []
    assert kept["draft"][0]["answers"]["text"] in first


def test_a_long_draft_is_whole_on_the_page_and_folded(client: FlaskClient, world: World) -> None:
    text = " ".join(["كناريوس"] * 200) + "\n\n" + "<b>آخر</b>"
    actor = world.actor("ghat")
    draft = start_draft(world.members["ghat"], consultation=world.consultation, actor=actor)
    save_step(draft, {"text": text, "track": {"decision": "31/2026"}}, draft.version, actor=actor)
    world.sign_in(client, "ghat")
    page = client.get(PAGE).get_data(as_text=True)
    assert "&lt;b&gt;آخر&lt;/b&gt;" in page
    assert re.search(r"<details><summary><bdi>كناريوس [^<]{20,120}…</bdi></summary>", page)
    assert page.count("كناريوس") > 200
    assert client.get(f"{PAGE}?of=nothing&after=-1").status_code == 200
    assert "1 to 1 of 1" in _read(client, f"{PAGE}?of=draft&after=x")


def test_whoever_reads_or_takes_it_shows_again_who_they_are(client: FlaskClient, world: World) -> None:
    """A phone that lies open hands nothing over: neither the page, nor one of its kinds, nor the file."""
    assert client.get(PAGE).status_code == 303
    world.sign_in(client, "ghat")
    paths = (PAGE, f"{PAGE}?of=member", FILE)
    assert [client.get(path).status_code for path in paths] == [200] * 3
    with clock.at(clock.now() + timedelta(minutes=11)):
        later = [client.get(path) for path in paths]
    asked = [f"/en/account/prove?next={path}" for path in (PAGE, f"{PAGE}?of%3Dmember", FILE)]
    assert [(answer.status_code, answer.location) for answer in later] == [(303, place) for place in asked]


def test_what_a_track_notes_and_what_was_chosen_have_words(client: FlaskClient, world: World) -> None:
    """Each table of a plugin says itself what it holds; what one looks for and how one is told are no codes."""
    of_plugins = [name for name in Base.metadata.tables if name.startswith(("cso_", "municipal_", "academic_"))]
    assert [name for name in of_plugins if "own_data" not in Base.metadata.tables[name].info] == []
    assert [str(label_of(name)) for name in ("municipal_answer", "person")] == [
        "That your municipality has answered",
        "Your account",
    ]
    person = world.people["ghat"]
    topic = session.get_one(Topic, world.topics["gcm-1"])
    with transaction():
        session.add(Wish(person_id=person, topic="searches", how="weekly"))
        row = SavedSearch(id=new_id(), person_id=person, consultation_id=world.consultation_id, name="Data")
        row.number, row.created_at = 1, clock.now()
        row.given = {"topic": "gcm-1"}
        row.wanted = {"topic": str(topic.id), "track": "municipal", "language": "ar"}
        session.add(row)
    world.sign_in(client, "ghat")
    told = _read(client, f"{PAGE}?of=wish")
    assert "What my saved searches find ( searches )" in told
    assert "One mail a week ( weekly )" in told
    looked = _read(client, f"{PAGE}?of=saved_search")
    assert [f"{topic.names['en']} ( {code} )" in looked for code in (topic.id, "gcm-1")] == [True, True]
    assert "Municipal track ( municipal )" in looked


def test_an_evaluation_that_one_writes_is_on_the_page_and_in_the_file(client: FlaskClient, world: World) -> None:
    """Its text in several languages too, which no other kind has."""
    row = EvaluationDraft(consultation_id=world.consultation_id, person_id=world.people["cso"], signed=True, version=1)
    row.texts, row.saved_at = Localized(ar="كناريوس"), clock.now()
    with transaction():
        session.add(row)
    browser = world.sign_in(client, "cso")
    assert "كناريوس" in browser.get("/en/account/data").get_data(as_text=True)
    with zipfile.ZipFile(io.BytesIO(browser.get("/en/account/data.zip").get_data())) as archive:
        assert all("كناريوس" in archive.read(name).decode() for name in ("data.json", "evaluation_draft.csv"))


def test_answers_stand_under_the_words_of_their_own_form(client: FlaskClient, world: World) -> None:
    """A later version of the form asks something else under the same key, as versions did that were opened before keys went on."""
    organiser, actor = world.actor("organiser"), world.actor("ghat")
    for label, answered in (("كم عددهم؟", "سبعمئة"), ("من يعدّهم؟", "البلدية")):
        form = begin_form("municipal", consultation=world.consultation, actor=organiser)
        section = SectionDraft(Localized(ar="أسئلة", en="Questions", fr="Questions"))
        part = save_section(section, questionnaire=form, actor=organiser).sections[0].key
        words = Localized(ar=label, en=label, fr=label)
        question = QuestionDraft(Question("", QuestionKind.TEXT, words), part)
        made = as_data(save_question(question, questionnaire=form, actor=organiser))
        with transaction():
            made["sections"][0]["questions"][0]["key"] = "q1"
            session.get_one(Questionnaire, form.id).content = made
        open_form(form, actor=organiser)
        draft = start_draft(world.members["ghat"], consultation=world.consultation, actor=actor)
        typed = {"title": "سجل", "language": "ar", "topics": ["gcm-1"], "text": "نقترح سجلًا."}
        answers = {
            "council_date": "2026-01-12",
            "council_decision": "31/2026",
            "services": ["health"],
            "q1": answered,
        }
        save_step(draft, {**typed, "track": answers}, draft.version, actor=actor)
        if answered == "سبعمئة":
            submit(submission_draft(draft), consultation=world.consultation, actor=actor)
    world.sign_in(client, "ghat")
    said = {kind: _read(client, f"{PAGE}?of={kind}") for kind in ("submission", "revision", "draft")}
    assert [("كم عددهم؟: سبعمئة" in text, "من يعدّهم؟: البلدية" in text) for text in said.values()] == [
        (True, False),
        (True, False),
        (False, True),
    ]
    assert ["Number of the council’s decision: 31/2026" in text for text in said.values()] == [True] * 3
    assert "Health ( health )" in said["revision"]
    assert "How it came Written here ( online )" in said["submission"]
    assert ["Data ( gcm-1 )" in said[kind] for kind in ("revision", "draft")] == [True, True]
    assert [
        "Municipal track ( municipal )" in said["submission"],
        "Under review ( received )" in said["submission"],
    ] == [
        True,
        True,
    ]
