"""What whoever has a receipt does with it: read what became of the text, and take it over with an account."""

from __future__ import annotations

from flask import flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from consult.db import session
from consult.errors import Conflict, Problem, Rejected, TooManyTries
from consult.i18n import N_
from consult.outcomes.letters import letter_of
from consult.paper.models import Sheet
from consult.paper.numbers import printed_number
from consult.paper.queries import decision_on
from consult.paper.receipts import claim, sheet_of_receipt
from consult.paper.states import SHEET_LABELS, SheetState
from consult.submissions.models import Submission
from consult.submissions.states import STATE_LABELS, SubmissionState
from consult.web.answer_letters import sheet_of
from consult.web.forms import L_, Form, StringField, say
from consult.web.guards import requires
from consult.web.language import current_language
from consult.web.paper.blueprint import blueprint
from consult.web.paper.desk import TAGS
from consult.web.security_log import note_refusal
from consult.web.submissions import STATE_TAGS, ground_label
from consult.web.visitor import actor, consultation

PLAIN = {"spellcheck": "false", "autocapitalize": "characters", "autocomplete": "off"}


class ReceiptForm(Form):
    """Number and code of a receipt."""

    number = StringField(
        L_("Number of the sheet"), description=L_("Five digits and a letter, for example 00412-D."), render_kw=PLAIN
    )
    code = StringField(
        L_("Code"),
        description=L_("Three groups of four letters and digits. Spaces and small letters make no difference."),
        render_kw=PLAIN,
    )


@blueprint.route("/c/<slug>/receipt/", methods=["GET", "POST"])
@requires("public.read")
def receipt() -> Response:
    """Ask for number and code, and show what became of the sheet; nothing of it stands in the address."""
    form = ReceiptForm()
    if not form.is_submitted():
        return _page(form)
    try:
        if not form.validate():
            return _page(form, status=422)
        found = sheet_of_receipt(
            form.number.data or "", form.code.data or "", consultation=consultation(), origin=request.remote_addr or ""
        )
    except Rejected as refused:
        note_refusal("receipt code")
        form.take(refused)
        return _page(form, status=422)
    except TooManyTries as waiting:
        note_refusal("too many tries")
        form.add(Problem("", waiting.message))
        return _page(form, status=429)
    return _page(form, found)


@blueprint.post("/c/<slug>/receipt/claim/")
@requires("account.use")
def claim_text() -> Response:
    """Take the text of a receipt over."""
    form = ReceiptForm()
    try:
        row = claim(
            form.number.data or "",
            form.code.data or "",
            consultation=consultation(),
            actor=actor(),
            origin=request.remote_addr or "",
        )
    except Rejected as refused:
        note_refusal("receipt code")
        form.take(refused)
        return _page(form, status=422)
    except (Conflict, TooManyTries) as refused:
        form.add(Problem("", refused.message))
        return _page(form, status=429 if isinstance(refused, TooManyTries) else 409)
    flash(say(N_("The text is yours now. From here you follow it, correct it and withdraw it.")), "ok")
    return redirect(url_for("take_part.receipt", number=row.number), 303)


def _page(form: ReceiptForm, found: Sheet | None = None, *, status: int = 200) -> Response:
    row = session.get(Submission, found.submission_id) if found is not None and found.submission_id else None
    spoken_of = row is not None and row.state in (SubmissionState.RETURNED, SubmissionState.HIDDEN)
    decision = decision_on(row.id) if row is not None and spoken_of else None
    told = None
    letter = (
        letter_of(row, current_language().code) if row is not None and row.state != SubmissionState.WITHDRAWN else None
    )
    if row is not None:
        told = (STATE_LABELS[SubmissionState(row.state)], STATE_TAGS[row.state])
    elif found is not None:
        told = (SHEET_LABELS[SheetState(found.state)], TAGS[SheetState(found.state)])
    page = render_template(
        "paper/receipt.html",
        form=form,
        sheet=found,
        printed=printed_number(found.number) if found is not None else "",
        row=row,
        told=told,
        letter=sheet_of(letter, current_language().code) if letter is not None and letter.sent_at else None,
        public=row is not None and row.state == SubmissionState.ACCEPTED,
        ground=ground_label(decision.ground) if decision is not None and decision.ground else None,
        reason=decision.reason if decision is not None else "",
    )
    response: Response = make_response(page, status)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "same-origin"
    return response
