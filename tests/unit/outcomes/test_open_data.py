"""The open-data package of the sample: whole, described truly, silent about what is withheld, the same bytes each time."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import fastjsonschema
import pytest
import sqlalchemy as sa
from flask import Flask

from consult.accounts.access import ANONYMOUS, OPERATOR
from consult.accounts.models import Person
from consult.consultations.models import Consultation, Member
from consult.consultations.queries import consultation_by_slug
from consult.db import session, transaction
from consult.demo.load import SLUG
from consult.errors import Forbidden
from consult.outcomes.open_data import write_open_data
from consult.outcomes.open_data_tables import TABLES
from consult.submissions.models import Submission

#: The standard's own description of such a package: see the README beside it.
PROFILE = Path(__file__).parents[2] / "data" / "frictionless" / "datapackage-2.0.json"
TYPES = {
    "string": str,
    "integer": int,
    "boolean": lambda text: {"true": True, "false": False}[text],
    "date": date.fromisoformat,
    "datetime": datetime.fromisoformat,
}


@pytest.fixture
def here(sample_app: Flask) -> Consultation:
    """The sample consultation."""
    found = consultation_by_slug(SLUG)
    assert found is not None
    return found


def _package(path: Path, here: Consultation) -> tuple[dict[str, Any], dict[str, list[dict[str, str]]]]:
    counts = write_open_data(path, consultation=here, licence="CC-BY-4.0", actor=OPERATOR)
    with ZipFile(path) as package:
        assert package.testzip() is None
        described = json.loads(package.read("datapackage.json"))
        tables = {r["name"]: list(_rows(package, r["path"])) for r in described["resources"]}
        files = [row["path"] for row in tables["documents"] if row["path"]]
        assert sorted(package.namelist()) == sorted(
            ["datapackage.json", *files, *(resource["path"] for resource in described["resources"])]
        )
    assert {name: len(rows) for name, rows in tables.items()} == dict(counts)
    return described, tables


def _rows(package: ZipFile, name: str) -> Iterator[dict[str, str]]:
    return csv.DictReader(io.StringIO(package.read(name).decode("utf-8"), newline=""))


def test_the_package_and_each_table_schema_are_what_the_standard_says(here: Consultation, tmp_path: Path) -> None:
    described, _ = _package(tmp_path / "a.zip", here)
    profile = json.loads(PROFILE.read_bytes())
    assert described["$schema"] == "https://datapackage.org/profiles/2.0/datapackage.json"
    valid = fastjsonschema.compile(profile)
    valid(described)
    for spoilt in (
        {**described, "resources": []},
        {**described, "licenses": [{}]},
        _with_field(described, {"name": "number", "type": "text"}),
        _with_field(described, {"type": "string"}),
    ):
        with pytest.raises(fastjsonschema.JsonSchemaException):
            valid(spoilt)


def _with_field(described: dict[str, Any], field: dict[str, Any]) -> dict[str, Any]:
    """Return the description with another first field of its first table."""
    first, *others = described["resources"]
    schema = {**first["schema"], "fields": [field, *first["schema"]["fields"][1:]]}
    return {**described, "resources": [{**first, "schema": schema}, *others]}


def test_every_cell_is_what_the_schema_says(here: Consultation, tmp_path: Path) -> None:
    described, tables = _package(tmp_path / "a.zip", here)
    assert described["licenses"][0]["name"] == "CC-BY-4.0"
    for resource in described["resources"]:
        rows = tables[resource["name"]]
        assert rows or resource["name"] in ("documents", "quotes", "quote-sources")  # the sample cites passages only
        assert _wrong_cells(resource["schema"], rows, tables) == []
    assert {name: len(rows) for name, rows in tables.items() if name in ("submissions", "ballots", "topics")} == {
        "submissions": 54,
        "ballots": 5,
        "topics": 16,
    }
    refers = {r["name"] for r in described["resources"] if "foreignKeys" in r["schema"]}
    assert {"submissions", "passages", "sources", "answers", "votes"} <= refers


def _wrong_cells(
    schema: dict[str, Any], rows: list[dict[str, str]], tables: dict[str, list[dict[str, str]]]
) -> list[Any]:
    """Return what in a table is not as its schema says: types, required cells, primary key, foreign keys."""
    fields, key = schema["fields"], schema["primaryKey"]
    assert all(field["description"] for field in fields)
    assert len({tuple(row[name] for name in key) for row in rows}) == len(rows)
    wrong: list[Any] = []
    for row in rows:
        assert list(row) == [field["name"] for field in fields]
        for field in fields:
            cell, required = row[field["name"]], field.get("constraints", {}).get("required", False)
            if cell:
                TYPES[field["type"]](cell)
            elif required or field["name"] in key:
                wrong.append((field["name"], row))
    for foreign in schema.get("foreignKeys", ()):
        there = foreign["reference"]
        known = {tuple(row[name] for name in there["fields"]) for row in tables[there["resource"]]}
        named = {tuple(row[name] for name in foreign["fields"]) for row in rows}
        wrong += [(there["resource"], one) for one in named - known if any(one)]
    return wrong


def test_the_same_record_is_the_same_bytes(here: Consultation, tmp_path: Path) -> None:
    for name in ("a.zip", "b.zip"):
        write_open_data(tmp_path / name, consultation=here, licence="CC0-1.0", actor=OPERATOR)
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()


def test_what_is_withheld_or_hidden_is_in_no_table(here: Consultation, tmp_path: Path) -> None:
    withheld = sa.select(Person).join(Member, Member.person_id == Person.id).where(Member.withheld.is_(True))
    with transaction():
        for person in session.scalars(withheld):
            person.name = f"Canary {person.id.hex}"
        for row in session.scalars(sa.select(Submission).where(Submission.state != "accepted")):
            row.title = f"Canary {row.id.hex}"
    path = tmp_path / "a.zip"
    write_open_data(path, consultation=here, licence="CC-BY-4.0", actor=OPERATOR)
    with ZipFile(path) as package:
        texts = [package.read(name).decode(errors="replace") for name in package.namelist()]
    assert not any("Canary" in text for text in texts)
    assert any("name withheld" in text for text in texts)


def test_a_ballot_can_be_counted_again_from_the_package(here: Consultation, tmp_path: Path) -> None:
    _, tables = _package(tmp_path / "a.zip", here)
    ballot = next(row for row in tables["ballots"] if row["ballot"] == "1")
    votes = [row["choice"] for row in tables["votes"] if row["ballot"] == "1"]
    given = json.loads(ballot["input"])
    assert (votes.count("for"), votes.count("against")) == (given["counts"]["for"], given["counts"]["against"])
    assert len(votes) == int(ballot["seats"])


def test_only_who_may_export_makes_a_package(here: Consultation, tmp_path: Path) -> None:
    with pytest.raises(Forbidden):
        write_open_data(tmp_path / "a.zip", consultation=here, licence="CC0-1.0", actor=ANONYMOUS)
    assert not (tmp_path / "a.zip").exists()
    assert len(TABLES) == 18
