"""The reference files go into the register of bodies, again changes nothing, and the export comes back the same."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from flask import Flask

from consult.accounts.access import OPERATOR
from consult.accounts.imports import BODY_COLUMNS, export_bodies, import_bodies, reader_for
from consult.accounts.models import Body
from consult.cli.root import program
from consult.db import session
from consult.errors import Forbidden
from consult.spreadsheets import Row, open_table, write_csv
from consult.testing.world import World

ROOT = Path(__file__).parents[3]
MUNICIPALITIES = ROOT / "plugins/municipal/consult_municipal/reference/municipalities.csv"
ACADEMIC = ROOT / "plugins/academic/consult_academic/reference/academic_institutions.csv"
INSTITUTIONS = ROOT / "consult/reference/institutions.csv"


def _import(file: Path) -> tuple[int, int, int]:
    with open_table(file) as table:
        reader = reader_for(table.columns)
        assert reader is not None
        outcome = import_bodies(table.rows, reader, actor=OPERATOR)
    return outcome.imported, outcome.unchanged, outcome.rejected


def _rows(file: Path) -> int:
    with open_table(file) as table:
        return sum(1 for _ in table.rows)


@pytest.mark.parametrize("file", [MUNICIPALITIES, ACADEMIC, INSTITUTIONS], ids=lambda f: f.stem)
def test_a_reference_file_is_entered_once(app: Flask, file: Path) -> None:
    count = _rows(file)
    assert _import(file) == (count, 0, 0)
    assert _import(file) == (0, count, 0)
    assert session.scalar(sa.select(sa.func.count()).select_from(Body)) == count


def test_the_export_comes_back_the_same(app: Flask, tmp_path: Path) -> None:
    _import(INSTITUTIONS)
    file = tmp_path / "bodies.csv"
    count = write_csv(BODY_COLUMNS, export_bodies(actor=OPERATOR), file)
    assert (count, _import(file)) == (_rows(INSTITUTIONS), (0, count, 0))


def test_a_row_without_a_name_is_rejected_with_its_column(app: Flask) -> None:
    cells = dict.fromkeys(BODY_COLUMNS, "") | {"key": "X1", "kind": "ministry"}
    reader = reader_for(BODY_COLUMNS)
    assert reader is not None
    outcome = import_bodies([Row(2, cells)], reader, actor=OPERATOR)
    assert [(r.row, r.column) for r in outcome.rejections] == [(2, "names")]


def test_a_dry_run_enters_nobody(app: Flask) -> None:
    cells = dict.fromkeys(BODY_COLUMNS, "") | {"key": "X1", "kind": "ministry", "name_en": "Ministry"}
    reader = reader_for(BODY_COLUMNS)
    assert reader is not None
    assert import_bodies([Row(2, cells)], reader, actor=OPERATOR, dry_run=True).imported == 1
    assert session.scalars(sa.select(Body.key)).all() == []


def test_participants_may_not(world: World) -> None:
    reader = reader_for(BODY_COLUMNS)
    assert reader is not None
    with pytest.raises(Forbidden):
        import_bodies([], reader, actor=world.actor("ghat"))


def test_the_command_counts_on_its_last_line_and_lists_rejects(world: World, app: Flask, tmp_path: Path) -> None:
    file, rejects, rules = tmp_path / "in.csv", tmp_path / "rejects.csv", tmp_path / "map.toml"
    file.write_text("id;text\n1;one\n2;\n", "utf-8")
    rules.write_text('key="{id}"\nlanguage="en"\ntitle="{id}"\n[[text]]\ncolumn="text"\n')
    arguments = [
        "import",
        "submissions",
        str(file),
        "--consultation",
        "test",
        "--map",
        str(rules),
        "--rejects",
        str(rejects),
    ]
    run = CliRunner().invoke(program, arguments, obj=lambda: app)
    assert (run.exit_code, run.stdout.splitlines()[-1]) == (0, "imported 1, unchanged 0, rejected 1")
    assert rejects.read_text("utf-8-sig").splitlines() == [
        "row,column,reason",
        "3,,The row has neither text nor answers.",
    ]


@pytest.mark.parametrize(("name", "more"), [("out.json", []), ("out", ["--format", "json"])])
def test_the_command_knows_the_format_by_the_ending_or_is_told(
    world: World, app: Flask, tmp_path: Path, name: str, more: list[str]
) -> None:
    arguments = ["export", "submissions", str(tmp_path / name), "--consultation", "test", *more]
    run = CliRunner().invoke(program, arguments, obj=lambda: app)
    assert (run.exit_code, run.stdout) == (0, "exported 0\n")
    assert json.loads((tmp_path / name).read_bytes()) == []


@pytest.mark.parametrize(
    ("content", "words"),
    [("", "the file is empty"), ("id;text\n", "there is no column 'why'")],
)
def test_the_command_says_in_a_line_what_is_wrong(
    world: World, app: Flask, tmp_path: Path, content: str, words: str
) -> None:
    file, rules = tmp_path / "in.csv", tmp_path / "map.toml"
    file.write_text(content, "utf-8")
    rules.write_text('key="{id}"\nlanguage="en"\ntitle="{id}"\n[[text]]\ncolumn="why"\n')
    arguments = ["import", "submissions", str(file), "--consultation", "test", "--map", str(rules)]
    run = CliRunner().invoke(program, arguments, obj=lambda: app)
    assert run.exit_code == 1
    assert words in run.stderr
