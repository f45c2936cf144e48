"""Codings as files: a table, and what a researcher's own program takes in."""

from __future__ import annotations

import io
from tempfile import TemporaryFile
from typing import Any

from werkzeug.wrappers import Response

from consult.coding.exports import export_codings
from consult.coding.qda import write_codebook, write_project
from consult.spreadsheets import write_csv_rows
from consult.web.guards import requires
from consult.web.language import current_language
from consult.web.organise.blueprint import blueprint
from consult.web.visitor import actor, consultation
from consult.web.written import written_file


def _file(file: Any, kind: str, ending: str) -> Response:
    return written_file(file, kind, f"{consultation().slug}-{ending}")


@blueprint.get("/c/<slug>/organise/coding/codings.csv")
@requires("coding.organise")
def codings_file() -> Response:
    """Give every coding of the finished texts as a table."""
    file = TemporaryFile()  # noqa: SIM115  # closed with the answer
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="", write_through=True)
    write_csv_rows(*export_codings(consultation(), current_language().code, actor=actor()), text)
    text.detach()
    return _file(file, "text/csv", "codings.csv")


@blueprint.get("/c/<slug>/organise/coding/project.qdpx")
@requires("coding.organise")
def project_file() -> Response:
    """Give the finished texts, the codebook and every coding as a REFI-QDA project."""
    file = TemporaryFile()  # noqa: SIM115  # closed with the answer
    write_project(consultation(), current_language().code, file, actor=actor())
    return _file(file, "application/zip", "project.qdpx")


@blueprint.get("/c/<slug>/organise/coding/codebook.qdc")
@requires("coding.organise")
def codebook_file() -> Response:
    """Give the codebook as REFI-QDA has it."""
    file = TemporaryFile()  # noqa: SIM115  # closed with the answer
    write_codebook(consultation(), current_language().code, file, actor=actor())
    return _file(file, "application/xml", "codebook.qdc")
