"""Bringing in bodies of the register from a file, and taking them out as one that can be brought in again."""

from __future__ import annotations

from collections.abc import Callable

from consult.accounts.bodies.imports import BODY_COLUMNS, export_bodies
from consult.web.administer.blueprint import blueprint
from consult.web.export_pages import Table, install_export
from consult.web.import_pages import install
from consult.web.visitor import actor


def _bodies() -> Callable[[str], Table]:
    by = actor()
    return lambda _form: (BODY_COLUMNS, export_bodies(actor=by))


install(blueprint, "/administer/bodies/import/", "body.register")
install_export(blueprint, "/administer/bodies/export/", "body.register", _bodies, "bodies")
