"""The tools beside the platform: each can still be imported, and those that bring real data in do it with a handful of rows."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

from tools import code_corpus, polis

ROOT = Path(__file__).parents[2]
MODULES = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for path in (ROOT / "tools").rglob("*.py")
    if path.name != "__init__.py"
)


@pytest.mark.parametrize("name", MODULES)
def test_every_tool_can_be_imported_and_runs_nothing_by_that(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert import_module(name).__doc__
    assert capsys.readouterr() == ("", "")


def test_votes_of_polis_are_brought_in_and_counted_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "comments.csv").write_text(
        "timestamp,datetime,comment-id,author-id,agrees,disagrees,moderated,comment-body\n"
        "1790000000,Mon,0,1,2,0,1,Open the register.\n"
        "1790000001,Mon,1,1,1,0,1,Close the harbour.\n"
    )
    (tmp_path / "votes.csv").write_text(
        "timestamp,datetime,comment-id,voter-id,vote\n"
        "1790000002,Mon,0,1,1\n1790000003,Mon,0,2,-1\n1790000004,Mon,0,2,1\n1790000005,Mon,1,2,-1\n1790000006,Mon,1,3,0\n"
    )
    assert polis.main([str(tmp_path), "--engine", "sqlite"]) == 0
    said = capsys.readouterr().out
    assert "differ from its votes: 1 of 2" in said
    assert "2 statements, 4 latest votes (2 agree, 1 disagree, 1 pass), 0 differ" in said


def test_a_corpus_is_coded_answered_and_counted_again(capsys: pytest.CaptureFixture[str]) -> None:
    data = ROOT / "tests" / "data"
    given = [str(data / "anid-shape.csv"), str(data / "anid-open-access-2020.toml"), "--tries", "1"]
    assert code_corpus.main(given) == 0
    said = capsys.readouterr().out
    assert "imported 3, rejected 1" in said
    assert "same in the database" in said
