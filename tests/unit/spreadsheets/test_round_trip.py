"""What is written as CSV, XLSX, ODS or JSON is read as it was, whatever people type."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from consult.spreadsheets import WRITERS, UnwritableTable, cell_text, open_table, quoted, write_table
from consult.spreadsheets.xlsx import XLSX_CELL

COLUMNS = ("number", "نص", "réponse (1)")
NASTY = (
    "=1+1",
    "'=1",
    "''-x",
    "+44",
    "-5",
    "@x",
    "\t=x",
    "007",
    "1.0",
    "1e5",
    "2026-11-24",
    "TRUE",
    "بَلَدِيّةٌ",
    "می\u200cخواهم",
    "👩🏽‍⚕️ 🇱🇾",
    "a\nb\n\nc",
    "a\r\nb\rc",
    "  two  spaces  ",
    "tab\tinside",
    'say "so"; and, so | on',
    "_x000D_ _x005F_",
    "&lt;p&gt; <b>]]></b>",
    "\u2028\u00a0\u200f",
    "[1, 2]",
    '{"a": 1}',
    "\ufeffmark",
    " ",
)
#: Every character that may stand in a text of ours: no surrogate, no control character but those of lines, no U+FFFE.
LETTERS = st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff", include_characters="\n\r\t")
CELLS = st.one_of(st.just(""), st.sampled_from(NASTY), st.text(LETTERS, max_size=40))
ROWS = st.lists(st.tuples(CELLS, CELLS, CELLS).filter(lambda row: any(cell.strip() for cell in row)), max_size=5)


def _again(form: str, rows: list[dict[str, Any]], folder: Path) -> list[dict[str, str]]:
    file = folder / f"table.{form}"
    assert write_table(COLUMNS, iter(rows), file, form) == len(rows)
    with open_table(file) as table:
        assert table.columns == COLUMNS
        return [dict(row.cells) for row in table.rows]


@pytest.mark.parametrize("form", WRITERS)
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(rows=[(cell, cell, "x") for cell in NASTY])
@example(rows=[("", "", "=1"), ("0", "", "")])
@given(rows=ROWS)
def test_every_cell_comes_back(tmp_path: Path, form: str, rows: list[tuple[str, str, str]]) -> None:
    given_rows = [dict(zip(COLUMNS, row, strict=True)) for row in rows]
    if form == "json" and not rows:
        return  # a list of nothing has no columns
    assert _again(form, given_rows, tmp_path) == given_rows


@pytest.mark.parametrize("form", WRITERS)
def test_lists_and_objects_come_back_as_texts_that_tell_them(tmp_path: Path, form: str) -> None:
    row = {"number": 7, "نص": ["gcm-1", "gcm-15"], "réponse (1)": {"a": ["x, y"], "b": True}}
    with_texts = {name: cell_text(value) for name, value in row.items()}
    assert with_texts == {"number": "7", "نص": "gcm-1, gcm-15", "réponse (1)": '{"a": ["x, y"], "b": true}'}
    file = tmp_path / f"table.{form}"
    write_table(COLUMNS, iter([row]), file, form)
    with open_table(file) as table:
        found = [dict(r.cells) for r in table.rows]
    assert [{name: cells[name] for name in COLUMNS} for cells in found] == [with_texts]


def test_json_keeps_lists_and_objects(tmp_path: Path) -> None:
    row = {"number": "007", "نص": ["gcm-1"], "réponse (1)": {"a": 1}}
    write_table(COLUMNS, iter([row]), tmp_path / "table.json", "json")
    assert json.loads((tmp_path / "table.json").read_text("utf-8")) == [row]


def test_no_cell_that_is_written_begins_as_a_formula(tmp_path: Path) -> None:
    for form in ("csv", "xlsx", "ods"):
        write_table(("a",), iter([{"a": "=cmd|' /C calc'!A0"}]), tmp_path / f"t.{form}", form)
    assert (tmp_path / "t.csv").read_text("utf-8-sig").splitlines()[1] == "'=cmd|' /C calc'!A0"


@pytest.mark.parametrize("form", WRITERS)
def test_wide_signs_begin_formulas_too_and_come_back(form: str, tmp_path: Path) -> None:
    """Programs set up for East Asian writing take them for =, +, - and @."""
    cells = [
        before + sign + "1+1"
        for sign in "\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b"
        for before in ("", "'", "x")
    ]
    rows = [dict.fromkeys(COLUMNS, cell) for cell in cells]
    assert _again(form, rows, tmp_path) == rows
    assert [quoted(cell) for cell in cells] == [cell if cell[0] == "x" else f"'{cell}" for cell in cells]


def test_a_cell_that_excel_would_cut_is_refused_by_name(tmp_path: Path) -> None:
    """Excel counts as JavaScript does: a character outside of the first 65,536 is two."""
    file, columns, half = tmp_path / "t.xlsx", ("number", "a"), XLSX_CELL // 2
    for longest in ("x" * XLSX_CELL, "👩" * half):
        assert write_table(columns, iter([{"number": "T-1", "a": longest}]), file, "xlsx") == 1
        with open_table(file) as table:
            assert [row.cells["a"] for row in table.rows] == [longest]
        with pytest.raises(UnwritableTable, match=r"T-2, a: the text is longer than a cell of Excel\."):
            write_table(columns, iter([{"number": "T-2", "a": longest + longest[:2]}]), file, "xlsx")
        assert not file.exists()


@pytest.mark.parametrize("form", WRITERS)
def test_more_rows_than_a_sheet_has_are_refused(form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("consult.spreadsheets.cells.MOST_ROWS", 3)
    file, rows = tmp_path / f"t.{form}", [{"a": "1"}, {"a": "2"}, {"a": "3"}]
    assert write_table(("a",), rows[:2], file, form) == 2
    if form in ("csv", "json"):
        assert write_table(("a",), rows, file, form) == 3
        return
    with pytest.raises(UnwritableTable, match=r"^A sheet holds 2 rows"):
        write_table(("a",), rows, file, form)
    assert not file.exists()
