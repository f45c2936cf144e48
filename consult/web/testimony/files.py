"""Files of a testimony: added and taken away by its author with plain forms, one at a time; taken out by readers, on record."""

from __future__ import annotations

from typing import Any

from flask import request
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response

from consult.attachments.brought import BroughtDocument
from consult.attachments.kinds import MEDIA_TYPES
from consult.errors import Rejected
from consult.i18n import N_
from consult.testimony.files import MEGABYTES
from consult.testimony.services import add_file, remove_file, take_file
from consult.web.documents import POLICY
from consult.web.guards import requires
from consult.web.proof import recently_proven
from consult.web.testimony.author import FileForm, Page, act_as_author, id_in
from consult.web.testimony.blueprint import blueprint, readers
from consult.web.testimony.desk import demand_desk
from consult.web.visitor import actor, consultation

#: Bytes that come with a file in a form: names of fields, what is sealed into the page.
AROUND = 2**16


@blueprint.url_value_preprocessor
def let_a_file_in(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Take more than a page's form at the one address for it; what comes there lies in memory (`consult.web.arriving`).

    Up to twice as much as is kept is read: then the page can say that a file is too large, and what leads back is not lost.
    """
    if endpoint == "testimony.add_file_to_mine" and request.mimetype == "multipart/form-data":
        request.max_content_length = 2 * MEGABYTES * 2**20 + AROUND


@blueprint.post("/c/<slug>/testimony/mine/files/")
@requires("testimony.give")
def add_file_to_mine() -> Page:
    """Check a file and add it to one's own testimony; the page says why one is not taken."""
    form = FileForm()
    return act_as_author(lambda visit, here: _add(form, visit, here), "file", adding=form)


def _add(form: FileForm, visit: str, here: Any) -> None:
    file = form.file.data
    if not isinstance(file, FileStorage) or not file.filename:
        raise Rejected(N_("Choose a file."), "file")
    brought = BroughtDocument(file.filename, file.stream)
    add_file(brought, once=id_in(form.once.data), form=visit, consultation=here)


@blueprint.post("/c/<slug>/testimony/mine/files/remove/")
@requires("testimony.give")
def remove_file_from_mine() -> Page:
    """Take a file out of one's own testimony."""
    file = id_in(request.form.get("file"))
    return act_as_author(lambda visit, here: remove_file(file, form=visit, consultation=here), "file removed")


@readers.post("/c/<slug>/testimony/desk/<int(max=999999):number>/file/")
@requires("account.use")
@recently_proven()
def take(number: int) -> Response:
    """Give a file to a reader, which is recorded; to be kept and never run, under a name that tells nothing."""
    demand_desk()
    file = id_in(request.form.get("file"))
    taken = take_file(file, number=number, consultation=consultation(), actor=actor())
    answer = Response(taken.content, mimetype=MEDIA_TYPES[taken.kind])
    name = f"testimony-{number}-{taken.position}.{taken.kind}"
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    answer.headers["Content-Security-Policy"] = POLICY
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Cache-Control"] = "no-store"
    return answer
