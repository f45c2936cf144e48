"""An instance in which a body has two seats in a track: the upgrade stops, says which, and changes nothing."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest
import sqlalchemy as sa

from consult.errors import Conflict
from consult.migrations.upgrade import upgrade
from consult.plugins.manager import load_hooks

from .old_instances import BEGAN, add, engine_of, old_instance


def test_a_body_with_two_seats_stops_the_upgrade_in_words(
    engine: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    with old_instance("0030", engine, request, tmp_path) as settings:
        made = engine_of(settings)
        with made.begin() as connection:
            here = add(connection, "consultation", slug="old", prefix="OL", timezone="Africa/Tripoli")
            body = add(connection, "body", key="LY1", names={"ar": "غات"}, kind="municipality", valid_from=BEGAN)
            about = {"consultation_id": here, "track": "municipal"}
            seats = [add(connection, "seat", number=number, body_id=body, **about) for number in (1, 2)]
            add(connection, "seat", number=3, **about)
            add(connection, "seat", number=4, **about)
        with pytest.raises(Conflict, match="old / municipal / LY1: 2"):
            upgrade(made, load_hooks())
        _remove(made, seats[1])
        upgrade(made, load_hooks())
        assert "uq_seat_body" in {index["name"] for index in sa.inspect(made).get_indexes("seat")}
        made.dispose()


def _remove(made: sa.Engine, seat: uuid.UUID) -> None:
    table = sa.Table("seat", sa.MetaData(), autoload_with=made)
    with made.begin() as connection:
        connection.execute(sa.delete(table).where(table.c.id == seat))
