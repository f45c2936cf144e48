"""Everything that is kept about a person, found by following the foreign keys that lead to them: no table can be forgotten.

Tables of plugins are among them as soon as one of their rows belongs to a member. Secrets are left out, and who else acted in
an office: the person learns what was decided and not by whom.
"""

from __future__ import annotations

import io
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

import sqlalchemy as sa

from consult.accounts.models import Person
from consult.db import Base, session
from consult.events.models import EventRow
from consult.spreadsheets import write_csv_rows

#: A group of like texts names one of them and is about all: it leads to texts of others.
NOT_FOLLOWED = frozenset({"campaign_proposal"})
#: A key that leads from what is somebody's to the work of others on it: what each coder gave a text, or a body has not
#: said of it yet, is not told to its author. Nor is who judges it, and what reviewers found and said of it: its author reads
#: what was written to them beside the text.
KEYS_NOT_FOLLOWED = frozenset(
    {
        *(("coding", "passage_id"), ("coding_memo", "passage_id"), ("coding_task", "text_id")),
        *(
            (table, "submission_id")
            for table in ("assessment", "declared_interest", "earlier_assessment", "lifted_interest", "review_note")
        ),
        ("official_response", "submission_id"),
        ("moderation_task", "submission_id"),
    }
)
#: What opens an account, or repeats what stands beside it. What is kept as bytes (hashes of tokens, sealed secrets) goes too.
LEFT_OUT: Mapping[str, frozenset[str]] = {
    "person": frozenset({"password_hash", "email_key"}),
    "recovery_code": frozenset({"label", "hashed"}),
    "submission": frozenset({"hands"}),  # clerks who entered it from paper
    "attachment": frozenset({"place"}),  # where it lies says nothing
    "accreditation_file": frozenset({"place"}),
    "translation": frozenset({"remark", "writers"}),  # between those who translate; who they are is not told
    "paper_scan": frozenset({"place"}),
    "mail": frozenset({"text", "html"}),  # a letter that has not left may hold a link that still opens the account
}
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class OwnData:
    """What is kept about a person by table, and how often they acted in an office, by table; `events` are those they caused."""

    rows: Mapping[str, Sequence[Row]]
    acts: Mapping[str, int]
    events: Sequence[Row]


def own_data(person: uuid.UUID) -> OwnData:
    """Read everything that is kept about a person (1 query for each table that may hold something)."""
    there = set(sa.inspect(session.connection()).get_table_names())
    tables = [table for table in Base.metadata.sorted_tables if table.name in there and table.name not in NOT_FOLLOWED]
    found = _followed(person, tables)
    rows = {name: [_shown(name, row, person) for row in kept] for name, kept in found.items() if kept}
    acts = {table.name: count for table in tables if table.name not in rows and (count := _acts(table, person))}
    return OwnData(rows, acts, _events(person))


def _followed(person: uuid.UUID, tables: Sequence[sa.Table]) -> dict[str, Sequence[Row]]:
    """Return the rows that lead to a person by foreign keys; parents come before their children."""
    start = Person.__tablename__
    found: dict[str, Sequence[Row]] = {}
    for table in tables:
        if table.name == start:
            leads = [table.c["id"] == person]
        else:
            leads = [
                _leads(key, found[key.referred_table.name])
                for key in _keys(table)
                if found.get(key.referred_table.name)
            ]
        if leads:
            query = sa.select(table).where(sa.or_(*leads)).order_by(*table.primary_key.columns)
            found[table.name] = [dict(row) for row in session.execute(query).mappings()]
    return found


def _keys(table: sa.Table) -> Sequence[sa.ForeignKeyConstraint]:
    """Return the foreign keys of a table that lead to another one, always in the same order."""
    keys = [
        key
        for key in table.foreign_key_constraints
        if key.referred_table is not table and not {(table.name, name) for name in key.column_keys} & KEYS_NOT_FOLLOWED
    ]
    return sorted(keys, key=lambda key: tuple(key.column_keys))


def _leads(key: sa.ForeignKeyConstraint, parents: Sequence[Row]) -> sa.ColumnElement[bool]:
    """Return the condition that a row names one of the parents."""
    named = [element.column.name for element in key.elements]
    values = [tuple(parent[name] for name in named) for parent in parents]
    columns = list(key.columns)
    if len(columns) == 1:
        return columns[0].in_([value for (value,) in values])
    return sa.tuple_(*columns).in_(values)


def _shown(table: str, row: Row, person: uuid.UUID) -> Row:
    """Return a row without secrets and without who else acted."""
    left_out = LEFT_OUT.get(table, frozenset())
    return {
        name: None if name.endswith("_by") and value != person else value
        for name, value in row.items()
        if name not in left_out and not isinstance(value, bytes)
    }


def _acts(table: sa.Table, person: uuid.UUID) -> int:
    columns = [column for column in table.columns if column.name.endswith("_by")]
    if not columns:
        return 0
    named = sa.or_(*(column == person for column in columns))
    return session.scalar(sa.select(sa.func.count()).select_from(table).where(named)) or 0


def _events(person: uuid.UUID) -> Sequence[Row]:
    query = sa.select(EventRow.stream_id, EventRow.seq, EventRow.type, EventRow.at).where(EventRow.actor_id == person)
    rows = session.execute(query.order_by(EventRow.at, EventRow.stream_id, EventRow.seq)).mappings()
    return [dict(row) for row in rows]


def packed(data: OwnData, readme: str, files: Mapping[str, Path] | None = None) -> bytes:
    """Return everything as a ZIP: `data.json`, a CSV file for each table, a `README.txt`, and files by their name in it."""
    file = io.BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        archive.writestr("README.txt", readme)
        everything = {**data.rows, "acts_in_office": data.acts, "events": data.events}
        archive.writestr("data.json", json.dumps(everything, ensure_ascii=False, indent=1, default=_plain))
        for name, rows in (*data.rows.items(), ("events", data.events)):
            if rows:
                archive.writestr(f"{name}.csv", _csv(rows))
        for name, path in (files or {}).items():
            archive.write(path, name, ZIP_STORED)
    return file.getvalue()


def _csv(rows: Sequence[Row]) -> str:
    written = io.StringIO(newline="")
    write_csv_rows(list(rows[0]), rows, written)
    return "\ufeff" + written.getvalue()  # so that spreadsheet programs see UTF-8


def _plain(value: object) -> Any:
    """Return what JSON can hold: moments in ISO 8601, anything else as its text."""
    if isinstance(value, Mapping):
        return dict(value)
    return value.isoformat() if isinstance(value, datetime) else str(value)
