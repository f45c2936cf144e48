"""An instance from before the register kept what was: former names, the one successor, and votes are read as they were."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from consult.accounts.access import ANONYMOUS, OPERATOR
from consult.accounts.bodies.ending import UndoDraft
from consult.accounts.bodies.imports import BODY_COLUMNS, import_bodies, reader_for
from consult.accounts.bodies.models import Contact, Mandate, MandateOverlap
from consult.accounts.bodies.queries import record_of
from consult.accounts.models import Body
from consult.accounts.queries import bodies, body_by_key
from consult.app import create_app
from consult.ballots.models import RollEntry
from consult.db import database, session
from consult.events.models import INSTANCE
from consult.migrations.upgrade import upgrade
from consult.plugins.manager import load_hooks
from consult.recommendations.winding_up import undo_winding_up
from consult.settings import Settings
from consult.spreadsheets import Row

from .old_instances import add, engine_of, old_instance

OLD = "0027"
ENDED = datetime(2024, 3, 1, tzinfo=UTC)


@pytest.fixture
def old(engine: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    """An instance whose core stands at the old revision, without any rows."""
    with old_instance(OLD, engine, request, tmp_path) as settings:
        yield settings


ABOUT = {"kind": "ministry", "level": "national", "region": "west"}


def _body(connection: sa.Connection, key: str, **facts: object) -> uuid.UUID:
    names = {"ar": key, "en": key}
    about = {**ABOUT, "search_names": key.lower(), "listed": True}
    return add(connection, "body", key=key, names=names, valid_from=datetime(2011, 1, 5, tzinfo=UTC), **about, **facts)


def _fill(connection: sa.Connection) -> None:
    """Write a chain OLD -> MID -> NEW as it was rewritten then, a body that ended alone, a former name, and a roll."""
    old = _body(connection, "OLD", successor_key="NEW", valid_to=ENDED)
    middle = _body(connection, "MID", successor_key="NEW", valid_to=datetime(2025, 1, 1, tzinfo=UTC))
    new = _body(connection, "NEW")
    _body(connection, "ALONE", valid_to=ENDED)
    former = {"names": {"en": "Ministry of Manpower"}, "search_names": "ministry of manpower", "source": "Decree 7"}
    add(connection, "body_name", body_id=new, until=date(2015, 1, 1), **former)
    add(connection, "body_mandate", body_id=old, texts={"en": "Ended with it"}, valid_to=ENDED.date())
    add(connection, "body_mandate", body_id=old, texts={"en": "Ended before"}, valid_to=date(2020, 1, 1))
    add(connection, "body_contact", body_id=new, audience="public", label="Office", phone="+218 21 000 0000")
    add(connection, "stream", id=INSTANCE, seq=2)
    for seq, (one, into, key) in enumerate([(old, middle, "MID"), (middle, new, "NEW")], start=1):
        facts = {"body": str(one), "key": "", "successor": str(into), "successor_key": key}
        add(connection, "event", stream_id=INSTANCE, seq=seq, type="BodyMerged", facts=facts, leaf=b"")
    here = add(connection, "consultation", slug="old", prefix="OL", timezone="Africa/Tripoli")
    person = add(connection, "person", name="P")
    about = {"consultation_id": here, "track": "municipal", "number": 1}
    member = add(connection, "member", person_id=person, body_id=old, **about)
    seat = add(connection, "seat", **about)
    ballot = add(connection, "ballot", consultation_id=here, number=1, state="prepared")
    add(connection, "roll_entry", ballot_id=ballot, voter_id=member, seat_id=seat, track="municipal")


def test_an_old_register_keeps_its_names_ends_and_votes(old: Settings) -> None:
    made = engine_of(old)
    with made.begin() as connection:
        _fill(connection)
    upgrade(made, load_hooks())
    made.dispose()
    with create_app(old).app_context():
        told = {one.key: record_of(one, ANONYMOUS) for one in session.scalars(sa.select(Body))}
        assert {key: [one.key for one in record.successors] for key, record in told.items()} == {
            "OLD": ["MID"],
            "MID": ["NEW"],
            "NEW": [],
            "ALONE": [],
        }
        ends = {key: (one.end.since, one.end.source) for key, one in told.items() if one.end is not None}
        assert ends == {"OLD": (ENDED.date(), ""), "MID": (date(2025, 1, 1), ""), "ALONE": (ENDED.date(), "")}
        assert [(f.names["en"], f.kind, f.level, f.region, f.since, f.until) for f in told["NEW"].former] == [
            ("Ministry of Manpower", "ministry", "national", "west", date(2011, 1, 5), date(2015, 1, 1))
        ]
        assert [line.key for line in bodies(text="manpower").lines] == ["NEW"]
        assert session.execute(sa.select(Contact.as_of, Contact.source)).all() == [(None, "")]
        first = body_by_key("OLD")
        assert first is not None
        assert session.scalars(sa.select(RollEntry.body_id)).all() == [first.id]
        undo_winding_up(UndoDraft("A mistake.", "en"), body=first.id, actor=OPERATOR)
        assert sorted(session.scalars(sa.select(Mandate.valid_to)).all(), key=str) == [date(2020, 1, 1), None]
        session.remove()
        database.engine.dispose()


PLACE = {"district": "LY-BA", "parent_key": "PM"}
ROW = dict.fromkeys(BODY_COLUMNS, "") | ABOUT | {"key": "X1"}
#: A file from before districts were kept by day: what it says of them then is not what a migration put in their place.
FILE = [
    ROW | {"name_en": "Office", "district": "LY-TB"},
    ROW | {"name_en": "Authority", "district": "LY-TB", "since": "2015-01-01", "source": "Law 1"},
    ROW
    | {"name_en": "X1", "name_ar": "X1", "since": "2020-01-01", "source": "Law 2", "district": "LY-BA", "parent": "PM"},
]


def _fill_register(connection: sa.Connection) -> None:
    """Write a body whose former states hold its present place, two overlaps of the same two mandates, and one of others."""
    body, above = _body(connection, "X1", **PLACE), _body(connection, "PM")
    for name, until in (("Office", date(2015, 1, 1)), ("Authority", date(2020, 1, 1))):
        add(connection, "body_state", body_id=body, names={"en": name}, until=until, **ABOUT, **PLACE)
    own, other, third = (
        add(connection, "body_mandate", body_id=one, texts={"en": "M"}) for one in (body, above, above)
    )
    for one, two, note, source in (
        (own, other, {"en": "Borders"}, "Audit"),
        (other, own, {"en": "Crossings", "ar": "المعابر"}, "Audit"),
        (third, own, {"en": "Visas"}, "Gazette"),
    ):
        add(connection, "body_mandate_overlap", mandate_id=one, other_id=two, notes=note, source=source)


def test_an_older_file_takes_nothing_back_and_an_overlap_stands_once(
    engine: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    with old_instance("0048", engine, request, tmp_path) as settings:
        made = engine_of(settings)
        with made.begin() as connection:
            _fill_register(connection)
        upgrade(made, load_hooks())
        made.dispose()
        with create_app(settings).app_context():
            body = body_by_key("X1")
            assert body is not None
            assert [(was.district, was.parent) for was in record_of(body, ANONYMOUS).former] == [("", None)] * 2
            reader = reader_for(BODY_COLUMNS)
            assert reader is not None
            rows = [Row(number, cells) for number, cells in enumerate(FILE, 2)]
            outcome = import_bodies(rows, reader, actor=OPERATOR)
            assert (outcome.unchanged, outcome.rejections) == (3, [])
            assert (body.district, body.parent_key, body.sorted_en, body.sorted_fr) == ("LY-BA", "PM", "x1", "x1")
            overlaps = session.scalars(sa.select(MandateOverlap).order_by(MandateOverlap.id)).all()
            assert [(dict(one.notes), one.source) for one in overlaps] == [
                ({"en": "Borders\n\nCrossings", "ar": "المعابر"}, "Audit"),
                ({"en": "Visas"}, "Gazette"),
            ]
            assert all(one.mandate_id < one.other_id for one in overlaps)
            session.remove()
            database.engine.dispose()
