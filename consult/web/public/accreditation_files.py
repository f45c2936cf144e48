"""The files of a body's application, on the page that the body was given: added by a plain form or in pieces, fetched, removed."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response

from consult.attachments import KIND_LABELS
from consult.attachments.brought import BroughtDocument
from consult.attachments.kinds import Kind, NotNow
from consult.consultations.accreditation.files import (
    MEGABYTES,
    MOST_FILES,
    add_file,
    begin_file,
    file_of,
    finish_file,
    remove_file,
    take_piece,
    takes_files,
)
from consult.consultations.accreditation.models import Application, ApplicationFile
from consult.consultations.accreditation.queries import application_by_token
from consult.errors import NotFound, Problem, Rejected
from consult.i18n import N_
from consult.web.documents import served_file, size_in_words
from consult.web.forms import L_, FileField, Form, say
from consult.web.guards import requires
from consult.web.pieces import AROUND, begun, taken
from consult.web.public.blueprint import blueprint
from consult.web.visitor import actor, consultation


class ApplicationFileForm(Form):
    """A file to be added to an application."""

    file = FileField(L_("File"))


@blueprint.url_value_preprocessor
def let_a_file_in(endpoint: str | None, values: dict[str, Any] | None) -> None:
    """Take more than a page's form from whoever holds the page of an application that takes files, and only at the address for it."""
    if endpoint != "public.add_application_file" or request.mimetype != "multipart/form-data" or values is None:
        return
    row = application_by_token(consultation().id, values["token"])
    if row is not None and takes_files(row):
        request.max_content_length = MEGABYTES * 2**20 + AROUND


@blueprint.teardown_request
def let_the_file_go(_error: BaseException | None) -> None:
    """Close what came with a form: a large file lies in a temporary one until then."""
    if request.endpoint == "public.add_application_file":
        request.close()


def application_of(token: str) -> Application:
    """Return the application that a token opens. Raises NotFound."""
    row = application_by_token(consultation().id, token)
    if row is None:
        raise NotFound
    return row


def shown_files(files: Sequence[ApplicationFile], href: Callable[[uuid.UUID], str]) -> list[dict[str, Any]]:
    """Return files as the pages of an application show them; one that was removed leads nowhere."""
    return [
        {
            "id": one.id,
            "name": f"{one.name}.{one.kind}",
            "kind": say(KIND_LABELS[Kind(one.kind)]),
            "size": size_in_words(one.size),
            "href": href(one.id) if one.place else None,
            "added_at": one.added_at,
            "removed_at": one.removed_at,
        }
        for one in files
    ]


def file_facts(row: Application, files: Sequence[ApplicationFile]) -> dict[str, Any]:
    """Return what the page of an application says of its files, and what may be added."""
    there = sum(one.removed_at is None for one in files)
    return {"takes": takes_files(row), "room": max(MOST_FILES - there, 0), "megabytes": MEGABYTES}


@blueprint.post("/c/<slug>/accreditation/<token>/files/add")
@requires("accreditation.apply")
def add_application_file(token: str) -> Response | tuple[str, int]:
    """Check a file and add it; where it is not taken, a page says why and takes another."""
    row, form = application_of(token), ApplicationFileForm()
    file = form.file.data
    if not form.validate() or not isinstance(file, FileStorage) or not file.filename:
        form.add(Problem("file", N_("Choose a file.")))
        return _refused(row, token, form), 422
    try:
        brought = BroughtDocument(file.filename, file.stream)
        add_file(brought, application=row, origin=request.remote_addr or "", actor=actor())
    except Rejected as error:
        form.take(error)
        return _refused(row, token, form), 422
    except NotNow as error:
        form.add(Problem("file", error.message))
        return _refused(row, token, form), 503
    flash(say(N_("The document was checked and added.")), "ok")
    return redirect(url_for("public.application", token=token), 303)


def _refused(row: Application, token: str, form: ApplicationFileForm) -> str:
    return render_template("public/accreditation_file.html", row=row, token=token, form=form, megabytes=MEGABYTES)


@blueprint.post("/c/<slug>/accreditation/<token>/files/<uuid:file>/remove")
@requires("accreditation.apply")
def remove_application_file(token: str, file: uuid.UUID) -> Response:
    """Take a file out of an application."""
    remove_file(file, application=application_of(token), actor=actor())
    flash(say(N_("The document was removed.")), "ok")
    return redirect(url_for("public.application", token=token), 303)


@blueprint.get("/c/<slug>/accreditation/<token>/files/<uuid:file>/")
@requires("accreditation.apply")
def application_file(token: str, file: uuid.UUID) -> Response:
    """Give the body a file of its own application."""
    return served_application_file(file_of(application_of(token).id, file))


def served_application_file(row: ApplicationFile) -> Response:
    """Give a file of an application to be kept, and let nothing on the way keep it."""
    answer = served_file(row, f"{row.name}.{row.kind}")
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.post("/c/<slug>/accreditation/<token>/files/pieces/")
@requires("accreditation.apply")
def bring_application_file(token: str) -> Response | tuple[Response, int]:
    """Begin to bring a file in pieces, or go on with it."""
    row, origin = application_of(token), request.remote_addr or ""
    return begun(lambda coming: begin_file(coming, application=row, origin=origin, actor=actor()))


@blueprint.post("/c/<slug>/accreditation/<token>/files/pieces/<uuid:upload>/<int:start>")
@requires("accreditation.apply")
def application_piece(token: str, upload: uuid.UUID, start: int) -> Response | tuple[Response | str, int]:
    """Keep a piece; with the last, the whole is checked and added."""
    row = application_of(token)
    return taken(
        lambda content: take_piece(upload, start, content, application=row, actor=actor()),
        lambda: finish_file(upload, application=row, actor=actor()),
        url_for("public.application", token=token),
    )
