"""A file in pieces, as the script of the documents step and of a form that asks for files sends it."""

from __future__ import annotations

import uuid

from flask import url_for
from werkzeug.wrappers import Response

from consult.submissions.documents.uploads import begin_upload, finish_upload, take_piece
from consult.submissions.drafting.steps import Step
from consult.web.guards import requires
from consult.web.pieces import begun, taken
from consult.web.take_part.blueprint import blueprint
from consult.web.take_part.desk import desk_of
from consult.web.visitor import actor, consultation


@blueprint.post("/c/<slug>/write/<uuid:draft>/documents/pieces/")
@requires("submission.write")
def bring_in_pieces(draft: uuid.UUID) -> Response | tuple[Response, int]:
    """Begin to bring a document or an answer, or go on with it."""
    row = desk_of(draft).draft
    return begun(lambda coming: begin_upload(row, coming, consultation=consultation(), actor=actor()))


@blueprint.post("/c/<slug>/write/<uuid:draft>/documents/pieces/<uuid:upload>/<int:start>")
@requires("submission.write")
def piece(draft: uuid.UUID, upload: uuid.UUID, start: int) -> Response | tuple[Response | str, int]:
    """Keep a piece; with the last, the whole is checked and added."""
    row = desk_of(draft).draft
    return taken(
        lambda content: take_piece(row, upload, start, content, actor=actor()),
        lambda: finish_upload(row, upload, consultation=consultation(), actor=actor()),
        url_for("take_part.step", draft=draft, step=Step.DOCUMENTS.value),
    )
