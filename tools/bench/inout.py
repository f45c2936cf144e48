"""What bringing in and giving out cost: CPU seconds and peak memory of the commands, each a process of its own.

    python -m tools.bench.inout [--rows 10000] [--exported 100000]

An instance of its own is made in a temporary folder (SQLite). 10,000 rows of 1,000 characters are imported from each format;
then the instance is filled up with copies of them to 100,000 and exported in each.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import sqlalchemy as sa

from consult.app import create_app
from consult.consultations.models import Consultation
from consult.db import database, new_id, session, transaction
from consult.migrations.upgrade import upgrade
from consult.plugins.manager import load_hooks
from consult.settings import Settings
from consult.spreadsheets import WRITERS
from consult.submissions.models import Passage, Submission
from consult.testing.sample import disposed
from consult.testing.world import make_world

MAP = 'key = "{id}"\nlanguage = "ar"\ntitle = "{title}"\n[[text]]\ncolumn = "text"\n[[proposal]]\ncolumn = "proposal"\n'
SENTENCE = "نطلب بئرًا في الحي، لأن الماء لا يصل إلينا في الصيف، وقد كتبنا إلى الشركة مرتين. "
COLUMNS = ("id", "title", "text", "proposal")
BATCH = 1_000


def rows(count: int) -> Iterator[Mapping[str, str]]:
    """Yield so many rows of some 1,000 characters in four paragraphs."""
    for number in range(count):
        text = "\n\n".join(f"{number}. {SENTENCE * 4}" for _ in range(3))
        yield {"id": str(number), "title": f"ماء الحي {number}", "text": text, "proposal": "حفر بئر قبل الصيف."}


def run(folder: Path, *arguments: str) -> tuple[float, float]:
    """Run a command of consult and return its CPU seconds and its peak memory in MB."""
    program = [sys.executable, "-m", "consult", *arguments]
    child = os.fork()
    if child == 0:
        os.chdir(folder)
        with Path(os.devnull).open("w") as nowhere:
            os.dup2(nowhere.fileno(), 1)
            os.dup2(nowhere.fileno(), 2)
        os.execve(sys.executable, program, os.environ | {"CONSULT_INSTANCE_PATH": str(folder)})
    _, status, used = os.wait4(child, 0)
    if status:
        raise SystemExit(f"{' '.join(arguments)} failed")
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def fill(count: int) -> None:
    """Copy accepted submissions until there are so many."""
    here = session.scalars(sa.select(Consultation)).one()
    passages = [f"{number}. {SENTENCE * 4}" for number in range(4)]
    with transaction():
        session.execute(sa.update(Submission).values(state="accepted"))
    there = session.scalar(sa.select(sa.func.count()).select_from(Submission)) or 0
    first = session.scalars(sa.select(Submission).limit(1)).one()
    for start in range(there, count, BATCH):
        made = [
            {
                **{c.key: getattr(first, c.key) for c in sa.inspect(Submission).mapper.column_attrs},
                "id": new_id(),
                "consultation_id": here.id,
                "number": f"TT-2099-{number:06}",
                "source_key": f"copy-{number}",
            }
            for number in range(start, min(start + BATCH, count))
        ]
        texts = [
            {"id": new_id(), "submission_id": one["id"], "revision": 1, "number": place, "kind": "text", "text": text}
            for one in made
            for place, text in enumerate(passages, start=1)
        ]
        with transaction():
            session.execute(sa.insert(Submission), made)
            session.execute(sa.insert(Passage), texts)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--exported", type=int, default=100_000)
    given = parser.parse_args()
    for form in WRITERS:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            _instance(folder)
            WRITERS[form](COLUMNS, rows(given.rows), folder / f"in.{form}")
            (folder / "map.toml").write_text(MAP)
            cpu, memory = run(
                folder, "import", "submissions", f"in.{form}", "--consultation", "test", "--map", "map.toml"
            )
            print(f"import {given.rows} rows from {form}: {cpu:.1f} CPU s, {memory:.0f} MB")
            if form == "json":
                _exports(folder, given.exported)
    return 0


def _exports(folder: Path, count: int) -> None:
    app = create_app(Settings(instance_path=folder))
    with app.app_context(), disposed():
        fill(count)
    for form in WRITERS:
        cpu, memory = run(folder, "export", "submissions", f"out.{form}", "--consultation", "test")
        size = (folder / f"out.{form}").stat().st_size / 2**20
        print(f"export {count} rows to {form}: {cpu:.1f} CPU s, {memory:.0f} MB, a file of {size:.0f} MB")
    cpu, memory = run(folder, "export", "open-data", "out.zip", "--consultation", "test", "--licence", "CC0-1.0")
    print(f"export open data of {count} submissions: {cpu:.1f} CPU s, {memory:.0f} MB")


def _instance(folder: Path) -> None:
    app = create_app(Settings(instance_path=folder))
    with app.app_context(), disposed():
        upgrade(database.engine, load_hooks())
        make_world()


if __name__ == "__main__":
    sys.exit(main())
