"""Bringing in submissions from a file."""

from __future__ import annotations

from consult.web.import_pages import install
from consult.web.organise.blueprint import blueprint

install(blueprint, "/c/<slug>/organise/import/", "submission.import")
