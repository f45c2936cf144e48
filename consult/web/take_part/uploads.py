"""A file in pieces, as the script of the documents step and of a form that asks for files sends it: begun, piece by piece, checked with the last."""

from __future__ import annotations

import json
import uuid

from flask import flash, jsonify, request
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge
from werkzeug.wrappers import Response

from consult.attachments.kinds import NotNow
from consult.errors import Rejected
from consult.i18n import N_
from consult.submissions.uploads import MOST_OF_A_PIECE, ComingFile, OtherPlace, begin_upload, finish_upload, take_piece
from consult.web.forms import say
from consult.web.guards import requires
from consult.web.take_part.blueprint import blueprint
from consult.web.take_part.desk import desk_of
from consult.web.take_part.saving import ours_only
from consult.web.visitor import actor, consultation


@blueprint.post("/c/<slug>/write/<uuid:draft>/documents/pieces/")
@requires("submission.write")
def bring_in_pieces(draft: uuid.UUID) -> Response | tuple[Response, int]:
    """Begin to bring a document or an answer, or go on with it: the answer says where its pieces go and how much is there."""
    desk = desk_of(draft)
    ours_only()
    try:
        given = json.loads(request.get_data())
        size = given["size"]
        coming = ComingFile(str(given["name"]), size, str(given["mark"]), str(given.get("question", "")))
    except (ValueError, RecursionError, KeyError, TypeError) as error:
        raise BadRequest from error
    if not isinstance(size, int) or isinstance(size, bool):
        raise BadRequest
    try:
        row = begin_upload(desk.draft, coming, consultation=consultation(), actor=actor())
    except Rejected as error:
        return jsonify(refused=say(error.problems[0].message)), 422
    return jsonify(id=row.id, received=row.received)


@blueprint.post("/c/<slug>/write/<uuid:draft>/documents/pieces/<uuid:upload>/<int:start>")
@requires("submission.write")
def piece(draft: uuid.UUID, upload: uuid.UUID, start: int) -> Response | tuple[Response | str, int]:
    """Keep a piece; with the last, the whole is checked and added. A piece that does not fit is told how much is there."""
    desk = desk_of(draft)
    ours_only("application/octet-stream")
    if (request.content_length or 0) > MOST_OF_A_PIECE:
        raise RequestEntityTooLarge
    try:
        row = take_piece(desk.draft, upload, start, request.get_data(), actor=actor())
        if row.received == row.size:
            finish_upload(desk.draft, upload, consultation=consultation(), actor=actor())
            flash(say(N_("The document was checked and added.")), "ok")
            return jsonify(done=True)
    except OtherPlace as other:
        return jsonify(received=other.received), 409
    except Rejected as error:
        return jsonify(refused=say(error.problems[0].message)), 422
    except NotNow:
        return "", 503
    return jsonify(received=row.received)
