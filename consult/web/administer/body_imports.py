"""Bringing in bodies of the register from a file."""

from __future__ import annotations

from consult.web.administer.blueprint import blueprint
from consult.web.import_pages import install

install(blueprint, "/administer/bodies/import/", "body.register")
