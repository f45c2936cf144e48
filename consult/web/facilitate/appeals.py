"""Appeals of authors: those that the visitor may decide, and one of them with the text, the decision and the reasons."""

from __future__ import annotations

import uuid

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from consult import clock
from consult.db import session
from consult.errors import NotFound, Rejected
from consult.i18n import N_
from consult.submissions.models import Appeal, Submission
from consult.submissions.reading import whole_submission
from consult.submissions.review.appeal_queries import appeal_by_id, appeals_for, case_of
from consult.submissions.review.appeals import Verdict, decide_appeal
from consult.submissions.review.grounds import grounds_for
from consult.submissions.states import AFTER_APPEAL, DECISION_LABELS, AppealState, Decision
from consult.submissions.tracks import questions_of, track_label
from consult.web.facilitate.blueprint import blueprint
from consult.web.forms import L_, Form, RadioField, SelectField, TextAreaField, clean_text, say
from consult.web.guards import requires, visible
from consult.web.submissions import ground_label, language_name, shown_answers, signature
from consult.web.visitor import actor, consultation

CHOICES = {
    Decision.UPHOLD: N_("The decision stands"),
    Decision.OVERTURN: N_("The decision is overturned"),
}
HINTS = {
    Decision.UPHOLD: N_("Nothing changes for the text."),
    Decision.OVERTURN: N_("The text is accepted, and everybody can read it."),
}


class VerdictForm(Form):
    """What is decided on an appeal."""

    outcome = RadioField(L_("Your decision"), validate_choice=False)
    ground = SelectField(L_("Ground, shown in public"), validate_choice=False)
    words = TextAreaField(L_("To the author"), filters=[clean_text])


@blueprint.get("/c/<slug>/appeals/")
@requires("appeal.list")
def appeals() -> str:
    """Show the appeals that wait for somebody like the visitor, the most urgent first."""
    page = appeals_for(actor(), consultation().id, after=request.args.get("after", ""))
    return render_template(
        "facilitate/appeals.html",
        rows=page.rows,
        older=url_for("facilitate.appeals", after=page.older) if page.older else None,
        now=clock.now(),
        labels=DECISION_LABELS,
        ground_label=ground_label,
        track_label=track_label,
    )


@blueprint.route("/c/<slug>/appeals/<uuid:appeal>/", methods=["GET", "POST"])
@requires("appeal.list")
def appeal(appeal: uuid.UUID) -> str | Response | tuple[str, int]:
    """Show an appeal with all that is needed to decide it, and take the decision."""
    row = appeal_by_id(consultation().id, appeal)
    if row is None:
        raise NotFound
    if request.method == "POST" and row.decided_by is not None and row.decided_by == actor().person:
        return redirect(url_for("facilitate.appeals"), 303)  # pressed twice
    visible("appeal.decide", case_of(row))
    form = _form()
    if not form.is_submitted():
        return _page(row, form)
    try:
        if not form.validate():
            return _page(row, form), 422
        verdict = Verdict(form.outcome.data or "", form.ground.data or "", form.words.data or "")
        decide_appeal(row, verdict, actor=actor())
    except Rejected as refused:
        form.take(refused)
        return _page(row, form), 422
    flash(say(N_("Recorded. The author is told.")), "ok")
    return redirect(url_for("facilitate.appeals"), 303)


def _form() -> VerdictForm:
    form = VerdictForm()
    form.outcome.choices = [(decision.value, say(CHOICES[decision])) for decision in AFTER_APPEAL]
    grounds = grounds_for(AFTER_APPEAL, consultation())
    form.ground.choices = {"": say(N_("Choose a ground"))} | {key: say(label) for key, label in grounds.items()}
    return form


def _page(row: Appeal, form: VerdictForm) -> str:
    whole = whole_submission(consultation().id, session.get_one(Submission, row.submission_id).number)
    text: Submission = visible("submission.read", whole.row if whole else None)
    if whole is None:
        raise NotFound
    return render_template(
        "facilitate/appeal.html",
        appeal=row,
        is_open=row.state == AppealState.OPEN,
        whole=whole,
        row=text,
        form=form,
        hints={decision.value: say(hint) for decision, hint in HINTS.items()},
        who=signature(text.author, text.withheld, whole.body),
        track=track_label(text.track),
        language_name=language_name(text.language),
        answers=shown_answers(
            questions_of(consultation(), text.track, text.questionnaire_id), text.answers, text.language
        ),
        labels=DECISION_LABELS,
        ground_label=ground_label,
    )
