"""`consult campaigns`: a file of texts in, groups and flips out, and what is wrong with the file in one sentence."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from consult.cli.root import program

FOR = (
    "We, the crews of the northern ferries, ask you to keep the winter timetable as it is. Last year the boats ran half"
    " empty in March only. A hospital, two schools and the mill depend on the early crossing. The pier at the old"
    " lighthouse must be opened again before the autumn storms begin. Tickets for pupils should stay free of charge."
)
AGAINST = FOR.replace("to keep the", "to abolish the").replace("must be opened", "must be closed")

Find = Callable[..., Result]


@pytest.fixture
def find(tmp_path: Path) -> Find:
    """Write rows to a file (as they are when they are bytes) and search it; the output is `out.json`."""

    def run(*rows: object) -> Result:
        lines = [row if isinstance(row, bytes) else json.dumps(row).encode() for row in rows]
        (tmp_path / "texts.jsonl").write_bytes(b"\n".join(lines))
        return search(tmp_path / "texts.jsonl", tmp_path / "out.json")

    return run


def search(source: Path, output: Path) -> Result:
    return CliRunner().invoke(program, ["campaigns", str(source), "--output", str(output)], prog_name="consult")


def row(identifier: object, text: str) -> dict[str, object]:
    return {"id": identifier, "lang": "en", "text": text}


def test_groups_and_flips_are_written_and_counted(find: Find, tmp_path: Path) -> None:
    result = find(
        row("x", "Where is the post office?"),
        row(7, f"Good morning. {FOR}"),
        row("b", FOR.upper()),
        b"",
        row(8, f"{AGAINST} Yours, Ada"),
        row(-9, f"To whom it may concern. {FOR} With respect"),
    )
    assert (result.exit_code, result.stdout) == (0, "texts 5, groups 1, grouped 4, opposite 1\n")
    assert result.stderr.split() == ["Reading", "Comparing"]
    assert json.loads((tmp_path / "out.json").read_text("utf-8")) == {
        "groups": {"7": 1, "b": 1, "8": 1, "-9": 1},
        "flips": [["b", 8]],
    }


def test_groups_are_numbered_by_their_first_text(find: Find, tmp_path: Path) -> None:
    other = (
        "Notre village demande une école, un puits et une route goudronnée jusqu'au marché. Les enfants marchent deux heures"
        " chaque matin, et les malades attendent au bord de la piste. Le budget voté l'an dernier suffirait pour commencer ;"
        " nous voulons savoir où il est passé, et qui répondra devant les habitants."
    )
    find(row(4, other), row(3, FOR), row(2, FOR), row(1, other))
    assert json.loads((tmp_path / "out.json").read_text("utf-8"))["groups"] == {"4": 1, "1": 1, "3": 2, "2": 2}


def test_a_file_without_texts_has_no_groups(find: Find, tmp_path: Path) -> None:
    assert find().stdout == "texts 0, groups 0, grouped 0, opposite 0\n"
    assert json.loads((tmp_path / "out.json").read_text("utf-8")) == {"groups": {}, "flips": []}


def test_a_byte_order_mark_is_no_fault(find: Find) -> None:
    assert find(b"\xef\xbb\xbf" + json.dumps(row(1, FOR)).encode()).exit_code == 0


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b'{"id": 2, "lang": "en", "text": "a', "Line 2 is not JSON: "),
        (b'{"id": 2, "lang": "en"}', "In line 2, text is missing or is not a text."),
        (b'{"id": 2, "lang": "en", "text": null}', "In line 2, text is missing or is not a text."),
        (b'{"id": 2, "lang": 5, "text": "a"}', "In line 2, lang is missing or is not a text."),
        (b'{"lang": "en", "text": "a"}', "In line 2, id is missing or is neither a text nor a number."),
        (b'{"id": true, "text": "a"}', "In line 2, id is missing or is neither a text nor a number."),
        (b'{"id": NaN, "text": "a"}', "In line 2, id is missing or is neither a text nor a number."),
        (b'{"id": "1", "text": "a"}', "Line 2 has the id 1 of line 1."),
        (b"[2]", "Line 2 is not an object with id, lang and text."),
        ("2, é".encode("latin-1"), "Line 2 is not UTF-8."),
    ],
)
def test_a_bad_line_is_named(find: Find, tmp_path: Path, line: bytes, said: str) -> None:
    result = find(row(1, FOR), line)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert f"Error: {said}" in result.stderr
    assert not (tmp_path / "out.json").exists()


def test_a_language_that_is_not_known_is_left_out_or_null(find: Find) -> None:
    result = find({"id": 1, "lang": None, "text": FOR}, {"id": 2, "text": FOR}, {"id": 3, "lang": "", "text": FOR})
    assert (result.exit_code, result.stdout) == (0, "texts 3, groups 1, grouped 3, opposite 0\n")


def test_a_file_that_is_missing_and_a_place_that_is_none_are_refused(tmp_path: Path) -> None:
    missing = search(tmp_path / "none.jsonl", tmp_path / "out.json")
    assert (missing.exit_code, "does not exist" in missing.stderr) == (2, True)
    (tmp_path / "texts.jsonl").write_text("")
    placeless = search(tmp_path / "texts.jsonl", tmp_path / "none" / "out.json")
    assert (placeless.exit_code, "There is no folder" in placeless.stderr) == (2, True)
