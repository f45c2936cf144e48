"""One's own desk: what one reads and when one is away; taking a text over and handing it on."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from consult.accounts.access import demand
from consult.errors import NotFound, Rejected
from consult.i18n import N_
from consult.submissions.models import Submission
from consult.submissions.queries import submission_by_number
from consult.submissions.review.desks import (
    DeskDraft,
    away_until,
    desk_of,
    hand_on,
    may_be_handed,
    set_desk,
    take_over,
)
from consult.web.facilitate.blueprint import blueprint
from consult.web.forms import (
    L_,
    DayField,
    Form,
    SelectField,
    SelectMultipleField,
    say,
    sent_id,
)
from consult.web.guards import requires, visible
from consult.web.visitor import actor, consultation
from consult.web.working_languages import offered_languages


class DeskForm(Form):
    """Languages that one reads, and until when one is away."""

    languages = SelectMultipleField(
        L_("Languages that I read"), choices=lambda: list(offered_languages().items()), validate_choice=False
    )
    away_until = DayField(L_("I am away until"))


class HandForm(Form):
    """To whom a text is handed on."""

    to = SelectField(L_("Hand it on to"), validate_choice=False)


@blueprint.route("/c/<slug>/review/desk/", methods=["GET", "POST"])
@requires("submission.review")
def desk() -> str | Response | tuple[str, int]:
    """Say what one reads and when one is away."""
    here, form = consultation(), DeskForm()
    if not form.is_submitted():
        row = desk_of(here.id, actor().person)
        if row is not None:
            day = away_until(row.back_at, here)
            form.languages.data, form.away_until.data = row.languages, day.isoformat() if day else ""
        return render_template("facilitate/desk.html", form=form)
    try:
        with form.whole():
            set_desk(DeskDraft(form.languages.data or [], form.away_until.day), consultation=here, actor=actor())
    except Rejected as refused:
        form.take(refused)
        return render_template("facilitate/desk.html", form=form), 422
    flash(say(N_("Your desk is set. Texts are shared out by it from now on.")), "ok")
    return redirect(url_for("facilitate.queue"), 303)


@blueprint.post("/c/<slug>/review/<number>/take")
@requires("submission.review")
def take_text(number: str) -> Response:
    """Take a text to one's own desk."""
    row = _waiting(number)
    back = take_over(row, actor=actor())
    flash(say(N_("It is on your desk, and you are back.") if back else N_("It is on your desk.")), "ok")
    return redirect(url_for("facilitate.review", number=number), 303)


@blueprint.route("/c/<slug>/review/<number>/hand-on", methods=["GET", "POST"])
@requires("submission.review")
def hand_text_on(number: str) -> str | Response | tuple[str, int]:
    """Hand a text on to another moderator."""
    here, row, form = consultation(), _waiting(number), HandForm()
    demand(actor(), "submission.review", row)
    others = [one for one in may_be_handed(row, here) if one.person != actor().person]
    form.to.choices = [("", say(N_("Choose a moderator")))] + [
        (str(one.person), say(N_("%(name)s (%(count)s open)", name=one.name, count=one.open))) for one in others
    ]
    if not form.is_submitted():
        return render_template("facilitate/hand_on.html", form=form, row=row, others=others)
    try:
        if form.validate():
            hand_on(row, sent_id(form.to.data), consultation=here, actor=actor())
            flash(say(N_("It is handed on.")), "ok")
            return redirect(url_for("facilitate.queue"), 303)
    except Rejected as refused:
        form.take(refused)
    return render_template("facilitate/hand_on.html", form=form, row=row, others=others), 422


def _waiting(number: str) -> Submission:
    row = submission_by_number(consultation().id, number)
    visible("submission.revisions", row)
    if row is None:
        raise NotFound
    return row
