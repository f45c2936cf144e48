"""Official responses as organisers see them: whom they asked, who has not responded, and what came by letter."""

from __future__ import annotations

import uuid

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from consult import clock
from consult.db import as_id, session
from consult.errors import Conflict, NotFound, Problem, Rejected
from consult.i18n import N_
from consult.recommendations.response_kinds import RESPONSE_LABELS
from consult.recommendations.response_models import OfficialResponse
from consult.recommendations.response_queries import asked_responses, response_line
from consult.recommendations.responses import (
    RequestDraft,
    ask_response,
    drop_request,
    enter_response,
    is_represented,
)
from consult.typed_numbers import as_number
from consult.web.forms import L_, DayField, Form, SelectField, StringField, clean_line, latin_digits, say
from consult.web.guards import requires, visible
from consult.web.language import current_language
from consult.web.offered import bodies_to_ask, bodies_to_carry_out
from consult.web.organise.blueprint import blueprint
from consult.web.responses import RESPONSE_TAGS, response_form
from consult.web.visitor import actor, consultation

Answer = str | Response | tuple[str, int]


class RequestForm(Form):
    """Whom to ask, about what, until when."""

    body = SelectField(L_("Which body?"), validate_choice=False)
    about = StringField(
        L_("About what?"),
        description=L_("The number of a recommendation, or the receipt number of a submission."),
        filters=[clean_line, latin_digits],
    )
    due = DayField(L_("Last day"), description=L_("Its members are told now, and reminded a week before."))

    def draft(self) -> RequestDraft:
        """Return what was filled in."""
        about = (self.about.data or "").upper()
        number = as_number(about, None)
        return RequestDraft(self.body.data or "", self.due.day, number, "" if number is not None else about)


@blueprint.route("/c/<slug>/organise/responses/", methods=["GET", "POST"])
@requires("response.ask")
def responses() -> Answer:
    """Show which bodies were asked and have not responded, or what they responded; a POST asks one more."""
    waiting = request.args.get("list") != "published"
    form, status = RequestForm(about=request.args.get("about", "")[:40]), 200
    institutions, (taking_part, q) = bodies_to_carry_out(), bodies_to_ask()
    offered = {line.key: say(line.names) for line in (*institutions.lines, *taking_part.lines)}
    form.body.choices = [("", say(N_("Choose a body"))), *offered.items()]
    if form.is_submitted():
        try:
            with form.whole():
                ask_response(form.draft(), consultation=consultation(), actor=actor())
            flash(say(N_("The body is asked. Where somebody takes part for it, they are told.")), "ok")
            return redirect(url_for("organise.responses"), 303)
        except Rejected as refused:
            form.take(refused)
            status = 422
    rows, after = asked_responses(consultation().id, waiting=waiting, after=as_id(request.args.get("after")))
    page = render_template(
        "organise/responses.html",
        form=form,
        rows=rows,
        older=url_for("organise.responses", list=None if waiting else "published", after=after) if after else None,
        waiting=waiting,
        today=clock.now().date(),
        labels=RESPONSE_LABELS,
        tags=RESPONSE_TAGS,
        q=q,
        more=institutions.after or taking_part.after,
    )
    return page, status


def _here(response: uuid.UUID) -> OfficialResponse:
    row: OfficialResponse = visible("response.enter", session.get(OfficialResponse, response))
    if row.consultation_id != consultation().id:
        raise NotFound
    return row


@blueprint.route("/c/<slug>/organise/responses/<uuid:response>/", methods=["GET", "POST"])
@requires("response.ask")
def response(response: uuid.UUID) -> Answer:
    """Show one request; a POST enters what came by letter, where nobody takes part for the body."""
    row = _here(response)
    form, status = response_form(row, current_language().code), 200
    if form.is_submitted():
        try:
            with form.whole():
                enter_response(form.draft(), response=row, actor=actor())
            flash(say(N_("The response is published.")), "ok")
            return redirect(url_for("organise.response", response=row.id), 303)
        except Rejected as refused:
            form.take(refused)
            status = 422
        except Conflict as error:
            form.add(Problem("", error.message))
            status = 409
    page = render_template(
        "organise/response.html",
        row=row,
        line=response_line(row.id),
        form=form,
        represented=is_represented(row),
        labels=RESPONSE_LABELS,
        tags=RESPONSE_TAGS,
    )
    return page, status


@blueprint.post("/c/<slug>/organise/responses/<uuid:response>/drop")
@requires("response.ask")
def drop_response(response: uuid.UUID) -> Response:
    """Take a request back."""
    try:
        drop_request(_here(response), actor=actor())
        flash(say(N_("The body is no longer asked.")), "ok")
    except Conflict as error:
        flash(say(error.message), "no")
    return redirect(url_for("organise.responses"), 303)
