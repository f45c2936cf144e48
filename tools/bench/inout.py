"""What bringing in and giving out cost: seconds and peak memory of the commands, each a process of its own.

    python -m tools.bench.inout [--engine sqlite] [--rows 10000] [--exported 100000]

An instance of its own is made in a temporary folder. 10,000 rows of 1,000 characters are imported from each format, the last of
them once more as texts that were accepted where they come from, each decided on and put into the text index; then the instance is filled up with copies of them to 100,000 and exported in each. Seconds are said twice: of the clock, and of the CPU
(of the command's process; PostgreSQL works in others), which says the same on a machine that others use. *First byte* is when
the file that is written first holds something. It ends with 1 where an import takes more than IMPORT_CPU seconds of CPU or
IMPORT_MB, or an export more than EXPORT_MB.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from consult.accounts.access import Role
from consult.accounts.models import RoleGrant
from consult.accounts.signing_in.sign_in import start_sign_in
from consult.app import create_app
from consult.consultations.models import Consultation
from consult.db import database, new_id, session, transaction
from consult.migrations.upgrade import upgrade
from consult.plugins.manager import load_hooks
from consult.settings import Settings
from consult.spreadsheets import WRITERS, write_table
from consult.submissions.models import Passage, Submission
from consult.testing.databases import ENGINES, postgresql_server
from consult.testing.sample import disposed
from consult.testing.server import free_port, running_server
from consult.testing.world import World, make_world
from consult.web.visitor import cookie_name

MAP = 'key = "{id}"\nstate = "{state}"\nlanguage = "ar"\ntitle = "{title}"\n[[text]]\ncolumn = "text"\n[[proposal]]\ncolumn = "proposal"\n'
SENTENCE = "نطلب بئرًا في الحي، لأن الماء لا يصل إلينا في الصيف، وقد كتبنا إلى الشركة مرتين. "
COLUMNS = ("id", "title", "text", "proposal", "state")
#: The bars: an import of 10,000 rows; an export of 100,000, which holds a part of what it writes at a time.
IMPORT_CPU, IMPORT_MB, EXPORT_MB = 60.0, 300.0, 300.0
BATCH = 1_000


def rows(count: int, state: str = "", begin: int = 0) -> Iterator[Mapping[str, str]]:
    """Yield so many rows of some 1,000 characters in four paragraphs, numbered from `begin`."""
    for number in range(begin, begin + count):
        text = "\n\n".join(f"{number}. {SENTENCE * 4}" for _ in range(3))
        yield {
            "id": str(number),
            "title": f"ماء الحي {number}",
            "text": text,
            "proposal": "حفر بئر قبل الصيف.",
            "state": state,
        }


@dataclass(frozen=True, slots=True)
class Cost:
    """Of a command: seconds of the clock and of the CPU, peak memory in MB, and seconds to the first byte of its file."""

    wall: float
    cpu: float
    memory: float
    first: float

    def __str__(self) -> str:
        """Return it as a part of a line."""
        return f"{self.wall:6.1f} s, {self.cpu:6.1f} CPU s, {self.memory:4.0f} MB"


def run(folder: Path, url: str, *arguments: str, file: str = "", code: str = "") -> Cost:
    """Run a command of consult, or a few words of Python, and return what it cost; `file` is the one that it writes."""
    program = [sys.executable, *(("-c", code) if code else ("-m", "consult")), *arguments]
    begun, first = time.perf_counter(), 0.0
    child = os.fork()
    if child == 0:
        os.chdir(folder)
        with Path(os.devnull).open("w") as nowhere:
            os.dup2(nowhere.fileno(), 1)
            os.dup2(nowhere.fileno(), 2)
        given = {"CONSULT_INSTANCE_PATH": str(folder), **({"CONSULT_DATABASE_URL": url} if url else {})}
        os.execve(sys.executable, program, os.environ | given)
    peak = 0.0
    while not (ended := os.wait4(child, os.WNOHANG))[0]:
        if file and not first and _holds_something(folder, file):
            first = time.perf_counter() - begun
        peak = max(peak, _peak_of(child))
        time.sleep(0.02)
    _, status, used = ended
    if status:
        raise SystemExit(f"{' '.join(arguments) or code} failed")
    wall = time.perf_counter() - begun
    return Cost(wall, used.ru_utime + used.ru_stime, peak, first or wall)


def _peak_of(process: int) -> float:
    """Return the peak memory of a process in MB: of what runs in it now, not of what it was forked from."""
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0


def _holds_something(folder: Path, file: str) -> bool:
    """Tell whether a file, or what becomes it in the end, has a first byte."""
    return any(one.stat().st_size for one in folder.glob(f"*{file}*"))


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
    """Measure, print and compare with the bars."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine", default="sqlite", choices=ENGINES)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--exported", type=int, default=100_000)
    parser.add_argument("--forms", nargs="+", default=list(WRITERS), choices=list(WRITERS))
    given, missed = parser.parse_args(), False
    with ExitStack() as stack:
        server = stack.enter_context(postgresql_server()) if given.engine == "postgresql" else None
        for form in given.forms:
            with tempfile.TemporaryDirectory() as name:
                folder, url = Path(name), ""
                if server is not None:
                    server.run(f"CREATE DATABASE inout_{form}")
                    url = server.url(f"inout_{form}")
                instance(folder, url)
                (folder / "map.toml").write_text(MAP)
                missed |= _import(folder, url, given.engine, form, rows(given.rows))
                if form == given.forms[-1]:
                    accepted = rows(given.rows, "accepted", given.rows)
                    missed |= _import(folder, url, given.engine, form, accepted, "--as-decided")
                if form == given.forms[-1] and given.exported:
                    missed |= _exports(folder, url, given.engine, given.exported)
    print("bars missed" if missed else "bars met")
    return int(missed)


def _import(folder: Path, url: str, engine: str, form: str, given: Iterator[Mapping[str, str]], *how: str) -> bool:
    """Import rows from a file of a format, print, and tell whether it took more than it may."""
    count = write_table(COLUMNS, given, folder / f"in.{form}", form)
    words = ("import", "submissions", f"in.{form}", "--consultation", "test", "--map", "map.toml", *how)
    cost = run(folder, url, *words)
    print(f"{engine}: import of {count} rows from {form} {' '.join(how)}: {cost}", flush=True)
    return cost.cpu > IMPORT_CPU or cost.memory > IMPORT_MB


def _exports(folder: Path, url: str, engine: str, count: int) -> bool:
    """Export in each format, print, and tell whether one took more memory than it may."""
    with create_app(Settings(instance_path=folder, database_url=url)).app_context(), disposed():
        fill(count)
    most = 0.0
    for form in WRITERS:
        file = f"out.{form}"
        cost = run(folder, url, "export", "submissions", file, "--consultation", "test", file=file)
        size = (folder / file).stat().st_size / 2**20
        print(
            f"{engine}: export of {count} rows to {form}: {cost}, first byte after {cost.first:.1f} s, {size:.0f} MB written",
            flush=True,
        )
        most = max(most, cost.memory)
    _pages(folder, url, engine, count)
    data = ("export", "open-data", "out.zip", "--consultation", "test", "--licence", "CC0-1.0")
    whole = run(folder, url, *data)
    print(f"{engine}: export of the open data of {count} submissions: {whole}", flush=True)
    return max(most, whole.memory) > EXPORT_MB


def _pages(folder: Path, url: str, engine: str, count: int) -> None:
    """Export by the page in each format, and print when the first and the last byte came."""
    port = free_port()
    settings = Settings(instance_path=folder, database_url=url, base_url=f"http://127.0.0.1:{port}", insecure_http=True)
    with create_app(settings).app_context(), disposed():
        (grant,) = session.scalars(sa.select(RoleGrant).where(RoleGrant.role == Role.ORGANISER)).all()
        token = start_sign_in(grant.person_id, method="link", factor="app")
    with running_server(settings, port):
        for form in WRITERS:
            page = f"{settings.base_url}/en/c/test/organise/export/{form}"
            asked = urllib.request.Request(page, headers={"Cookie": f"{cookie_name(settings)}={token}"})
            begun, first, size = time.perf_counter(), 0.0, 0
            with urllib.request.urlopen(asked, timeout=600) as answer:
                while piece := answer.read1():
                    first, size = first or time.perf_counter() - begun, size + len(piece)
            wall = time.perf_counter() - begun
            print(
                f"{engine}: export of {count} rows to {form} by the page: {wall:6.1f} s, first byte after {first:.2f} s, {size / 2**20:.0f} MB",
                flush=True,
            )


def instance(folder: Path, url: str) -> World:
    """Make an instance with people and one consultation in a folder."""
    with create_app(Settings(instance_path=folder, database_url=url)).app_context(), disposed():
        upgrade(database.engine, load_hooks())
        return make_world()


if __name__ == "__main__":
    sys.exit(main())
