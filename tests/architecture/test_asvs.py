"""The account of ASVS 5.0: complete, a test shows whatever is met, and everything it leads to is there."""

from __future__ import annotations

import ast
import csv
import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
VERDICTS = {"met", "not applicable", "open"}
#: How many requirements each chapter has at levels 1 and 2, WebRTC left out.
CHAPTERS = {
    1: 27,
    2: 11,
    3: 19,
    4: 10,
    5: 9,
    6: 35,
    7: 18,
    8: 7,
    9: 7,
    10: 29,
    11: 14,
    12: 9,
    13: 13,
    14: 9,
    15: 13,
    16: 16,
}


def _rows() -> list[dict[str, str]]:
    with (ROOT / "docs/security/asvs.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@cache
def _tests(path: Path) -> frozenset[str]:
    return frozenset(
        node.name for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.FunctionDef)
    )


@cache
def _headings(path: Path) -> frozenset[str]:
    found = re.findall(r"^#+ (.+)$", path.read_text("utf-8"), re.M)
    return frozenset(re.sub(r"[^\w -]", "", heading).strip().lower().replace(" ", "-") for heading in found)


def test_every_requirement_has_one_verdict() -> None:
    rows = _rows()
    assert len({row["requirement"] for row in rows}) == len(rows) == 246
    assert {row["verdict"] for row in rows} <= VERDICTS
    assert Counter(int(row["requirement"][1:].split(".")[0]) for row in rows) == CHAPTERS


@pytest.mark.parametrize("row", _rows(), ids=lambda row: row["requirement"])
def test_what_is_met_is_shown_and_the_rest_says_why(row: dict[str, str]) -> None:
    shown = row["shown_by"].split()
    if row["verdict"] != "met":
        assert (shown, row["words"] != "") == ([], True)
        return
    assert any(place.startswith("tests/") and "::" in place for place in shown), "a test has to show it"
    for place in shown:
        file, _, name = place.partition("::" if "::" in place else "#")
        assert name in (_tests if file.endswith(".py") else _headings)(ROOT / file), place
