"""The erase drill: a value planted in everything of a person is in no table, file, log or backup after their erasure."""

from __future__ import annotations

import logging
import uuid
import zipfile
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from consult import clock, search
from consult.accounts.access import Role
from consult.accounts.bodies.models import Contact
from consult.accounts.models import RoleGrant
from consult.attachments import path_of
from consult.cli.copies import write_backup
from consult.consultations.models import Member
from consult.db import clear_log, new_id, session, transaction
from consult.erasure.erase import erase_due
from consult.erasure.plan import of_person, texts_of
from consult.erasure.rules import ROOTS, Rule, Treatment, tables_of_people
from consult.erasure.services import PaperRequest, ask_erasure_of, confirm_erasure_of, proposed_contacts
from consult.evaluation.models import EvaluationDraft
from consult.events.checkpoint import sign_checkpoint, verify_log
from consult.events.merkle import inclusion_proof, verify_inclusion
from consult.events.models import INSTANCE, EventRow
from consult.i18n import Localized
from consult.jobs.worker import work_once
from consult.outcomes.open_data_ready import choose_licence, make_due
from consult.runtime import runtime
from consult.submissions.offices.models import Office
from consult.testing.acts import recorded
from consult.testing.withheld import EMAIL, PERSON, everything_happens
from consult.testing.world import World

#: Planted in everything that goes, and in the texts that stay because they are cited.
CANARY, CITED = "zerzura", "ubaricited"
#: Columns with words of the program or of an institution, never a person's own.
VOCABULARY = {
    *(
        "state",
        "kind",
        "track",
        "language",
        "lead_language",
        "how",
        "method",
        "factor",
        "device",
        "topic",
        "role",
        "purpose",
        "code",
    ),
    *("letter", "scores", "recommendation"),
    *("into", "out_of", "hands"),
    *(
        "level",
        "part",
        "place",
        "channel",
        "source_key",
        "number",
        "fingerprint",
        "decision",
        "ground",
        "clause",
        "constituency",
        "choice",
    ),
    *(
        "ballot_kind",
        "ended_because",
        "about",
        "cause",
        "saved_from",
        "coverage",
        "texts",
        "timezone",
        "country",
        "question",
    ),
}
#: What stays with its words, and which: the name of the body that applied, and a reservation, as the page says.
STAYS = {("accreditation", "name"), ("reservation", "text"), ("disposition", "reason")}
#: What else an evaluation that is being written has.
SAVED = {"signed": True, "version": 1, "saved_at": datetime(2026, 1, 1, tzinfo=UTC)}
#: Tables without a column for words or bytes of their own, and published evaluations: they stay, as those of "the evaluator".
SILENT = {
    *("evaluation", "evaluation_answer"),
    *(
        "alternate",
        "campaign_member",
        "consent",
        "cso_voice",
        "message_reader",
        "notice",
    ),
    *("draft_part", "response_part", "moderation_task", "submission_attachment"),
    *("reservation", "seat", "sign_in_link", "statement_vote", "submission_topic", "wish"),
}
#: Filled so that what the person has no more (a role, a proxy) is over.
OVER = {"revoked_at", "ended_at"}
#: May be empty, and says whose a row is.
WHOSE = {"lead_id"}
#: Canaries already.
NAMES = {("person", "name"), ("person", "email"), ("person", "email_key")}


@pytest.fixture
def planted(world: World) -> World:
    """The world in which the member `cso` did everything, and everything of theirs that can hold words holds the canary."""
    everything_happens(world)
    choose_licence("CC-BY-4.0", consultation=world.consultation, actor=world.actor("organiser"))
    person = world.people["cso"]
    cited = [text.id for text in texts_of(person) if text.cited]
    with transaction():
        for table, rule in tables_of_people():
            _plant(table, rule, person, cited)
        texts = Localized(ar=CANARY)
        session.add(EvaluationDraft(consultation_id=world.consultation_id, person_id=person, texts=texts, **SAVED))
        session.add(_why_another_leads(world))
        session.add(_contact_in_words(world))
        search.rebuild()
    make_due()
    return world


def _why_another_leads(world: World) -> Office:
    """Return that a colleague leads for their body, with the reason: no key leads from it to whoever led before."""
    member = world.member("cso")
    where = {"consultation_id": member.consultation_id, "body_id": member.own_body_id, "track": member.track}
    return Office(**where, lead_because=CANARY, lead_language="en", lead_named_at=clock.now())


def _contact_in_words(world: World) -> Contact:
    """Return a contact of another body that bears the person's name and no address of theirs, in a spelling of its own."""
    words = f"{CANARY} office: سَالِمه كنـاريوس (director)"
    return Contact(body_id=world.bodies["ghat"], audience="public", label=words, email="", phone="091")


def _plant(table: sa.Table, rule: Rule, person: uuid.UUID, cited: list[uuid.UUID]) -> None:
    own = of_person(table, rule, person)
    words = {column: _words(column, CANARY) for column in table.columns if _holds_words(table, column)}
    if rule.treatment is Treatment.KEEP or not (
        words or any(isinstance(c.type, sa.LargeBinary) for c in table.columns)
    ):
        return
    going = sa.and_(own, ~_of_texts(table, cited)) if rule.treatment is Treatment.TEXT else own
    if not session.scalar(sa.select(sa.func.count()).select_from(table).where(going)):
        session.execute(sa.insert(table).values(_row(table, person)))
    if words:
        session.execute(sa.update(table).where(own).values({c.name: value for c, value in words.items()}))
    if rule.treatment is Treatment.TEXT and words:
        stays = _of_texts(table, cited)
        if kept := {c.name: _words(c, CITED) for c in words if c.name not in rule.always}:
            session.execute(sa.update(table).where(stays).values(kept))


def _of_texts(table: sa.Table, texts: list[uuid.UUID]) -> sa.ColumnElement[bool]:
    """Return which rows of a table belong to texts; the planted file belongs to a draft."""
    if table.name == "attachment":
        return sa.false()
    return table.c["id" if table.name == "submission" else "submission_id"].in_(texts)


def _holds_words(table: sa.Table, column: sa.Column[Any]) -> bool:
    if column.primary_key or column.foreign_keys or (table.name, column.name) in STAYS | NAMES:
        return False
    return isinstance(column.type, sa.Text | sa.JSON) and column.name not in VOCABULARY


def _words(column: sa.Column[Any], word: str) -> Any:
    if isinstance(column.type, sa.JSON):
        return [word] if column.name in {"topics", "authorities"} else {"said": word}
    return f"before {word} after"


def _row(table: sa.Table, person: uuid.UUID) -> Mapping[str, Any]:
    """Return a row of the person's, beside a text of theirs that goes, for a table that has none."""
    member = session.scalar(sa.select(Member.id).where(Member.person_id == person))
    own = {
        "person": person,
        "member": member,
        "submission": next(text.id for text in texts_of(person) if not text.cited),
    }
    return {c.name: _value(c, own) for c in table.columns if not c.nullable or c.name in OVER | WHOSE}


def _planted_file() -> str:
    """Put a file with the canary where documents lie, and return its name there."""
    place = new_id().hex
    path_of(place).parent.mkdir(mode=0o700, exist_ok=True)
    path_of(place).write_text(CANARY)
    return place


def _value(column: sa.Column[Any], own: Mapping[str, Any]) -> Any:
    if column.name == "place":
        return _planted_file()
    if column.name == "bearer_id":  # a proxy is for somebody else
        return session.scalar(sa.select(Member.id).where(Member.id != own["member"]).limit(1))
    for key in column.foreign_keys:
        other = key.column.table
        return own.get(other.name) or _found_or_made(key.column, own["person"])
    kind = column.type.python_type if not isinstance(column.type, sa.JSON) else dict
    values = {
        uuid.UUID: new_id(),
        bytes: CANARY.encode(),
        int: 1,
        bool: False,
        str: "observer" if column.name in VOCABULARY or (column.table.name, column.name) in STAYS else CANARY,
        dict: {},
    }
    return values[kind] if kind in values else clock.now()


def _found_or_made(column: sa.Column[Any], person: uuid.UUID) -> Any:
    """Return the key of a row to which another leads: of the person's own where rows are somebody's."""
    table, rules = column.table, {found.name: rule for found, rule in tables_of_people()}
    own = of_person(table, rules[table.name], person) if table.name in ROOTS else sa.true()
    found = session.scalar(sa.select(column).select_from(table).where(own).limit(1))
    if found is None:
        row = _row(table, person)
        session.execute(sa.insert(table).values(row))
        found = row[column.name]
    return found


def _tables() -> Iterator[tuple[str, str]]:
    """Yield every row of every table there is, as text."""
    connection = session.connection()
    for name in sa.inspect(connection).get_table_names():
        for row in connection.exec_driver_sql(f'SELECT * FROM "{name}"'):
            yield name, " ".join(v.decode(errors="replace") if isinstance(v, bytes) else str(v) for v in row)


def _told_in(needles: tuple[str, ...]) -> set[str]:
    return {name for name, text in _tables() if any(needle in text for needle in needles)}


def _files(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Yield every file, and what is in those that are packed."""
    for path in folder.rglob("*"):
        if path.is_file():
            yield path.name, path.read_bytes()
            if zipfile.is_zipfile(path):
                with zipfile.ZipFile(path) as packed:
                    yield from ((f"{path.name}/{name}", packed.read(name)) for name in packed.namelist())


def _asked_by_two_administrators(world: World) -> None:
    """Have the person erased with every text that may go, and the contact that bears their name."""
    with transaction():
        session.add(RoleGrant(person_id=world.people["derna"], role=Role.ADMINISTRATOR, granted_at=clock.now()))
    one, other = world.actor("administrator"), world.actor("derna")
    [contact] = proposed_contacts(EMAIL, actor=one)
    request = PaperRequest(EMAIL, f"letter of {CANARY}", texts=True, contacts=frozenset({contact.id}))
    confirm_erasure_of(ask_erasure_of(request, actor=one).id, actor=other)


def test_what_was_planted_is_nowhere_and_what_was_proved_before_still_holds(
    app: Flask, planted: World, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    person, needles = planted.people["cso"], (CANARY, EMAIL, PERSON)
    goes = {table.name for table, rule in tables_of_people() if rule.treatment is not Treatment.KEEP}
    assert goes - _told_in(needles) == SILENT  # whatever else goes was planted
    proofs = dict(_proofs(planted))
    _asked_by_two_administrators(planted)
    with clock.at(clock.now() + timedelta(days=8)):
        assert erase_due()
        while work_once():
            pass
    assert _told_in(needles) == set()
    stays = {table.name for table, rule in tables_of_people() if rule.treatment is Treatment.TEXT}
    assert {name for name in _told_in((CITED,)) if not name.startswith("submission_index")} <= stays
    assert [
        table.name
        for table, rule in tables_of_people()
        if rule.treatment is Treatment.ERASE and _left(table, rule, person)
    ] == []
    _prove(proofs)
    write_backup(tmp_path / "after.zip", runtime().settings, runtime().hooks)
    clear_log()
    found = {file for file, content in _files(tmp_path) if any(needle.encode() in content for needle in needles)}
    assert found == set()
    assert [needle for needle in needles if needle in caplog.text] == []


def _left(table: sa.Table, rule: Rule, person: uuid.UUID) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(table).where(of_person(table, rule, person))) or 0


def _proofs(world: World) -> Iterator[tuple[tuple[uuid.UUID, int], tuple[int, list[bytes], bytes]]]:
    """Yield, for every event so far, how it is proved under a checkpoint signed now."""
    for stream in (INSTANCE, world.consultation_id):
        with transaction():
            point = sign_checkpoint(stream)
            size, top = point.size, point.root
        leaves = _leaves(stream)
        for index in range(size):
            yield (stream, index), (size, inclusion_proof(index, leaves), top)


def _leaves(stream: uuid.UUID) -> list[bytes]:
    return list(session.scalars(sa.select(EventRow.leaf).where(EventRow.stream_id == stream).order_by(EventRow.seq)))


def _prove(proofs: Mapping[tuple[uuid.UUID, int], tuple[int, list[bytes], bytes]]) -> None:
    """Check the log as it is now, and every proof from before."""
    read, faults = verify_log()
    assert (read > len(proofs), faults) == (True, [])
    leaves = {stream: _leaves(stream) for stream, _index in proofs}
    wrong = [
        place
        for place, (size, proof, top) in proofs.items()
        if not verify_inclusion(leaves[place[0]][place[1]], place[1], size, proof, top)
    ]
    assert wrong == []
    (erased,) = recorded("PersonErased")
    empty = session.scalar(sa.select(sa.func.count()).select_from(EventRow).where(EventRow.salt.is_(None)))
    assert (empty == erased.facts["events"], bool(empty)) == (True, True)
