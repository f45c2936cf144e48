"""The step on which documents are added to a draft: by a plain form, one at a time, each with its answer."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response

from consult.accounts.access import allowed
from consult.attachments.brought import BroughtDocument
from consult.attachments.kinds import NotNow
from consult.consultations.frame import MOST_FILE_MEGABYTES
from consult.consultations.phases import Right, open_phase
from consult.errors import Problem, Rejected
from consult.i18n import N_
from consult.plugins.questions import Question, QuestionKind, files_in
from consult.submissions.documents.attached import documents_of_draft
from consult.submissions.documents.attaching import (
    answer_limits,
    attach,
    attach_answer,
    detach,
    detach_answer,
    limits_of,
)
from consult.submissions.drafting.drafts import save_step
from consult.submissions.drafting.steps import STEP_LABELS, Step
from consult.submissions.tracks import track_label
from consult.web.documents import shown_documents
from consult.web.forms import FileField, say
from consult.web.guards import requires
from consult.web.pieces import AROUND
from consult.web.take_part.blueprint import blueprint
from consult.web.take_part.desk import Desk, DocumentsForm, StepForm, desk_of
from consult.web.visitor import actor, consultation


@blueprint.url_value_preprocessor
def let_a_file_in(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Take more than a page's form from whoever may write here, and only at the address for it."""
    with_files = request.mimetype == "multipart/form-data" and endpoint in ("take_part.add_document", "take_part.step")
    if with_files and allowed(actor(), "submission.write", consultation()):
        request.max_content_length = MOST_FILE_MEGABYTES * 2**20 + AROUND


@blueprint.teardown_request
def let_the_file_go(_error: BaseException | None) -> None:
    """Close what came with a form: a large file lies in a temporary one until then."""
    request.close()


@blueprint.post("/c/<slug>/write/<uuid:draft>/documents/add")
@requires("submission.write")
def add_document(draft: uuid.UUID) -> Response | tuple[str, int]:
    """Check a file and add it to a draft, then go where the button says; the page says why one is not taken."""
    desk, form = desk_of(draft), DocumentsForm()
    desk.step_called(Step.DOCUMENTS)
    file, then = form.file.data, request.form.get("then")
    chosen = isinstance(file, FileStorage) and file.filename
    if not chosen and form.validate() and then in ("next", "later"):
        return _onward(desk, then)
    if not form.validate() or not isinstance(file, FileStorage) or not file.filename:
        form.add(Problem("file", N_("Choose a file.")))
        return documents_page(desk, form), 422
    try:
        attach(desk.draft, BroughtDocument(file.filename, file.stream), consultation=consultation(), actor=actor())
    except Rejected as error:
        form.take(error)
        return documents_page(desk, form), 422
    except NotNow as error:
        form.add(Problem("file", error.message))
        return documents_page(desk, form), 503
    flash(say(N_("The document was checked and added.")), "ok")
    if then in ("next", "later"):
        return _onward(desk, then)
    return redirect(url_for("take_part.step", draft=draft, step=Step.DOCUMENTS.value), 303)


def _onward(desk: Desk, then: str) -> Response:
    """Note that this step was seen, and go to the next, or to all that is one's own."""
    if not desk.draft.answers.get("documents"):
        save_step(desk.draft, {"documents": True}, desk.draft.version, actor=actor())
    return redirect(desk.after(Step.DOCUMENTS) if then == "next" else url_for("take_part.mine"), 303)


@blueprint.post("/c/<slug>/write/<uuid:draft>/documents/<uuid:document>/remove")
@requires("submission.write")
def remove_document(draft: uuid.UUID, document: uuid.UUID) -> Response:
    """Take a document out of a draft."""
    detach(desk_of(draft).draft, document, actor=actor())
    flash(say(N_("The document was removed.")), "ok")
    return redirect(url_for("take_part.step", draft=draft, step=Step.DOCUMENTS.value), 303)


def take_files(desk: Desk, form: StepForm) -> int | None:
    """Keep the files that came as answers on a step, and let go of those that were unchecked; return the status of a refusal.

    What else was typed there is kept already. A refusal stands at its question, the others are taken all the same.
    """
    status = None
    for field in form:
        if not isinstance(field, FileField) or isinstance(form, DocumentsForm):
            continue
        file = field.data
        try:
            if isinstance(file, FileStorage) and file.filename:
                brought = BroughtDocument(file.filename, file.stream)
                attach_answer(desk.draft, field.name, brought, consultation=consultation(), actor=actor())
            elif removed := request.form.getlist(f"{field.name}-remove"):
                detach_answer(desk.draft, field.name, removed, actor=actor())
        except Rejected as error:
            form.take(error)
            status = 422
        except NotNow as error:
            form.add(Problem(field.name, error.message))
            status = 503
    return status


def files_asked(desk: Desk, questions: Sequence[Question]) -> dict[str, Any]:
    """Return what each question takes that files answer, and the files that answer it already, by question."""
    asked = [question for question in questions if question.kind is QuestionKind.FILE]
    given = desk.draft.answers.get("track") or {}
    held = {question.key: files_in(given.get(question.key)) for question in asked}
    ids = [one for answer in held.values() for one in answer]
    documents = shown_documents(documents_of_draft({"attachments": ids}), nameless=False) if ids else []
    by_id = {str(one["id"]): one for one in documents}
    limits = {one.key: answer_limits(one, consultation(), desk.member.track) for one in asked}
    return {
        "limits": limits,
        "given": {key: [by_id[one] for one in answer if one in by_id] for key, answer in held.items()},
        "room": {key: len(held[key]) < limits[key].files for key in held},
    }


def documents_page(desk: Desk, form: DocumentsForm) -> str:
    """Show the documents of a draft, what may be added, and the way on."""
    steps, here = desk.steps, Step.DOCUMENTS.value
    number = steps.index(here)
    limits = limits_of(consultation(), desk.member.track)
    documents = documents_of_draft(desk.draft.answers)
    return render_template(
        "take_part/step_documents.html",
        desk=desk,
        form=form,
        here=here,
        heading=say(STEP_LABELS[Step.DOCUMENTS]),
        number=number + 1,
        steps=len(steps) + 1,
        back=url_for("take_part.step", draft=desk.draft.id, step=steps[number - 1]) if number else None,
        theirs=[],
        tasks=desk.tasks(here),
        limits=limits,
        room=max(limits.files - len(documents), 0),
        documents=shown_documents(documents, nameless=False),
        withheld=desk.withheld,
        nameless=desk.nameless,
        phase=open_phase(consultation().phases, Right.SUBMIT),
        track_label=track_label(desk.member.track),
    )
