"""Bring exports of Polis into fresh instances and count again: what stands in the database must be what stands in the files.

    python -m tools.polis FOLDER... [--engine sqlite postgresql]

Each folder holds `comments.csv` and `votes.csv` as Polis exports them. They come in by the commands; then the files are read
here once more, by other code: the latest vote of each participant on each statement, of two of one moment the one further
down. The columns `agrees` and `disagrees` of the file are not believed; where they differ from its votes, that is printed.
It ends with 1 where a count differs.
"""

from __future__ import annotations

import argparse
import csv
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import sqlalchemy as sa
from click.testing import CliRunner
from flask import Flask

from consult.app import create_app
from consult.cli.root import program
from consult.db import database, session
from consult.migrations.upgrade import upgrade
from consult.plugins.manager import load_hooks
from consult.settings import Settings
from consult.submissions.exchange.statement_votes import vote_counts
from consult.submissions.models import Submission
from consult.testing.databases import ENGINES, postgresql_server
from consult.testing.sample import disposed
from consult.testing.world import make_world

#: Agrees, disagrees and passes of a statement.
Counts = tuple[int, int, int]


def counted(folder: Path) -> tuple[Mapping[str, Counts], int]:
    """Return the counts of each statement of a folder's files, and how many votes the file has."""
    with (folder / "comments.csv").open(encoding="utf-8-sig", newline="") as file:
        statements = [row["comment-id"] for row in csv.DictReader(file)]
    latest: dict[tuple[str, str], tuple[int, str]] = {}
    votes = 0
    with (folder / "votes.csv").open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            votes += 1
            key, at = (row["comment-id"], row["voter-id"]), int(row["timestamp"])
            if key not in latest or at >= latest[key][0]:
                latest[key] = at, row["vote"].strip()
    found = {statement: Counter[str]() for statement in statements}
    for (statement, _), (_, vote) in latest.items():
        found[statement][vote] += 1
    return {one: (given["1"], given["-1"], given["0"]) for one, given in found.items()}, votes


def said(folder: Path) -> Mapping[str, tuple[int, int]]:
    """Return what the columns of a folder's comments say: agrees and disagrees of each statement."""
    with (folder / "comments.csv").open(encoding="utf-8-sig", newline="") as file:
        return {row["comment-id"]: (int(row["agrees"]), int(row["disagrees"])) for row in csv.DictReader(file)}


@contextmanager
def instance(url: str) -> Iterator[Flask]:
    """An application of a fresh instance with a small consultation."""
    with tempfile.TemporaryDirectory() as name:
        app = create_app(Settings(instance_path=Path(name), database_url=url))
        with app.app_context(), disposed():
            upgrade(database.engine, load_hooks())
            make_world()
            yield app


def bring(app: Flask, folder: Path) -> Mapping[str, Counts]:
    """Bring the files of a folder in by the commands and return the counts of each statement as they stand then."""
    here = ("--consultation", "test")
    for kind, words in (("submissions", ("--language", "en", "--track", "cso")), ("votes", ())):
        file = folder / ("comments.csv" if kind == "submissions" else "votes.csv")
        run = CliRunner().invoke(program, ["import", kind, str(file), *words, *here], obj=lambda: app)
        print(f"  {kind}: {run.stdout.strip().splitlines()[-1]}")
        if run.exit_code:
            raise SystemExit(run.stderr)
        session.rollback()
    keys = dict(session.execute(sa.select(Submission.id, Submission.source_key)).all())
    found = vote_counts(list(keys))
    none = (0, 0, 0)
    return {
        (key or "").removeprefix("polis:"): (
            (found[one].agrees, found[one].disagrees, found[one].passes) if one in found else none
        )
        for one, key in keys.items()
    }


def main(words: Sequence[str] | None = None) -> int:
    """Bring everything in on each engine, print and compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--engine", nargs="+", choices=ENGINES, default=ENGINES)
    given, wrong = parser.parse_args(words), 0
    with ExitStack() as stack:
        server = stack.enter_context(postgresql_server()) if "postgresql" in given.engine else None
        for folder in given.folders:
            expected, votes = counted(folder)
            columns = sum(expected[one][:2] != columns for one, columns in said(folder).items())
            print(f"{folder.name}: {len(expected)} statements, {votes} votes in the file")
            print(f"  columns of the file that differ from its votes: {columns} of {len(expected)}")
            for number, engine in enumerate(given.engine):
                url = ""
                if engine == "postgresql" and server is not None:
                    name = f"polis_{given.folders.index(folder)}_{number}"
                    server.run(f"CREATE DATABASE {name}")
                    url = server.url(name)
                begun = time.process_time()
                with instance(url) as app:
                    found = bring(app, folder)
                differing = {one for one in {*found, *expected} if found.get(one) != expected.get(one)}
                agrees, disagrees, passes = (sum(counts[at] for counts in found.values()) for at in range(3))
                print(
                    f"  {engine}: {len(found)} statements, {agrees + disagrees + passes} latest votes "
                    f"({agrees} agree, {disagrees} disagree, {passes} pass), {len(differing)} differ from the file, "
                    f"{time.process_time() - begun:.1f} CPU s",
                    flush=True,
                )
                wrong += len(differing)
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
