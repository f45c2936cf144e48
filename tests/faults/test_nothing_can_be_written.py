"""A full disk and a locked database: the page says so, what was kept stays, and the same text goes through afterwards."""

from __future__ import annotations

import base64
import os
import random
import subprocess
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from flask import Flask

from consult import clock
from consult.accounts.models import SignIn
from consult.accounts.signing_in.sign_in import start_sign_in
from consult.db import database, dialect_name, new_id, session, transaction
from consult.events.checkpoint import verify_log
from consult.i18n import translate
from consult.settings import Settings
from consult.submissions.models import Draft, Submission
from consult.testing.server import free_port, running_server
from consult.testing.visitors import Visitor
from consult.testing.world import World
from consult.web.problems import WORDS

pytestmark = pytest.mark.faults

KEPT = "تمر بغات أقدم طرق القوافل."
#: Too long for whatever room is left somewhere, and nothing can make it smaller.
TYPED = base64.b64encode(random.Random(7).randbytes(36_000)).decode()
TOLD = translate(WORDS[503][1], "ar")


@pytest.fixture
def tmp_path(tmp_path: Path) -> Iterator[Path]:
    """A folder on a small disk of its own where this process may make one; else an ordinary folder."""
    small = _mount(tmp_path)
    yield tmp_path
    if small:
        subprocess.run(["umount", "--lazy", str(tmp_path)], check=True)


def _mount(folder: Path) -> bool:
    if os.geteuid() != 0:
        return False
    command = ["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", str(folder)]
    return subprocess.run(command, capture_output=True).returncode == 0


@dataclass
class Desk:
    """A draft of the professor's, and the browser it is written in."""

    visitor: Visitor
    draft: uuid.UUID
    server: int

    @property
    def page(self) -> str:
        """The address of the step that holds the text."""
        return f"/ar/c/test/write/{self.draft}/text/"

    def type(self, text: str) -> tuple[int, str]:
        """Send the step with a text; return the status and the page."""
        session.rollback()
        version = session.get_one(Draft, self.draft).version
        session.rollback()
        answer = self.visitor.post(self.page, {"text": text, "version": str(version)})
        return answer.status, answer.page

    def text(self) -> object:
        """Return the text that is kept."""
        session.rollback()
        kept = session.get_one(Draft, self.draft).answers.get("text")
        session.rollback()
        return kept


@pytest.fixture
def desk(app: Flask, settings: Settings, world: World) -> Iterator[Desk]:
    """A server of its own, a draft with a text that is kept, and a sign-in whose last-seen is due."""
    port, draft, now = free_port(), new_id(), clock.now()
    token = start_sign_in(world.people["professor"], method="link")
    answers = {"title": "سجل", "language": "ar", "topics": ["gcm-1"], "text": KEPT, "track": {"discipline": "law"}}
    row = {"consultation_id": world.consultation_id, "member_id": world.members["professor"]}
    with transaction():
        session.add(Draft(id=draft, answers=answers, created_at=now, saved_at=now, **row))
        session.execute(sa.update(SignIn).values(seen_at=now - timedelta(minutes=2)))
    session.rollback()
    with running_server(settings, port) as server:
        written = Desk(Visitor(port, token), draft, server.pid)
        assert written.visitor.get(written.page).status == 200
        with transaction():
            session.execute(sa.update(SignIn).values(seen_at=now - timedelta(minutes=2)))
        session.rollback()
        yield written


def check(desk: Desk, trouble: AbstractContextManager[None]) -> None:
    """While nothing can be written, reading goes on, a text is refused in words, and nothing is lost."""
    with trouble:
        status, page = desk.type(TYPED)
        assert (status, TOLD in page) == (503, True)
        reading = desk.visitor.get(desk.page)
        assert (reading.status, KEPT in reading.page) == (200, True)
        assert desk.text() == KEPT
    assert desk.type(TYPED)[0] == 303
    assert desk.text() == TYPED
    answer = desk.visitor.post(f"/ar/c/test/write/{desk.draft}/check/", {})
    assert answer.status == 303
    session.rollback()
    assert session.scalars(sa.select(Submission.number)).all() == [f"TT-{clock.now().year}-00001"]
    assert verify_log()[1] == []


def test_a_full_disk(desk: Desk, settings: Settings, world: World) -> None:
    if dialect_name() == "postgresql":
        check(desk, full_table(settings, world))
    elif os.path.ismount(settings.instance_path):
        check(desk, full_folder(settings.instance_path))
    else:
        check(desk, limited(processes_of(desk.server), 4096))


@contextmanager
def full_folder(folder: Path) -> Iterator[None]:
    """Fill the disk that a folder is on, to the last byte."""
    session.rollback()
    with database.engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        assert connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()[0] == 0  # no room kept for later
        connection.exec_driver_sql("BEGIN")
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (65536, 1):
            with suppress(OSError):
                while True:
                    file.write(b"x" * size)
    assert os.statvfs(folder).f_bavail == 0
    yield
    filler.unlink()


@contextmanager
def limited(processes: Sequence[int], size: int) -> Iterator[None]:
    """Keep processes from writing beyond `size` bytes of any file."""
    for process in processes:
        _limit(process, str(size))
    yield
    for process in processes:
        _limit(process, "unlimited")


def _limit(process: int, size: str) -> None:
    """Set how long a file may become, as the user whose process it is: nobody else may."""
    owner = Path(f"/proc/{process}").stat().st_uid
    user = owner if owner != os.geteuid() else None
    subprocess.run(["prlimit", f"--pid={process}", f"--fsize={size}:"], check=True, user=user)


def processes_of(group: int) -> list[int]:
    """Return the processes of a group."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(ProcessLookupError):
            if os.getpgid(int(folder.name)) == group:
                found.append(int(folder.name))
    return found


#: No file of the database is allowed to be longer than a segment of its log, which is always of this size.
SEGMENT = 16 * 1024 * 1024


@contextmanager
def full_table(settings: Settings, world: World) -> Iterator[None]:
    """Fill the table of drafts until its file may not grow, for the server's connections too."""
    session.rollback()
    database.engine.dispose()
    with psycopg.connect(settings.database_url, autocommit=True) as filling:
        backends = filling.execute("SELECT pid FROM pg_stat_activity WHERE datname = current_database()").fetchall()
        with limited([pid for (pid,) in backends], SEGMENT):
            while _filled_more(filling, world):
                pass
            yield


def _filled_more(filling: psycopg.Connection[Any], world: World) -> bool:
    """Add a long draft of somebody else; tell whether there was room for it."""
    text = base64.b64encode(os.urandom(48_000)).decode()
    try:
        filling.execute(
            "INSERT INTO draft (id, consultation_id, member_id, answers, version, saved_from, created_at, saved_at)"
            " VALUES (gen_random_uuid(), %s, %s, json_build_object('text', %s::text), 1, '', now(), now())",
            [world.consultation_id, world.members["derna"], text],
        )
    except psycopg.Error as error:
        assert "could not extend file" in str(error)  # noqa: PT017  # it ends a loop, it is not what is tested
        return False
    return True


def test_a_locked_database(desk: Desk, settings: Settings) -> None:
    began = time.monotonic()
    check(desk, locked(settings))
    assert time.monotonic() - began < 40


@contextmanager
def locked(settings: Settings) -> Iterator[None]:
    """Hold what a writer needs from another program, as somebody with a database tool does."""
    session.rollback()
    if dialect_name() == "sqlite":
        with database.engine.connect().execution_options(sqlite_begin="IMMEDIATE") as tool, tool.begin():
            yield
        return
    with psycopg.connect(settings.database_url) as other:
        other.execute("LOCK TABLE draft, sign_in IN SHARE ROW EXCLUSIVE MODE")
        yield
        other.rollback()
