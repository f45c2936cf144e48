"""Beginning a text without an account, on one page; taking it over, once one takes part."""

from __future__ import annotations

import uuid
from secrets import token_urlsafe
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from consult.accounts.signing_in.sign_in import on_shared_device
from consult.consultations.phases import Right, open_phase
from consult.errors import Conflict, NotFound, Problem, Rejected, TooManyTries
from consult.i18n import LANGUAGES, N_
from consult.submissions.drafting.begun import (
    FIELDS,
    KEPT_FOR,
    SHARED,
    begin_text,
    begun_text,
    claim_text,
    drop_text,
    may_begin,
    save_begun,
)
from consult.submissions.drafting.begun_models import BegunText
from consult.submissions.drafting.drafts import DraftMoved
from consult.submissions.drafting.splices import Splice, plain
from consult.submissions.drafting.steps import Step
from consult.web.forms import L_, BooleanField, TextAreaField, say
from consult.web.guards import requires
from consult.web.language import current_language
from consult.web.problems import ours_only
from consult.web.question_fields import said
from consult.web.security_log import note_refusal
from consult.web.take_part.blueprint import blueprint
from consult.web.take_part.desk import BehalfForm, ProposalsForm, TextForm
from consult.web.take_part.saving import REFUSALS, page_name, saved, sent_changes
from consult.web.visitor import actor, begun_cookie_name, begun_token, consultation, settings


class BegunForm(BehalfForm, TextForm, ProposalsForm):
    """What a text can say before it has an author: title, language, text and proposals."""

    withheld = None  # type: ignore[assignment]  # how WTForms leaves out a field
    why = None  # type: ignore[assignment]
    shared = BooleanField(
        L_("This phone is shared with others"),
        description=L_("Nothing is kept in this browser once it is closed, nor when there is no connection."),
    )


def begun_here() -> BegunText | None:
    """Return the text that was begun in this browser, in this consultation; None for none."""
    token = begun_token()
    return begun_text(token, consultation().id) if token else None


@blueprint.route("/c/<slug>/begin/", methods=["GET", "POST"])
@requires("text.begin")
def begin() -> Response | tuple[str, int]:
    """Show a text without an account and keep it; a cookie leads back to it."""
    row = begun_here()
    form = _form(row)
    if not form.is_submitted():
        return _page(form, row)
    if not form.validate():
        return _page(form, row, 422)
    answers = {name: form[name].data for name in (*FIELDS, SHARED)}
    try:
        token = _keep(row, answers, form)
    except DraftMoved as moved:
        form.add(Problem("", moved.message))
        return _page(form, row, 409, theirs=row)
    except Conflict as closed:
        form.add(Problem("", closed.message))
        return _page(form, row, 409)
    except TooManyTries as waiting:
        note_refusal("too many tries")
        form.add(Problem("", waiting.message))
        return _page(form, row, 429)
    flash(say(N_("Your text is saved. Nothing was handed in yet.")), "ok")
    further = request.form.get("then") == "register"
    response: Response = redirect(url_for("public.register_person" if further else "take_part.begin"), 303)
    _set_cookie(response, token, shared=bool(form.shared.data))
    return response


def _keep(row: BegunText | None, answers: dict[str, Any], form: BegunForm) -> str:
    token = begun_token()
    if row is None:
        return begin_text(answers, consultation=consultation(), origin=request.remote_addr or "", actor=actor())
    page = page_name(form.page.data)
    save_begun(token, answers, form.known(), page=page, consultation=consultation(), actor=actor())
    return token


@blueprint.post("/c/<slug>/begin/autosave")
@requires("text.begin")
def autosave_begun() -> Response | tuple[str, int]:
    """Keep what is being typed in a text that was begun."""
    ours_only()
    sent = sent_changes()
    form = BegunForm(
        formdata=MultiDict((n, one) for n, v in sent.fields.items() if not isinstance(v, Splice) for one in v)
    )
    typed: dict[str, Any] = {}
    for name, values in sent.fields.items():
        if name in (*FIELDS, SHARED):
            long = isinstance(form[name], TextAreaField)
            typed[name] = (
                values if isinstance(values, Splice) else plain(values[0]) if long and values else form[name].data
            )
    try:
        row = save_begun(begun_token(), typed, sent.version, page=sent.page, consultation=consultation(), actor=actor())
    except tuple(REFUSALS) as refused:
        return "", REFUSALS[type(refused)]
    response = saved(row.version, row.saved_at)
    if SHARED in typed:
        _set_cookie(response, begun_token(), shared=bool(typed[SHARED]))
    return response


@blueprint.post("/c/<slug>/begin/drop")
@requires("text.begin")
def drop_begun() -> Response:
    """Delete the text that was begun in this browser."""
    drop_text(begun_token(), consultation=consultation(), actor=actor())
    flash(say(N_("The text is deleted.")), "ok")
    return _without_cookie(redirect(url_for("public.consultation"), 303))


@blueprint.post("/c/<slug>/write/claim")
@requires("submission.write")
def claim() -> Response:
    """Take over the text that was begun in this browser as a draft of one's own, and go on with its steps."""
    here, wanted = actor().memberships_in(consultation().id), request.form.get("member", "")
    member = next((one.member for one in here if str(one.member) == wanted), here[0].member)
    try:
        draft: uuid.UUID = claim_text(begun_token(), member=member, consultation=consultation(), actor=actor()).id
    except (NotFound, Rejected) as error:
        flash(say(error.message), "no")
        return redirect(url_for("take_part.write"), 303)
    flash(say(N_("The text is your draft now. A few questions are left.")), "ok")
    return _without_cookie(redirect(url_for("take_part.step", draft=draft, step=Step.BEHALF.value), 303))


def _form(row: BegunText | None, *, kept: bool = False) -> BegunForm:
    answers = {"language": current_language().code} if row is None else row.answers
    given = {"formdata": None} if kept else {}
    version = 1 if row is None else row.version
    form = BegunForm(data={**answers, "version": str(version), "page": token_urlsafe(9)}, **given)
    form.language.choices = {code: language.name for code, language in LANGUAGES.items()}
    return form


def _page(
    form: BegunForm, row: BegunText | None, status: int = 200, *, theirs: BegunText | None = None
) -> tuple[str, int]:
    """Show the text; after a conflict with what another page saved beside it."""
    other = _form(theirs, kept=True) if theirs is not None else None
    if theirs is not None:
        form.version.data = str(theirs.version)
    page = render_template(
        "take_part/begin.html",
        form=form,
        begun=row,
        keeps=row is not None and _keeps_on_device(row),
        theirs=[] if other is None else [(other[name].label.text, said(other[name])) for name in FIELDS],
        open=may_begin(consultation()),
        phase=open_phase(consultation().phases, Right.SUBMIT),
    )
    return page, status


def _keeps_on_device(row: BegunText) -> bool:
    """Tell whether the browser may keep what could not be sent: never where others use the device."""
    here = actor().sign_in
    return not row.answers.get(SHARED) and (here is None or not on_shared_device(here))


def _set_cookie(response: Response, token: str, *, shared: bool) -> None:
    response.set_cookie(
        begun_cookie_name(),
        token,
        max_age=None if shared else int(KEPT_FOR.total_seconds()),
        secure=not settings().insecure_http,
        httponly=True,
        samesite="Lax",
        path="/",
    )


def _without_cookie(response: Response) -> Response:
    response.delete_cookie(
        begun_cookie_name(), path="/", secure=not settings().insecure_http, httponly=True, samesite="Lax"
    )
    return response
