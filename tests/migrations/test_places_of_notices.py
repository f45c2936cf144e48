"""Notices of before lead to their consultation; the log of before stays as it was signed, sign-offs included."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from consult.app import create_app
from consult.consultations.models import Consultation
from consult.db import database, session
from consult.events.models import INSTANCE
from consult.migrations.upgrade import upgrade
from consult.notifications.models import Notice
from consult.notifications.notices import notices_of
from consult.plugins.manager import load_hooks
from consult.settings import Settings

from .old_instances import add, engine_of, old_instance

OLD = "0056"


@pytest.fixture
def old(engine: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    """An instance whose core stands at the old revision, without any rows."""
    with old_instance(OLD, engine, request, tmp_path) as settings:
        yield settings


def _fill(connection: sa.Connection) -> uuid.UUID:
    """Write two notices of a person: of a sign-off in a consultation, and of their account."""
    person = add(connection, "person", name="N", email="n@example.org")
    names = {"ar": "قديم", "en": "Old"}
    here = add(connection, "consultation", slug="old", prefix="OL", names=names, timezone="Africa/Tripoli")
    for stream, event, kind in ((here, "SignOffAsked", "sign_off_asked"), (INSTANCE, "RoleGranted", "role_granted")):
        key = stream.hex if connection.dialect.name == "sqlite" else stream
        connection.execute(sa.text("INSERT INTO stream (id, seq) VALUES (:id, 1)").bindparams(id=key))
        told = add(connection, "event", stream_id=stream, seq=1, type=event)
        add(connection, "notice", person_id=person, event_id=told, kind=kind, about=kind, how="product")
    return person


def test_notices_of_before_lead_to_their_consultation(old: Settings, engine: str) -> None:
    made = engine_of(old)
    with made.begin() as connection:
        person = _fill(connection)
    upgrade(made, load_hooks())
    made.dispose()
    with create_app(old).app_context():
        here = session.scalars(sa.select(Consultation.id)).one()
        kept = {row.kind: row.consultation_id for row in session.scalars(sa.select(Notice))}
        assert kept == {"sign_off_asked": here, "role_granted": None}
        lines = {line.path: line.consultation for line in notices_of(person)[0]}
        assert {path: names and names["en"] for path, names in lines.items()} == {
            "/c/old/write/sign_off_asked/check/": "Old",
            "/account": None,
        }
        indexes = {
            one["name"]: one["dialect_options"] for one in sa.inspect(session.connection()).get_indexes("notice")
        }
        assert str(indexes["ix_notice_unread"][f"{engine}_where"]).strip("()") == "read_at IS NULL"
        session.remove()
        database.engine.dispose()
