"""The public part of a consultation as one file: tables, what their columns mean, and a licence.

The file is a Data Package (Frictionless, datapackage.org, version 2): CSV files, a `datapackage.json` that describes
them, and the documents of the texts. Nothing stands in it that the public pages do not show; names that are withheld are withheld here. The same state
of the record gives the same bytes.
"""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from consult.accounts.access import Actor, demand
from consult.consultations.models import Consultation
from consult.db import snapshot
from consult.events.checkpoint import latest_checkpoint
from consult.events.log_keys import Span, spans_in
from consult.events.stream import current_seq
from consult.outcomes.open_data_files import pack_documents
from consult.outcomes.open_data_tables import TABLES, Table
from consult.spreadsheets import write_csv_rows

PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
#: Name -> title and address, as Open Definition lists them.
LICENCES: Mapping[str, tuple[str, str]] = {
    "CC-BY-4.0": ("Creative Commons Attribution 4.0", "https://creativecommons.org/licenses/by/4.0/"),
    "CC0-1.0": ("CC0 1.0 Universal", "https://creativecommons.org/publicdomain/zero/1.0/"),
    "ODC-BY-1.0": ("Open Data Commons Attribution License 1.0", "https://opendatacommons.org/licenses/by/1-0/"),
}


def write_open_data(path: Path, *, consultation: Consultation, licence: str, actor: Actor) -> Mapping[str, int]:
    """Write the package of a consultation as a ZIP file and return the number of rows of each table.

    All tables, and the number of the log, are of one moment, however long it takes to write them.
    Raises Forbidden for an actor who may not export, KeyError for a licence that is not among LICENCES.
    """
    demand(actor, "submission.export", consultation)
    title, address = LICENCES[licence]
    with snapshot(), ZipFile(path, "w", ZIP_DEFLATED) as package:
        counts = {table.name: _write(package, table, consultation, actor) for table in TABLES}
        described = _description(consultation, {"name": licence, "title": title, "path": address}, counts)
        package.writestr(_entry("datapackage.json"), json.dumps(described, ensure_ascii=False, indent=1) + "\n")
    return counts


def _entry(name: str) -> ZipInfo:
    """Return an entry without the time of its writing, so that the same data are the same bytes."""
    entry = ZipInfo(name)
    entry.compress_type = ZIP_DEFLATED
    return entry


def _write(package: ZipFile, table: Table, consultation: Consultation, actor: Actor) -> int:
    """Write a table and return how many rows it has; a ZIP takes one entry at a time, so one whose files go in meanwhile waits."""
    entry, columns = _entry(f"data/{table.name}.csv"), [column.name for column in table.columns]
    if table.rows is None:
        with TemporaryFile() as kept:
            count = _write_rows(columns, pack_documents(package, consultation), kept)
            kept.seek(0)
            with package.open(entry, "w", force_zip64=True) as raw:
                shutil.copyfileobj(kept, raw)
        return count
    with package.open(entry, "w", force_zip64=True) as raw:
        return _write_rows(columns, table.rows(consultation, actor), raw)


def _write_rows(columns: Sequence[str], rows: Iterator[Mapping[str, Any]], raw: IO[bytes]) -> int:
    file = io.TextIOWrapper(raw, encoding="utf-8", newline="")
    count = write_csv_rows(columns, rows, file)
    file.detach()
    return count


def _description(consultation: Consultation, licence: Mapping[str, str], counts: Mapping[str, int]) -> dict[str, Any]:
    checkpoint = latest_checkpoint(consultation.id)
    return {
        "$schema": PROFILE,
        "name": consultation.slug,
        "title": consultation.titles.for_language("en"),
        "description": consultation.summaries.for_language("en"),
        "licenses": [licence],
        "resources": [_resource(table, counts[table.name]) for table in TABLES],
        "log": {
            "events": current_seq(consultation.id),
            "checkpoint": None
            if checkpoint is None
            else {"size": checkpoint.size, "root": checkpoint.root.hex(), "note": checkpoint.note},
            "keys": [_key(span) for span in spans_in(consultation.id)],
        },
    }


def _key(span: Span) -> dict[str, Any]:
    """Return a key that signs the log: its public half, which events, until when, how that ended and by which note."""
    key = span.key
    return {
        "number": key.number,
        "key": key.line,
        "first": span.first,
        "last": span.last,
        "until": key.until and key.until.isoformat(),
        "ended": key.ended or None,
        "note": span.note or None,
    }


def _resource(table: Table, rows: int) -> dict[str, Any]:
    fields = [
        {
            "name": column.name,
            "type": column.type,
            "description": column.about,
            **({"constraints": {"required": True}} if column.required or column.name in table.key else {}),
        }
        for column in table.columns
    ]
    keys = {other.name: list(other.key) for other in TABLES}
    foreign = [
        {"fields": [column], "reference": {"resource": other, "fields": keys[other]}}
        for column, other in table.refers.items()
    ]
    return {
        "name": table.name,
        "type": "table",
        "path": f"data/{table.name}.csv",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "description": table.about,
        "rows": rows,
        "schema": {
            "fields": fields,
            "primaryKey": list(table.key),
            **({"foreignKeys": foreign} if foreign else {}),
            "missingValues": [""],
        },
    }
