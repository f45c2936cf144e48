"""Naming who leads for a body whose lead cannot sign in."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from consult.consultations.names import public_names
from consult.errors import NotFound, Rejected
from consult.i18n import LANGUAGES, N_
from consult.submissions.offices.leading import LeadDraft, lacks_lead, name_lead, who_can_sign_in
from consult.submissions.offices.queries import alike, member_by_number
from consult.submissions.offices.sign_off import rule_for
from consult.submissions.tracks import track_label
from consult.web.forms import L_, Form, RadioField, SelectField, TextAreaField, clean_text, say
from consult.web.guards import requires
from consult.web.language import current_language
from consult.web.organise.blueprint import blueprint
from consult.web.proof import posted, recently_proven
from consult.web.visitor import actor, consultation


class LeadForm(Form):
    """Who leads from now on, and why an organiser says so."""

    lead = RadioField(L_("Who leads?"), validate_choice=False)
    reason = TextAreaField(
        L_("Why"), description=L_("The members of the body read it, and nobody else."), filters=[clean_text]
    )
    language = SelectField(
        L_("Language of the reason"), choices={code: one.name for code, one in LANGUAGES.items()}, validate_choice=False
    )


@blueprint.route("/c/<slug>/organise/people/<int:number>/lead/", methods=["GET", "POST"])
@requires("consultation.organise")
@recently_proven(when=posted)
def name_body_lead(number: int) -> str | Response | tuple[str, int]:
    """Name who leads for the body of a member, where its lead cannot sign in."""
    here, row = consultation(), member_by_number(consultation().id, number)
    if row is None or (rule := rule_for(row, here)) is None:
        raise NotFound
    form = LeadForm(language=current_language().code)
    offered = alike(rule.members, row)
    form.lead.choices = _able(offered)
    if form.is_submitted() and form.validate():
        draft = LeadDraft(_chosen(form.lead.data, offered), form.reason.data or "", form.language.data or "")
        try:
            name_lead(draft, member=row, consultation=here, actor=actor())
        except Rejected as refused:
            form.take(refused)
        else:
            flash(say(N_("Recorded. The members of the body are told.")), "ok")
            return redirect(url_for("take_part.office_rule", number=number), 303)
    page = render_template(
        "organise/name_lead.html",
        form=form,
        number=number,
        body=public_names([row.id])[row.id].official,
        track=track_label(row.track),
        lacking=lacks_lead(rule),
    )
    return page, 422 if form.is_submitted() else 200


def _able(offered: Sequence[uuid.UUID]) -> dict[str, str]:
    able = who_can_sign_in(offered)
    names = public_names(able)
    return {str(member): say(names[member].who) for member in offered if member in able}


def _chosen(text: str | None, offered: Sequence[uuid.UUID]) -> uuid.UUID | None:
    return next((member for member in offered if str(member) == text), None)
