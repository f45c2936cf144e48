"""The end of a body: first what is to happen, then what follows from it, then it happens; and an end that was a mistake is undone."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace

from flask import render_template, request
from werkzeug.wrappers import Response

from consult.accounts.bodies.ending import EndDraft, checked_end, followers, mandates_that_stay, standing_end
from consult.accounts.models import Body
from consult.consultations.names import public_names
from consult.consultations.winding.unwinding import undoings
from consult.consultations.winding.winding_up import ELSEWHERE, may_decide, may_settle, stakes_of
from consult.errors import Conflict, Rejected
from consult.i18n import N_
from consult.recommendations.winding_up import undo_winding_up, wind_up
from consult.submissions.tracks import track_label
from consult.web.administer.blueprint import blueprint
from consult.web.administer.bodies import body_of, done, in_force
from consult.web.administer.body_forms import EndForm, UndoForm, today, wind_up_form
from consult.web.guards import requires
from consult.web.language import current_language
from consult.web.proof import recently_proven
from consult.web.visitor import actor


@blueprint.route("/administer/bodies/<uuid:body>/end/", methods=["GET", "POST"])
@requires("body.register")
@recently_proven()
def body_end(body: uuid.UUID) -> str | Response | tuple[str, int]:
    """End a body, followed by nobody, one or several: the first of two pages."""
    row = in_force(body)
    form = EndForm(since=today())
    if form.is_submitted():
        draft = form.draft()
        try:
            with form.whole():
                successors = checked_end(draft, row)
            return _what_follows(row, form, draft, successors)
        except Rejected as refused:
            form.take(refused)
    page = render_template("administer/body_end.html", form=form, row=row)
    return page, 422 if form.is_submitted() else 200


def _what_follows(
    row: Body, form: EndForm, draft: EndDraft, successors: Sequence[Body]
) -> str | Response | tuple[str, int]:
    """Show what follows from the end and ask what becomes of seats and members; where that was sent, end the body."""
    stakes, sent = stakes_of(row.id), request.form.get("then") == "end"
    elsewhere = not all(may_settle(stake, actor()) for stake in stakes)
    decisions = wind_up_form([] if elsewhere else stakes, successors, sent=sent)
    if sent:
        heir = (decisions.mandates_to.data or "") if "mandates_to" in decisions else ""
        try:
            decided = decisions.decided([] if elsewhere else stakes)
            wind_up(replace(draft, mandates_to=heir), decided, body=row.id, actor=actor())
            return done(row, N_("The body has ended. What it was and did stays under its name."))
        except Rejected as refused:
            if not {problem.field for problem in refused.problems} <= set(decisions.data):
                raise
            decisions.take(refused)
    page = render_template(
        "administer/body_end_confirm.html",
        form=form,
        row=row,
        successors=successors,
        stakes=[] if elsewhere else stakes,
        decisions=decisions,
        elsewhere=ELSEWHERE if elsewhere else None,
        names=public_names(member.id for stake in stakes for member in stake.members),
    )
    return (page, 422) if sent else page


@blueprint.route("/administer/bodies/<uuid:body>/undo-end/", methods=["GET", "POST"])
@requires("body.register")
@recently_proven()
def body_undo(body: uuid.UUID) -> str | Response | tuple[str, int]:
    """Take back an end that was a mistake, after saying what comes back with it and what does not."""
    row = body_of(body)
    end, form = standing_end(row.id), UndoForm(language=current_language().code)
    if end is None:
        raise Conflict(N_("This body has not ended."))
    if form.validate_on_submit():
        try:
            undo_winding_up(form.draft(), body=row.id, actor=actor())
            return done(row, N_("The end was undone: the body is there again."))
        except Rejected as refused:
            form.take(refused)
    found = undoings(row.id)
    elsewhere = not all(may_decide(one.consultation, actor()) for one in found)
    page = render_template(
        "administer/body_undo.html",
        form=form,
        row=row,
        end=end,
        successors=followers(row.id),
        staying=mandates_that_stay(end),
        found=[] if elsewhere else found,
        names={} if elsewhere else public_names(member.id for one in found for member, _ in one.members),
        track_label=track_label,
        elsewhere=ELSEWHERE if elsewhere else None,
    )
    return page, 422 if form.is_submitted() else 200
