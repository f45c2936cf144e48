"""Who signs off the texts of a body: its lead sets it, or an organiser."""

from __future__ import annotations

import uuid

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from consult.consultations.models import Member
from consult.consultations.names import public_names
from consult.errors import NotFound, Rejected
from consult.i18n import N_
from consult.submissions.offices.leading import lacks_lead
from consult.submissions.offices.queries import alike, member_by_number
from consult.submissions.offices.sign_off import RuleDraft, rule_for, set_rule
from consult.submissions.offices.sign_off_rules import LEVEL_LABELS, Level, SignOffRule
from consult.submissions.tracks import track_label
from consult.web.forms import L_, Form, RadioField, SelectField, StringField, latin_digits, say, sent_version
from consult.web.guards import requires, visible
from consult.web.proof import posted, recently_proven
from consult.web.take_part.blueprint import blueprint
from consult.web.take_part.colleagues import colleagues
from consult.web.visitor import actor, consultation


class RuleForm(Form):
    """How a body signs off."""

    level = RadioField(L_("Who signs off before a text leaves?"), validate_choice=False)
    others = StringField(
        L_("How many other members, besides the lead?"),
        description=L_("Only where the lead and other members sign off."),
        filters=[latin_digits],
        render_kw={"inputmode": "numeric"},
    )
    lead = SelectField(L_("Who leads?"), validate_choice=False)


def _sent() -> bool:
    """Tell whether somebody who is signed in sends another rule: to everybody else there is nothing here."""
    return posted() and actor().signed_in


@blueprint.route("/c/<slug>/office/<int:number>/", methods=["GET", "POST"])
@requires("consultation.read")
@recently_proven(when=_sent)
def office_rule(number: int) -> Response | tuple[str, int]:
    """Set who signs off the texts of a member's body: its lead does, or an organiser."""
    here, row = consultation(), member_by_number(consultation().id, number)
    if row is None or (found := rule_for(row, here)) is None:
        raise NotFound
    rule: SignOffRule = visible("office.rule", found)
    form, status = _rule_form(rule, row), 200
    if form.is_submitted():
        try:
            form.validate()
            others = form.others.data or "0"
            lead = _chosen(form.lead.data or "", rule) if "lead" in form else rule.lead
            draft = RuleDraft(form.level.data or "", sent_version(others), lead)
            set_rule(draft, body=rule.body, track=rule.track, consultation=here, actor=actor())
            flash(say(N_("Saved. It holds for every text that is handed in from now on.")), "ok")
            return redirect(url_for("take_part.office_rule", number=number), 303)
        except Rejected as refused:
            form.take(refused)
            status = 422
    inside = any(actor().is_member(member) for member in rule.members)
    page = render_template(
        "take_part/office_rule.html",
        form=form,
        number=number,
        inside=inside,
        body=public_names([row.id])[row.id].official,
        track=track_label(row.track),
        lacking=not inside and lacks_lead(rule),
        least=LEVEL_LABELS[rule.least] if rule.least is not Level.MEMBER else None,
    )
    return page, status


def _rule_form(rule: SignOffRule, row: Member) -> RuleForm:
    form = RuleForm(data={"level": rule.level, "others": str(rule.others or ""), "lead": str(rule.lead or "")})
    order = list(Level)
    inside = any(actor().is_member(member) for member in rule.members)
    lowest = rule.least if inside else rule.level  # only the body itself lets fewer approve
    form.level.choices = {level.value: say(LEVEL_LABELS[level]) for level in order[order.index(lowest) :]}
    offered = rule.members if inside else alike(rule.members, row)
    names = colleagues(offered)
    form.lead.choices = {str(member): names[member] for member in offered}
    if rule.lead not in offered:
        del form.lead  # whoever leads stays, and is not told here
    return form


def _chosen(text: str, rule: SignOffRule) -> uuid.UUID | None:
    return next((member for member in rule.members if str(member) == text), None)
