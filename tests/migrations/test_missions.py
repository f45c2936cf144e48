"""What somebody wrote of their consular district in their own words is matched with the list of missions, and kept."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from consult.migrations.upgrade import upgrade
from consult.plugins.manager import load_hooks

from .old_instances import BEGAN, add, engine_of, old_instance

WRITTEN = {
    "تونس": ("", "TN-TUNIS"),
    "Embassy in ROME": ("IT", "IT-ROME"),
    "السفارة في القاهره": ("EG", "EG-CAIRO"),
    "Paris": ("US", ""),  # the one in Texas
    "Lyon": ("FR", ""),
    "": ("DE", ""),
}


def test_words_that_name_a_mission_become_it_and_stay(
    engine: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    with old_instance("0035", engine, request, tmp_path) as settings:
        made = engine_of(settings)
        with made.begin() as connection:
            for number, (words, (country, _)) in enumerate(WRITTEN.items()):
                person = add(connection, "person", name=f"p{number}", created_at=BEGAN)
                connection.execute(
                    sa.text(
                        "INSERT INTO reach (person_id, timezone, country, district) VALUES (:p, '', :country, :words)"
                    ).bindparams(sa.bindparam("p", type_=sa.Uuid())),
                    {"p": person, "country": country, "words": words},
                )
        upgrade(made, load_hooks())
        with made.connect() as connection:
            rows = connection.execute(sa.text("SELECT district, mission FROM reach")).all()
        made.dispose()
    assert {row.district: row.mission for row in rows} == {words: code for words, (_, code) in WRITTEN.items()}
