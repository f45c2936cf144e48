"""Taking out what can be brought in again: a table in each format, as the command writes it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from flask import Blueprint
from werkzeug.wrappers import Response

from consult.db import snapshot
from consult.errors import NotFound
from consult.spreadsheets import WRITERS
from consult.turns import Queue
from consult.web.guards import requires
from consult.web.written import written_file

Table = tuple[Sequence[str], Iterable[Mapping[str, Any]]]
KINDS: Mapping[str, str] = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "json": "application/json",
}
#: Writing ten thousand rows takes seconds: one file at a time in a process, a few wait.
_writing = Queue(1, 3, 60)


def install_export(blueprint: Blueprint, address: str, permission: str, table: Callable[[], Table], name: str) -> None:
    """Put a table below an address, for whoever has a permission; `table` reads it, in one view of the database."""

    def export_table(form: str) -> Response:
        """Give the table as a file in one of the formats."""
        if form not in WRITERS:
            raise NotFound
        with TemporaryDirectory() as folder:
            file = Path(folder, "table")
            with _writing.served(), snapshot():
                WRITERS[form](*table(), file)
            return written_file(file.open("rb"), KINDS[form], f"{name}.{form}")  # open, it outlives its folder

    blueprint.add_url_rule(f"{address}<form>", "export_table", requires(permission)(export_table), methods=["GET"])
