"""A file in pieces, as a script of ours (upload.js) sends it: begun, piece by piece, checked with the last."""

from __future__ import annotations

import json
from collections.abc import Callable

from flask import flash, jsonify, request
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge
from werkzeug.wrappers import Response

from consult.attachments.kinds import NotNow
from consult.consultations.upload_models import Upload
from consult.consultations.uploads import MOST_OF_A_PIECE, ComingFile, OtherPlace
from consult.errors import Rejected
from consult.i18n import N_, Message
from consult.web.forms import say
from consult.web.problems import ours_only

#: Bytes that come with a file in a form: names of fields, the token.
AROUND = 2**16
ADDED = N_("The document was checked and added.")


def begun(begin: Callable[[ComingFile], Upload]) -> Response | tuple[Response, int]:
    """Begin what the page tells of, or go on with it: the answer says where its pieces go and how much is there."""
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
        row = begin(coming)
    except Rejected as error:
        return jsonify(refused=say(error.problems[0].message)), 422
    return jsonify(id=row.id, received=row.received)


def taken(
    take: Callable[[bytes], Upload],
    finish: Callable[[], object],
    page: str,
    added: Message = ADDED,
) -> Response | tuple[Response | str, int]:
    """Keep a piece; with the last, the whole is checked and added, as `added` says on the page at whose address it is shown.

    A piece that does not fit is told how much is there.
    """
    ours_only("application/octet-stream")
    if (request.content_length or 0) > MOST_OF_A_PIECE:
        raise RequestEntityTooLarge
    try:
        row = take(request.get_data())
        if row.received == row.size:
            finish()
            flash(say(added), "ok")
            return jsonify(done=page)
    except OtherPlace as other:
        return jsonify(received=other.received), 409
    except Rejected as error:
        return jsonify(refused=say(error.problems[0].message)), 422
    except NotNow:
        return "", 503
    return jsonify(received=row.received)
