"""Statements and votes of Polis: both shapes of its export, the latest vote of each, counted as the file says."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from flask import Flask

from consult.accounts.access import OPERATOR
from consult.cli.root import program
from consult.db import session
from consult.errors import Forbidden
from consult.events.models import EventRow
from consult.spreadsheets import Row
from consult.submissions.exchange.exports import export_submissions
from consult.submissions.exchange.models import StatementVote
from consult.submissions.exchange.statement_votes import VoteCounts, import_votes, vote_counts
from consult.submissions.models import Submission
from consult.testing.world import World

LONG = "Biodiversity needs to be defined in a way that suits all of us, not a metro view, or any other view that leaves out half of us."
#: The shape of before 2020, and that of today.
COMMENTS = {
    "old": [
        ["timestamp", "datetime", "comment-id", "author-id", "agrees", "disagrees", "moderated", "comment-body"],
        ["1568101622999", "Tue Sep 10 00:47:02 PDT 2019", "0", "4", "99", "0", "1", "=Dogs on the leash"],
        ["1568105290232", "Tue Sep 10 01:48:10 PDT 2019", "7", "4", "1", "0", "-1", "Moderated out"],
        ["1568064556741", "Mon Sep 09 14:29:16 PDT 2019", "2", "5", "25", "4", "0", LONG],
    ],
    "new": [
        [
            "timestamp",
            "comment-id",
            "author-id",
            "agrees",
            "disagrees",
            "moderated",
            "is-meta",
            "is-seed",
            "group-informed-consensus",
            "comment-body",
        ],
        ["1726860676783", "0", "0", "57", "0", "1", "false", "true", "0.68", "=Dogs on the leash"],
        ["1726860685220", "7", "0", "56", "1", "-1", "false", "true", "0.49", "Moderated out"],
        ["1726866816977", "2", "11", "58", "2", "0", "false", "false", "0.71", LONG + "\n"],
    ],
}
VOTES = [
    ["timestamp", "datetime", "comment-id", "voter-id", "vote"],
    ["3", "", "0", "0", "-1"],
    ["1", "", "0", "0", "1"],
    ["1", "", "0", "1", "1"],
    ["1", "", "0", "2", "0"],
    ["2", "", "0", "2", "0"],
    ["5", "", "7", "1", "-1"],
    ["5", "", "7", "1", "1"],
    ["5", "", "99", "1", "1"],
    ["5", "", "2", "x", "2"],
]


def _file(folder: Path, name: str, rows: list[list[str]]) -> Path:
    with (folder / name).open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    return folder / name


def _command(app: Flask, *arguments: str | Path) -> list[str]:
    given = ["import", *map(str, arguments), "--consultation", "test"]
    run = CliRunner().invoke(program, given, obj=lambda: app)
    assert run.exit_code == 0, run.stderr
    return run.stdout.splitlines()


def _counts() -> dict[str, VoteCounts]:
    ids = dict(session.execute(sa.select(Submission.id, Submission.source_key)).all())
    return {str(ids[key]): counts for key, counts in vote_counts(list(ids)).items()}


@pytest.mark.parametrize("shape", COMMENTS)
def test_statements_come_in_and_votes_are_counted_anew(world: World, app: Flask, tmp_path: Path, shape: str) -> None:
    comments, votes = _file(tmp_path, "comments.csv", COMMENTS[shape]), _file(tmp_path, "votes.csv", VOTES)
    rejects = tmp_path / "rejects.csv"
    words = ("--language", "en", "--track", "cso")
    assert _command(app, "submissions", comments, *words)[-1] == "imported 3, unchanged 0, rejected 0"
    rows = session.scalars(sa.select(Submission).order_by(Submission.source_key)).all()
    assert [(row.source_key, row.title, row.language, row.track) for row in rows] == [
        ("polis:0", "=Dogs on the leash", "en", "cso"),
        (
            "polis:2",
            "Biodiversity needs to be defined in a way that suits all of us, not a metro view, or any other view that leaves out…",
            "en",
            "cso",
        ),
        ("polis:7", "Moderated out", "en", "cso"),
    ]
    year = {"old": 2019, "new": 2024}[shape]
    assert {row.received_at.year for row in rows} == {year}
    session.rollback()
    told = _command(app, "votes", votes, "--rejects", rejects)
    assert told == ["replaced by a later vote: 3", "imported 4, unchanged 0, rejected 2"]
    assert _counts() == {"polis:0": VoteCounts(1, 1, 1), "polis:7": VoteCounts(1, 0, 0)}
    assert rejects.read_text("utf-8-sig").splitlines()[1:] == [
        "9,comment-id,There is no statement 99 here: bring in the file of comments first.",
        '10,voter-id,"Write a whole number, for example 120."',
        '10,vote,"A vote is 1, 0 or -1."',
    ]
    session.rollback()
    again = _command(app, "votes", votes, "--rejects", rejects)
    assert again[-1] == "imported 0, unchanged 4, rejected 2"
    brought = session.scalars(sa.select(EventRow).where(EventRow.type == "StatementVotesBrought")).all()
    assert len(brought) == 1


def test_who_may_decide_brings_in_what_was_moderated_in_as_accepted(world: World, app: Flask, tmp_path: Path) -> None:
    from consult.spreadsheets import open_table
    from consult.submissions.exchange.imports import import_submissions
    from consult.submissions.exchange.mapping import map_of
    from consult.submissions.exchange.presets import given_for, prepared, preset_for

    with open_table(_file(tmp_path, "comments.csv", COMMENTS["new"])) as table:
        preset = preset_for(table.columns)
        assert preset is not None
        whole = prepared(table, preset, "water")
        mapping = map_of(given_for(preset, table.columns, "en")).bound(whole.columns)
        import_submissions(whole.rows, mapping, consultation=world.consultation, actor=OPERATOR)
    states = session.execute(sa.select(Submission.source_key, Submission.state).order_by(Submission.source_key)).all()
    assert [tuple(row) for row in states] == [
        ("polis:water:0", "accepted"),
        ("polis:water:2", "received"),
        ("polis:water:7", "received"),
    ]
    rows = [Row(n, dict(zip(VOTES[0], cells, strict=True))) for n, cells in enumerate(VOTES[1:6], start=2)]
    import_votes(rows, consultation=world.consultation, actor=OPERATOR, conversation="water")
    _, exported = export_submissions(world.consultation, actor=OPERATOR)
    assert [(row["agrees"], row["disagrees"], row["passes"]) for row in exported] == [(1, 1, 1)]


def test_a_newer_file_takes_the_place_of_the_votes_before(world: World, app: Flask, tmp_path: Path) -> None:
    _command(app, "submissions", _file(tmp_path, "comments.csv", COMMENTS["old"]), "--language", "en")
    how = {"consultation": world.consultation, "actor": OPERATOR}

    def votes(*cells: tuple[str, str, str, str]) -> list[Row]:
        names = ("timestamp", "comment-id", "voter-id", "vote")
        return [Row(n, dict(zip(names, row, strict=True))) for n, row in enumerate(cells, start=2)]

    import_votes(votes(("1", "0", "1", "1"), ("1", "0", "2", "1"), ("1", "2", "2", "-1")), **how)
    outcome = import_votes(votes(("2", "0", "1", "-1"), ("1", "0", "3", "0")), **how)
    assert (outcome.imported, outcome.changed, outcome.unchanged) == (2, 1, 0)
    assert _counts() == {"polis:0": VoteCounts(0, 1, 1), "polis:2": VoteCounts(0, 1, 0)}
    dry = import_votes(votes(("9", "0", "1", "1")), dry_run=True, **how)
    assert dry.imported == 1
    assert session.scalar(sa.select(sa.func.count()).select_from(StatementVote)) == 3
    with pytest.raises(Forbidden):
        import_votes([], consultation=world.consultation, actor=world.actor("ghat"))
