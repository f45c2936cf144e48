"""Codings as files: a table, and what a researcher's own program takes in."""

from __future__ import annotations

from collections.abc import Callable
from typing import IO

from werkzeug.wrappers import Response

from consult.coding.exports import export_codings
from consult.coding.qda import write_codebook, write_project
from consult.consultations.models import Consultation
from consult.db import session
from consult.spreadsheets import write_csv
from consult.web.guards import requires
from consult.web.language import current_language
from consult.web.organise.blueprint import blueprint
from consult.web.visitor import actor, consultation
from consult.web.written import sent_while_written


def _file(write: Callable[[Consultation, IO[bytes]], object], kind: str, ending: str) -> Response:
    here = consultation().id
    name = f"{consultation().slug}-{ending}"
    return sent_while_written(lambda out: write(session.get_one(Consultation, here), out), kind, name)


@blueprint.get("/c/<slug>/organise/coding/codings.csv")
@requires("coding.organise")
def codings_file() -> Response:
    """Give every coding of the finished texts as a table."""
    language, by = current_language().code, actor()
    return _file(lambda here, out: write_csv(*export_codings(here, language, actor=by), out), "text/csv", "codings.csv")


@blueprint.get("/c/<slug>/organise/coding/project.qdpx")
@requires("coding.organise")
def project_file() -> Response:
    """Give the finished texts, the codebook and every coding as a REFI-QDA project."""
    language, by = current_language().code, actor()
    return _file(lambda here, out: write_project(here, language, out, actor=by), "application/zip", "project.qdpx")


@blueprint.get("/c/<slug>/organise/coding/codebook.qdc")
@requires("coding.organise")
def codebook_file() -> Response:
    """Give the codebook as REFI-QDA has it."""
    language, by = current_language().code, actor()
    return _file(lambda here, out: write_codebook(here, language, out, actor=by), "application/xml", "codebook.qdc")
