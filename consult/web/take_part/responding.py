"""Responding officially for one's body: the words, then the yes of whoever its rule asks for."""

from __future__ import annotations

import uuid

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from consult.db import session
from consult.errors import Conflict, NotFound, Problem, Rejected
from consult.i18n import N_
from consult.recommendations.response_kinds import RESPONSE_LABELS
from consult.recommendations.response_models import OfficialResponse
from consult.recommendations.response_queries import response_line
from consult.recommendations.responses import digest_of, membership_for, sign_response, write_response
from consult.submissions.offices.sign_off import rule_of, signers_of
from consult.submissions.offices.sign_off_rules import LEVEL_LABELS, missing
from consult.web.forms import say
from consult.web.guards import requires, visible
from consult.web.language import current_language
from consult.web.proof import IN_THE_HALL, recently_proven
from consult.web.responses import RESPONSE_TAGS, SAVED, ResponseForm, response_form
from consult.web.take_part.blueprint import blueprint
from consult.web.visitor import actor, consultation

Answer = str | Response | tuple[str, int]


def _asked(response: uuid.UUID) -> OfficialResponse:
    row: OfficialResponse = visible("response.write", session.get(OfficialResponse, response))
    if row.consultation_id != consultation().id:
        raise NotFound
    return row


@blueprint.route("/c/<slug>/responses/<uuid:response>/", methods=["GET", "POST"])
@requires("submission.write")
def respond(response: uuid.UUID) -> Answer:
    """Write the response of one's body, and see whose yes it waits for."""
    row = _asked(response)
    form, status = response_form(row, current_language().code), 200
    if form.is_submitted():
        try:
            form.validate()
            write_response(form.draft(), response=row, actor=actor())
            flash(say(SAVED), "ok")
            return redirect(url_for("take_part.respond", response=row.id), 303)
        except Rejected as refused:
            form.take(refused)
            status = 422
        except Conflict as error:
            form.add(Problem("", error.message))
            form.version.data = str(row.version)
            status = 409
    return _page(row, form), status


def _page(row: OfficialResponse, form: ResponseForm) -> str:
    me, digest = membership_for(row, actor()), digest_of(row)
    rule = rule_of(consultation(), row.body_id, me.track)
    signed = signers_of([row.id], {row.id: digest}).get(row.id, {})
    return render_template(
        "take_part/respond.html",
        row=row,
        line=response_line(row.id),
        form=form,
        digest=digest,
        level=LEVEL_LABELS[rule.level],
        lacking=list(missing(rule, signed.keys())),
        mine=me.member in signed,
        labels=RESPONSE_LABELS,
        tags=RESPONSE_TAGS,
    )


@blueprint.post("/c/<slug>/responses/<uuid:response>/sign")
@requires("submission.write")
@recently_proven(IN_THE_HALL)
def sign_response_off(response: uuid.UUID) -> Response:
    """Say yes to the words that the page showed."""
    try:
        row = sign_response(_asked(response), request.form.get("digest", ""), actor=actor())
        done = N_("The response of your body is published.") if row.published_at else N_("Your yes is noted.")
        flash(say(done), "ok")
    except Conflict as error:
        flash(say(error.message), "no")
    return redirect(url_for("take_part.respond", response=response), 303)
