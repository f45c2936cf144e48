"""Bringing in a file by the page: kept for a day at most, sorted by a person, checked and written by the worker.

The file lies in the instance's folder under the import's id, readable by its owner only, and is never served.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path
from typing import IO, Any

import sqlalchemy as sa

from consult import clock
from consult.accounts.access import Actor, demand
from consult.accounts.bodies.imports import Reader, codes_in
from consult.accounts.bodies.services import Coming
from consult.cleaning import clean_line
from consult.consultations.models import Consultation
from consult.db import new_id, session, transaction
from consult.errors import Conflict, Rejected
from consult.events.record import record
from consult.i18n import N_
from consult.runtime import runtime
from consult.spreadsheets import Row, Table, UnreadableTable, open_table
from consult.submissions.events import ImportAsked
from consult.submissions.exchange.kinds import kind_of, stream_of
from consult.submissions.exchange.mapping import InvalidMap
from consult.submissions.exchange.models import ImportMap, ImportRefusal, ImportRun
from consult.submissions.exchange.presets import prepared, preset_named
from consult.submissions.exchange.states import UNDER_WAY, WAITING, ImportState, demand_state

#: Bytes of a file, its columns, and characters of the name of a map. More is for the command.
MOST_BYTES, MOST_COLUMNS, LONGEST_NAME = 20 * 2**20, 150, 80
#: Rows that are looked at to guess what columns are, and that are shown before anything is written.
SAMPLE = 20
CHUNK = 2**16


@dataclass(frozen=True, slots=True)
class BroughtFile:
    """A file as it comes: its name where it comes from, and its bytes."""

    name: str
    content: IO[bytes]


def path_of(run: uuid.UUID) -> Path:
    """Return where the file of an import lies."""
    return runtime().settings.instance_path / "imports" / str(run)


def bring_file(brought: BroughtFile, *, consultation: Consultation | None, actor: Actor) -> ImportRun:
    """Keep a file and guess what it holds. Raises Rejected at `file` for one that is no table, or is too large."""
    demand(actor, kind_of(consultation).permission, consultation)
    run = new_id()
    path = path_of(run)
    try:
        size = _keep(brought, path)
        with open_table(path) as table:
            row = _described(run, brought, size, table, consultation, actor)
        with transaction():
            session.add(row)
    except UnreadableTable as error:
        path.unlink(missing_ok=True)
        raise Rejected(error.message, "file") from error
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return row


def _keep(brought: BroughtFile, path: Path) -> int:
    path.parent.mkdir(mode=0o700, exist_ok=True)
    path.touch(mode=0o600)
    size = 0
    with path.open("wb") as file:
        while chunk := brought.content.read(CHUNK):
            size += len(chunk)
            if size > MOST_BYTES:
                raise Rejected(N_("The file is larger than %(limit)s MB.", limit=MOST_BYTES // 2**20), "file")
            file.write(chunk)
    if not size:
        raise Rejected(N_("Choose a file that holds something."), "file")
    return size


def _described(
    run: uuid.UUID, brought: BroughtFile, size: int, table: Table, consultation: Consultation | None, actor: Actor
) -> ImportRun:
    if len(table.columns) > MOST_COLUMNS:
        raise Rejected(
            N_(
                "The file has more than %(limit)s columns. Whoever runs the server can bring it in.", limit=MOST_COLUMNS
            ),
            "file",
        )
    sample = [row.cells for row in islice(table.rows, SAMPLE)]
    preset, given = kind_of(consultation).guess(table.columns, sample, consultation)
    return ImportRun(
        id=run,
        consultation_id=_id(consultation),
        state=ImportState.MAPPING,
        name=clean_line(brought.name)[-120:] or "file",
        size=size,
        preset=preset,
        columns=list(table.columns),
        given=given,
        brought_by=actor.person,
        brought_at=clock.now(),
    )


@contextmanager
def table_of(run: ImportRun) -> Iterator[Table]:
    """Open the table of an import, with what its preset puts beside it. Raises UnreadableTable, OSError once it is gone."""
    of_register = run.consultation_id is None  # where `source` is a column: where a fact was read
    how, known = ({}, None) if of_register else (run.given.get("source", {}), preset_named(run.preset))
    with open_table(path_of(run.id), **how) as table:
        yield prepared(table, known, run.given.get("conversation", ""))


def coming_in(run: ImportRun, reader: Reader) -> Coming:
    """Return what reads, once and only when it is asked, the codes of the bodies that an import brings."""

    @cache
    def codes() -> Mapping[str, str]:
        with table_of(run) as table:
            return codes_in(table.rows, reader)

    return codes


def sample_of(run: ImportRun) -> list[Row]:
    """Return the first rows of an import, [] once its file is gone."""
    try:
        with table_of(run) as table:
            return list(islice(table.rows, SAMPLE))
    except (UnreadableTable, OSError):
        return []


def _demand_complete(given: Mapping[str, Any], preset: str, consultation: Consultation | None) -> None:
    """Raise Rejected, each at its field, for what a map does not say."""
    if problems := list(kind_of(consultation).lacks(given, preset)):
        raise Rejected(problems)


def _id(consultation: Consultation | None) -> uuid.UUID | None:
    return None if consultation is None else consultation.id


def set_map(run: uuid.UUID, given: Mapping[str, Any], *, consultation: Consultation | None, actor: Actor) -> ImportRun:
    """Say what the columns of an import are. Raises Rejected for a map that says too little or names no column of it."""
    with transaction():
        row = _locked(run, consultation, actor)
        if row.state not in WAITING or row.reached > 1:
            raise Conflict(N_("This import has gone on meanwhile. Open its page again."))
        _demand_complete(given, row.preset, consultation)
        try:
            kind_of(consultation).check(given, row.preset, row.columns)
        except InvalidMap as error:
            raise Rejected(N_("The file cannot be read: %(why)s", why=error.words), "columns") from error
        row.given, row.state, row.done_at, row.last_error = dict(given), ImportState.MAPPING, None, ""
        _forget_refusals(row)
        return row


def save_map(name: str, given: Mapping[str, Any], *, consultation: Consultation | None, actor: Actor) -> None:
    """Keep a map under a name; one of that name is replaced. Raises Rejected at `map_name`."""
    name = clean_line(name)
    if not name or len(name) > LONGEST_NAME:
        raise Rejected(N_("Give the map a name of at most %(limit)s characters.", limit=LONGEST_NAME), "map_name")
    with transaction():
        demand(actor, kind_of(consultation).permission, consultation)
        if consultation is not None:
            session.get_one(Consultation, consultation.id, with_for_update={"key_share": True}, populate_existing=True)
        of_name = (ImportMap.consultation_id == _id(consultation), ImportMap.name == name)
        row = session.scalars(sa.select(ImportMap).where(*of_name)).first()
        if row is None:
            row = ImportMap(id=new_id(), consultation_id=_id(consultation), name=name)
            session.add(row)
        row.given, row.saved_at = dict(given), clock.now()


def ask_for_import(run: uuid.UUID, *, dry: bool, consultation: Consultation | None, actor: Actor) -> ImportRun:
    """Ask the worker to check every row of an import (`dry`), or to bring them in; one that is under way stays so."""
    with transaction():
        row = _locked(run, consultation, actor)
        if row.state in UNDER_WAY:
            return row
        demand_state(row.state, ImportState.ASKED)
        if not row.kept:
            raise Conflict(N_("The file was kept for a day and is gone. Bring it again."))
        _demand_complete(row.given, row.preset, consultation)
        if row.reached == 1:
            _forget_refusals(row)
        row.state, row.dry, row.asked_at, row.attempts = ImportState.ASKED, dry, clock.now(), 0
        row.last_error, row.done_at = "", None
        if not dry:
            record(ImportAsked(row.id), stream=stream_of(row.consultation_id), actor=actor.person)
        return row


def drop_import(run: uuid.UUID, *, consultation: Consultation | None, actor: Actor) -> None:
    """Give up an import: the file goes. What a fault left written stays."""
    with transaction():
        row = _locked(run, consultation, actor)
        demand_state(row.state, ImportState.DROPPED)
        row.state, row.kept, row.done_at = ImportState.DROPPED, False, clock.now()
    path_of(run).unlink(missing_ok=True)


def _locked(run: uuid.UUID, consultation: Consultation | None, actor: Actor) -> ImportRun:
    demand(actor, kind_of(consultation).permission, consultation)
    row = session.get(ImportRun, run, with_for_update=True, populate_existing=True)
    if row is None or row.consultation_id != _id(consultation):
        raise Conflict(N_("This import has gone on meanwhile. Open its page again."))
    return row


def _forget_refusals(row: ImportRun) -> None:
    """Forget what a check found: it is checked anew."""
    session.execute(sa.delete(ImportRefusal).where(ImportRefusal.run_id == row.id))
    row.made = row.changed = row.unchanged = row.replaced = row.refused = row.total = 0
    row.reached = 1
