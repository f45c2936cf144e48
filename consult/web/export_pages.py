"""Taking out what can be brought in again: a table in each format, as the command writes it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from flask import Blueprint
from werkzeug.wrappers import Response

from consult.errors import Conflict, NotFound
from consult.i18n import N_
from consult.spreadsheets import WRITERS, UnwritableCell
from consult.web.guards import requires
from consult.web.written import sent_while_written

Table = tuple[Sequence[str], Iterable[Mapping[str, Any]]]
KINDS: Mapping[str, str] = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "json": "application/json",
}


def install_export(
    blueprint: Blueprint, address: str, permission: str, asked: Callable[[], Callable[[], Table]], name: str
) -> None:
    """Put a table below an address, for whoever has a permission.

    `asked` takes from the request what is wanted, and returns what reads it.
    """

    def export_table(form: str) -> Response:
        """Give the table as a file in one of the formats."""
        if form not in WRITERS:
            raise NotFound
        table = asked()

        try:  # whether Excel can hold every cell is known at the last of them
            return sent_while_written(
                lambda out: WRITERS[form](*table(), out), KINDS[form], f"{name}.{form}", whole=form == "xlsx"
            )
        except UnwritableCell as error:
            where = {"row": error.row, "column": error.column}
            said = N_(
                "Row %(row)s, %(column)s: the text is longer than a cell of Excel. Take CSV, ODS or JSON.", **where
            )
            raise Conflict(said) from error

    blueprint.add_url_rule(f"{address}<form>", "export_table", requires(permission)(export_table), methods=["GET"])
