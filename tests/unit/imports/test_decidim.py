"""Proposals of Decidim: CSV with semicolons, and JSON; languages, HTML, states, names."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from flask import Flask

from consult.cli.root import program
from consult.db import session
from consult.submissions.models import Passage, Submission
from consult.testing.world import World

PROPOSALS: list[dict[str, Any]] = [
    {
        "id": 41,
        "category": {"id": 3, "name": {"ar": "الماء", "en": "Water"}},
        "scope": {"id": None, "name": {"ar": "", "en": ""}},
        "participatory_space": {"id": 1, "url": "https://decidim.example/processes/water"},
        "component": {"id": 9},
        "title": {"ar": "آبار الحي", "en": ""},
        "body": {"ar": "<p>نريد بئرًا.</p><ul><li>واحدة</li><li>اثنتان</li></ul>", "en": ""},
        "state": "accepted",
        "supports": 12,
        "endorsements": 4,
        "published_at": "2026-03-01 10:20:30 UTC",
        "url": "https://decidim.example/processes/water/f/9/proposals/41",
        "authors": {"names": "منى الشريف", "emails": "KANARI@example.org"},
    },
    {
        "id": 42,
        "category": {"id": None, "name": {"ar": "", "en": ""}},
        "scope": {"id": None, "name": {"ar": "", "en": ""}},
        "component": {"id": 9},
        "title": {"ar": "", "en": "Fewer roads & more trees"},
        "body": {"ar": "", "en": "First < second.\n\nThird."},
        "state": "",
        "published_at": "2026-03-01 10:20:30 +0200",
        "url": "",
        "authors": {"names": "", "emails": ""},
    },
    {"id": 43, "component": {"id": 9}, "title": {"en": "Gone"}, "body": {"en": "x"}, "state": "withdrawn"},
]


def _flat(entry: dict[str, Any], before: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in entry.items():
        found |= _flat(value, f"{before}{key}/") if isinstance(value, dict) else {f"{before}{key}": value}
    return found


def _write(folder: Path, form: str) -> Path:
    path = folder / f"proposals.{form}"
    if form == "json":
        path.write_text(json.dumps(PROPOSALS), "utf-8")
        return path
    columns = list(_flat(PROPOSALS[0]))
    with path.open("w", newline="", encoding="utf-8-sig") as file:
        writer = csv.DictWriter(file, columns, delimiter=";")
        writer.writeheader()
        writer.writerows(_flat(entry) for entry in PROPOSALS)
    return path


@pytest.mark.parametrize("form", ["csv", "json"])
def test_proposals_become_submissions(world: World, app: Flask, tmp_path: Path, form: str) -> None:
    rejects = tmp_path / "rejects.csv"
    file = _write(tmp_path, form)
    run = CliRunner().invoke(
        program,
        ["import", "submissions", str(file), "--consultation", "test", "--track", "cso", "--rejects", str(rejects)],
        obj=lambda: app,
    )
    assert (run.exit_code, run.stdout.splitlines()[-1]) == (0, "imported 2, unchanged 0, rejected 1"), run.output
    arabic, english = session.scalars(sa.select(Submission).order_by(Submission.source_key)).all()
    assert (arabic.source_key, arabic.language, arabic.title, arabic.author, arabic.state, arabic.track) == (
        "decidim:41",
        "ar",
        "آبار الحي",
        "منى الشريف",
        "received",
        "cso",
    )
    assert arabic.answers == {
        "Decidim: state": "accepted",
        "Decidim: category": "الماء",
        "Decidim: supports": "12",
        "Decidim: endorsements": "4",
        "Decidim: address": "https://decidim.example/processes/water/f/9/proposals/41",
    }
    assert arabic.received_at.isoformat() == "2026-03-01T10:20:30+00:00"
    assert english.received_at.isoformat() == "2026-03-01T08:20:30+00:00"
    assert (english.title, english.answers) == ("Fewer roads & more trees", {})
    texts = sa.select(Passage.text).join(Submission, Submission.id == Passage.submission_id)
    texts = texts.order_by(Submission.source_key, Passage.number)
    assert session.scalars(texts).all() == ["نريد بئرًا.", "- واحدة", "- اثنتان", "First < second.", "Third."]
    assert "withdrawn" in rejects.read_text("utf-8-sig").splitlines()[1]
    assert not session.scalars(sa.select(Submission).where(Submission.author.contains("KANARI"))).all()


def test_what_is_refused_is_named_by_the_column_of_the_file(world: World, app: Flask, tmp_path: Path) -> None:
    """And not by one that stands beside the file's own and nowhere in it."""
    file, rejects = tmp_path / "proposals.csv", tmp_path / "rejects.csv"
    file.write_text(
        "id;title/ar;body/ar;component/id;published_at;state\n"
        ";a;x;9;2026-03-01 10:20:30 UTC;\n"
        "7;b;x;9;yesterday;\n"
        "8;c;x;9;;withdrawn\n",
        "utf-8",
    )
    arguments = ["import", "submissions", str(file), "--consultation", "test", "--rejects", str(rejects)]
    run = CliRunner().invoke(program, arguments, obj=lambda: app)
    assert run.stdout.splitlines()[-1] == "imported 0, unchanged 0, rejected 3", run.output
    with rejects.open(encoding="utf-8-sig", newline="") as told:
        assert [tuple(row[:2]) for row in csv.reader(told)][1:] == [("2", "id"), ("3", "published_at"), ("4", "state")]
