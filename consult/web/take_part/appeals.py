"""An author's appeal against what a moderator decided on their text."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from consult.errors import Conflict, NotFound, Problem, Rejected
from consult.i18n import N_
from consult.submissions.reading import whole_submission
from consult.submissions.review.appeal_queries import Standing, standing_of
from consult.submissions.review.appeals import AppealDraft
from consult.submissions.review.appeals import appeal as make_appeal
from consult.submissions.review.grounds import answer_days
from consult.web.forms import L_, Form, HiddenField, TextAreaField, clean_text, say, sent_id
from consult.web.guards import requires
from consult.web.language import current_language
from consult.web.submissions import ground_label, submission_here
from consult.web.take_part.blueprint import blueprint
from consult.web.visitor import actor, consultation


class AppealForm(Form):
    """Why the decision is wrong; `decision` is the one that was read."""

    reason = TextAreaField(L_("Why is the decision wrong?"), filters=[clean_text])
    decision = HiddenField()


@blueprint.route("/c/<slug>/submissions/<number>/appeal/", methods=["GET", "POST"])
@requires("submission.write")
def appeal(number: str) -> str | Response | tuple[str, int]:
    """Show the decision once more and take the author's reasons."""
    row = submission_here(number, "submission.own")
    standing = standing_of(row)
    if standing is None or (standing.until is None and standing.appeal is None):
        raise NotFound
    if standing.appeal is not None:
        return redirect(url_for("public.submission", number=number), 303)
    form = AppealForm(decision=str(standing.decision))
    if not form.is_submitted():
        return _page(number, standing, form)
    if not form.validate():
        return _page(number, standing, form), 422
    draft = AppealDraft(sent_id(form.decision.data), form.reason.data or "", current_language().code)
    try:
        make_appeal(draft, submission=row, actor=actor())
    except Rejected as refused:
        form.take(refused)
        return _page(number, standing, form), 422
    except Conflict as moved:
        form.add(Problem("", moved.message))
        form.decision.data = str(standing.decision)  # which the page shows now: the next press is about that one
        return _page(number, standing, form), 409
    flash(say(N_("Your appeal is handed in. Somebody else reads it, and you are told how it ends.")), "ok")
    return redirect(url_for("public.submission", number=number), 303)


def _page(number: str, standing: Standing, form: AppealForm) -> str:
    whole = whole_submission(consultation().id, number)
    if whole is None or whole.latest_decision is None:
        raise NotFound
    return render_template(
        "take_part/appeal.html",
        row=whole.row,
        decision=whole.latest_decision,
        ground_label=ground_label,
        standing=standing,
        form=form,
        days=answer_days(consultation()),
    )
