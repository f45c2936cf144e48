"""A page of writing saves itself: only what changed is sent, and the answer is a line to show, or a status and nothing more."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import jsonify, request
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from consult.accounts.signing_in.sign_in import on_shared_device
from consult.i18n import N_
from consult.submissions.drafting.drafts import DraftMoved
from consult.submissions.drafting.splices import OtherText, Splice, plain
from consult.submissions.offices.parts import PartHeld
from consult.web.context import present_formats
from consult.web.forms import say
from consult.web.guards import requires
from consult.web.problems import ours_only
from consult.web.take_part.blueprint import blueprint
from consult.web.take_part.desk import Desk, desk_of
from consult.web.visitor import actor

#: Fields of one page, and characters of a page's own name.
MOST_FIELDS, LONGEST_PAGE = 400, 64
#: What the script is told: the text changed elsewhere, is not the one it changed, is held by a colleague.
REFUSALS: Mapping[type[Exception], int] = {DraftMoved: 409, OtherText: 412, PartHeld: 423}


@dataclass(frozen=True, slots=True)
class Sent:
    """What a page sends: the version it knows, its own name, and what changed, by the names of its fields."""

    version: int
    page: str
    fields: Mapping[str, Sequence[str] | Splice]


@blueprint.post("/c/<slug>/write/<uuid:draft>/<step>/autosave")
@requires("submission.write")
def autosave(draft: uuid.UUID, step: str) -> Response | tuple[Response | str, int]:
    """Keep what is being typed; the answer is the draft's version and the line that the page shows."""
    desk = desk_of(draft)
    ours_only()
    sent = sent_changes()
    here = desk.step_called(step)
    try:
        desk.save(here, desk.changed(here, sent.fields), sent.version, sent.page)
    except tuple(REFUSALS) as refused:
        return "", REFUSALS[type(refused)]
    return saved(desk.version(here), desk.draft.saved_at)


def saved(version: int, at: datetime) -> Response:
    """Return what a script is told once a text was saved."""
    return jsonify(version=version, line=say(N_("Draft saved %(time)s", time=present_formats().time(at))))


def keeps_on_device(desk: Desk) -> bool:
    """Tell whether the browser may keep what could not be sent: never where a name is withheld, or others use the device."""
    here = actor().sign_in
    return not desk.withheld and here is not None and not on_shared_device(here)


def sent_changes() -> Sent:
    """Read what a page sends. Raises BadRequest for anything that our script does not send."""
    try:
        given = json.loads(request.get_data())
        fields = {str(name): _field(one) for name, one in given["fields"].items()}
        page, version = given["page"], given["version"]
    except (ValueError, RecursionError, KeyError, TypeError, AttributeError) as error:
        raise BadRequest from error
    if not isinstance(page, str) or not _is_count(version) or len(fields) > MOST_FIELDS:
        raise BadRequest
    return Sent(version, page_name(page), fields)


def page_name(given: str | None) -> str:
    """Return the name that a page of writing keeps while it is open, as a database keeps it."""
    return plain(given or "")[:LONGEST_PAGE]


def _field(given: Any) -> Sequence[str] | Splice:
    """Read the values of a field, or the change of a text: where, how many characters give way to which, the check.

    JSON can hold what no database keeps, half a surrogate pair for instance: it is left out of choices and days too.
    """
    if isinstance(given, list) and all(isinstance(one, str) for one in given):
        return list(map(plain, given))
    at, gone, put, check = given
    if not all(map(_is_count, (at, gone, check))) or not isinstance(put, str):
        raise ValueError("no change of a text")
    return Splice(at, gone, put, check)


def _is_count(given: Any) -> bool:
    return isinstance(given, int) and not isinstance(given, bool) and 0 <= given < 2**32
