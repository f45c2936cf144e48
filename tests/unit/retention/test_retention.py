"""How long things are kept: every table has a class, what is due goes in batches, what is not stays, and figures tell."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from consult import clock
from consult.accounts.models import Attempt, Person, RoleGrant, SignIn, SignInLink
from consult.accounts.signing_in.sign_in import start_sign_in
from consult.attachments import path_of
from consult.consultations.models import Phase
from consult.consultations.registration_models import Registration
from consult.db import Base, new_id, session, transaction
from consult.events.record import record
from consult.notifications.models import Mail, Reach
from consult.retention import sweep
from consult.retention.classes import CLASSES, forgotten_tables, periods
from consult.retention.going import GOING
from consult.retention.proof import is_late, proof
from consult.retention.staying import STAYING
from consult.retention.sweep import EVERY, retain_due
from consult.settings import Settings, UnknownSetting
from consult.submissions.documents.models import Attachment
from consult.submissions.drafting.drafts import start_draft
from consult.submissions.exchange.models import ImportRefusal, ImportRun
from consult.submissions.models import Draft
from consult.testimony.models import Testimony
from consult.testing.acts import recorded
from consult.testing.world import World

LONG_AGO = timedelta(days=800)


def _run_all() -> None:
    while retain_due():
        pass


def _begin_log(at: datetime) -> None:
    from consult.accounts.events import PersonRegistered

    with clock.at(at), transaction():
        record(PersonRegistered(new_id()), actor=None)


def test_every_table_belongs_to_exactly_one_class_and_every_class_says_why(app: Flask) -> None:
    assert forgotten_tables() == []
    unknown = [name for kept in CLASSES for name in kept.tables if name not in Base.metadata.tables]
    assert unknown == []
    assert len({kept.key for kept in CLASSES}) == len(CLASSES)
    assert [kept.key for kept in GOING if kept.days is None or not kept.parts] == []
    assert [kept.key for kept in STAYING if kept.days is not None or kept.parts] == []


def test_a_table_that_was_forgotten_is_named(app: Flask) -> None:
    table = sa.Table("forgotten", Base.metadata, sa.Column("id", sa.Uuid(), primary_key=True))
    try:
        assert forgotten_tables() == ["forgotten"]
    finally:
        Base.metadata.remove(table)


def test_periods_are_shortened_and_never_made_longer() -> None:
    assert periods(Settings())["mails"] == 180
    assert periods(Settings(retention=("mails=30", "notices = 90")))["mails"] == 30
    for line in ("mails=181", "mails", "mails=-1", "log=3", "letters=3", "mails=³"):
        with pytest.raises(UnknownSetting, match="retention"):
            periods(Settings(retention=(line,)))


def _plant(world: World, at: datetime, place: str) -> Mapping[str, Any]:
    """Write one row of every class that goes, as if it had been written at a moment."""
    person, here = world.people["ghat"], world.consultation_id
    (path_of(place)).write_bytes(b"file")
    run = ImportRun(id=new_id(), consultation_id=here, state="mapping", name="t.csv", size=1, columns=[], brought_at=at)
    link = SignInLink(
        id=new_id(), person_id=person, purpose="card", token_hash=uuid.uuid4().bytes, created_at=at, expires_at=at
    )
    mail = {"language": "ar", "subject": "", "text": "", "html": "", "address": "a@example.org"}
    with clock.at(at):
        start_sign_in(person, method="link")
        draft = start_draft(world.members["ghat"], consultation=world.consultation, actor=world.actor("ghat"))
    with transaction():
        session.add_all([run, link])
        session.flush()
        session.add_all(
            [
                Attempt(digest=uuid.uuid4().bytes, count=1, ends_at=at),
                Registration(
                    id=new_id(), consultation_id=here, track="cso", name="x", email="x", language="ar", expires_at=at
                ),
                Mail(
                    id=new_id(), person_id=person, kind="k", cause=place, created_at=at, due_at=at, sent_at=at, **mail
                ),
                ImportRefusal(run_id=run.id, place=1, row=1, column="c", reason="r"),
                Attachment(
                    id=new_id(),
                    consultation_id=here,
                    member_id=world.members["ghat"],
                    kind="pdf",
                    draft_id=new_id(),
                    name="n",
                    size=4,
                    sha256="",
                    place=place,
                    checked_at=at,
                ),
            ]
        )
    return {"draft": draft.id, "run": run.id}


def test_what_is_due_goes_and_what_is_not_stays(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep, "BATCH", 2)
    now = clock.now()
    old, new = "a" * 32, "b" * 32
    _begin_log(now - LONG_AGO)
    _plant(world, now - LONG_AGO, old)
    fresh = _plant(world, now, new)
    with transaction():
        withdrawn = {"state": "withdrawn", "received_on": now.date(), "key_number": 1}
        session.add(
            Testimony(consultation_id=world.consultation_id, number=7, sealed=b"left", wrapped_key=None, **withdrawn)
        )
    before = {one.kept.key: one.older for one in proof().classes}
    assert {key for key, older in before.items() if older} == {
        *("tries", "devices", "links", "registrations", "mails", "drafts", "held_files", "import_files"),
        *("import_refusals", "testimony"),
    }
    _run_all()
    after = proof()
    assert after.older == 0
    assert after.ran_at is not None
    assert not after.late
    rows = {one.kept.key: one.rows for one in after.classes}
    assert {rows[key] for key in ("devices", "links", "registrations", "mails", "drafts", "held_files")} == {1}
    assert (path_of(old).exists(), path_of(new).exists()) == (False, True)
    assert session.scalars(sa.select(Draft.id)).all() == [fresh["draft"]]
    assert session.scalars(sa.select(ImportRun.kept).order_by(ImportRun.id)).all().count(True) == 1
    assert session.scalars(sa.select(Testimony.sealed)).all() == [None]
    (event,) = recorded("RetentionApplied")
    assert event.facts["rows"] == sum(before.values()) == sum(count for _, count in event.facts["classes"])
    assert set(event.facts) == {"rows", "classes"}


def test_a_run_begins_when_the_pause_is_over_and_a_new_instance_has_nothing_old(world: World) -> None:
    now = clock.now()
    assert not retain_due()
    _begin_log(now)
    assert not retain_due()
    with clock.at(now + EVERY):
        _run_all()
        assert len(recorded("RetentionApplied")) == 1
        assert not retain_due()
    with clock.at(now + 2 * EVERY):
        _run_all()
        assert len(recorded("RetentionApplied")) == 2
    assert not proof().late
    with clock.at(now + timedelta(days=3)):
        assert proof().late


def test_addresses_go_after_the_last_consultation_of_who_left_no_trace_since(world: World) -> None:
    now = clock.now()
    _begin_log(now - LONG_AGO)
    with transaction():
        ended = {"opens_at": now - 2 * LONG_AGO, "closes_at": now - LONG_AGO}
        session.execute(sa.update(Phase).values(**ended))
        session.add(Reach(person_id=world.people["ghat"], timezone="Europe/Paris"))
        session.add(RoleGrant(person_id=world.people["derna"], role="observer", granted_at=now))
        start_sign_in(world.people["zuwara"], method="link")
    _run_all()
    kept = dict(session.execute(sa.select(Person.id, Person.email)).all())
    reached = {key for key, person in world.people.items() if kept[person]}
    assert reached == {"administrator", "organiser", "moderator", "derna", "zuwara"}
    ghat = session.get_one(Person, world.people["ghat"])
    assert (ghat.name, ghat.email_key, ghat.password_hash) == ("عيسى كوسا", None, "")
    assert session.get(Reach, ghat.id) is None
    assert session.scalar(sa.select(sa.func.count()).select_from(SignIn)) == 1


def test_a_consultation_that_goes_on_keeps_the_addresses(world: World) -> None:
    now = clock.now()
    _begin_log(now - LONG_AGO)
    with transaction():
        past = (Phase.key == "writing",)
        session.execute(sa.update(Phase).where(*past).values(opens_at=now - 2 * LONG_AGO, closes_at=now - LONG_AGO))
    _run_all()
    assert session.scalar(sa.select(sa.func.count()).where(Person.email == "")) == 0


def test_who_never_ran_the_job_is_told_after_a_day(world: World) -> None:
    assert not is_late()
    _begin_log(clock.now() - timedelta(days=2))
    assert is_late()
    assert proof().late
    _run_all()
    assert not is_late()
