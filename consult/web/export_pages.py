"""Taking out what can be brought in again: a table in each format, as the command writes it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from flask import Blueprint, flash, redirect, url_for
from werkzeug.wrappers import Response

from consult.errors import NotFound
from consult.spreadsheets import WRITERS, UnwritableTable
from consult.web.forms import say
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
    blueprint: Blueprint, address: str, permission: str, asked: Callable[[], Callable[[str], Table]], name: str
) -> None:
    """Put a table below an address, for whoever has a permission.

    `asked` takes from the request what is wanted, and returns what reads it for a format: it may raise UnwritableTable.
    """

    def export_table(form: str) -> Response:
        """Give the table as a file in one of the formats, or say on the page of imports, beside the others, why not in this one."""
        if form not in WRITERS:
            raise NotFound
        table = asked()
        try:
            return sent_while_written(lambda out: WRITERS[form](*table(form), out), KINDS[form], f"{name}.{form}")
        except UnwritableTable as error:
            flash(say(error.message), "no")
            return redirect(url_for(".imports"), 303)

    blueprint.add_url_rule(f"{address}<form>", "export_table", requires(permission)(export_table), methods=["GET"])
