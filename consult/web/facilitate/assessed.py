"""What reviewers found, for those who decide: the texts with mean and spread, one text whole, its discussion and its reviewers."""

from __future__ import annotations

import uuid
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from consult.accounts.access import allowed
from consult.accounts.clauses import permitted
from consult.errors import Conflict, NotFound, Rejected
from consult.i18n import N_
from consult.peer_review.criteria import criteria_of
from consult.peer_review.interest_queries import own_interests
from consult.peer_review.queries import judges, reviewers_of
from consult.peer_review.results import found_of, judged_texts
from consult.peer_review.services import add_note, declare_interest, give_review, reopen_assessment, take_back
from consult.peer_review.states import RECOMMENDATION_LABELS
from consult.submissions.models import Submission
from consult.submissions.states import decisions_on
from consult.submissions.tracks import track_label
from consult.typed_numbers import as_number
from consult.web.facilitate.blueprint import blueprint
from consult.web.forms import L_, Form, SelectField, say
from consult.web.guards import requires
from consult.web.peer_review.forms import InterestForm, NoteForm, because_form
from consult.web.peer_review.shown import RECOMMENDATION_TAGS, results_shown, text_shown, today
from consult.web.submissions import language_name, submission_here
from consult.web.visitor import actor, consultation


@blueprint.get("/c/<slug>/assessed/")
@requires("peer_review.results")
def assessed() -> str:
    """Show the texts that reviewers judge and nobody decided on, with mean and spread."""
    here = consultation()
    criteria = {row.key: criteria_of(here.id, row.key) for row in here.tracks}
    page = judged_texts(
        here.id,
        criteria,
        which=permitted(actor(), "peer_review.results", here.id),
        after=request.args.get("after", "")[:40],
    )
    return render_template(
        "peer_review/assessed.html",
        rows=page.rows,
        older=url_for("facilitate.assessed", after=page.older) if page.older else None,
        language_name=language_name,
        track_label=track_label,
        recommendation_tags=RECOMMENDATION_TAGS,
        recommendation_labels=RECOMMENDATION_LABELS,
        organises=allowed(actor(), "peer_review.organise", here),
        kept_away=bool(own_interests(here.id, actor().person)),
    )


class GiveForm(Form):
    """A reviewer who gets this text."""

    reviewer = SelectField(L_("Give it to another reviewer"), validate_choice=False)


@blueprint.get("/c/<slug>/assessed/<number>/")
@requires("peer_review.results")
def assessed_text(number: str) -> str:
    """Show what the reviewers of a text found, once the visitor has handed in if they are one of them."""
    row = submission_here(number, "peer_review.results")
    return _page(row, NoteForm(revision=str(row.revision)))


def _page(row: Submission, note: NoteForm, give: GiveForm | None = None) -> str:
    if judges(row, actor().person):
        return render_template("peer_review/first.html", row=row)
    organises = allowed(actor(), "peer_review.organise", consultation())
    give = give or GiveForm()
    there = [one for one in reviewers_of(consultation().id, today()) if one.track == row.track and not one.ended_at]
    give.reviewer.choices = [("", say(N_("Not chosen yet")))] + [(str(one.number), _called(one)) for one in there]
    return render_template(
        "peer_review/assessed_text.html",
        **text_shown(row, lambda one: url_for("public.document", document=one)),
        **results_shown(row),
        form=note,
        give=give if organises and there else None,
        organises=organises,
        today=today(),
        decides=allowed(actor(), "submission.review", row) and bool(decisions_on(row.state, look_over=row.look_over)),
    )


def _called(one: Any) -> str:
    return f"{say(N_('Reviewer %(number)s', number=one.number))}: {say(one.name)}"


@blueprint.post("/c/<slug>/assessed/<number>/notes/")
@requires("peer_review.results")
def assessed_note(number: str) -> str | Response | tuple[str, int]:
    """Say something to the reviewers of a text."""
    row, form = submission_here(number, "peer_review.results"), NoteForm()
    if judges(row, actor().person):
        raise NotFound
    if not form.validate_on_submit():
        return _page(row, form), 422
    try:
        add_note(form.draft(), submission=row, actor=actor())
    except Rejected as error:
        form.take(error)
        return _page(row, form), 422
    return redirect(url_for("facilitate.assessed_text", number=number, _anchor="discussion"), 303)


@blueprint.post("/c/<slug>/assessed/<number>/give/")
@requires("peer_review.organise")
def give_text(number: str) -> str | Response | tuple[str, int]:
    """Give a text to a reviewer by hand."""
    row, form = submission_here(number, "peer_review.results"), GiveForm()
    chosen = form.reviewer.data or ""
    if form.validate_on_submit():
        try:
            give_review(row, as_number(chosen, 0), due_on=None, actor=actor())
            flash(say(N_("It is given.")), "ok")
            return redirect(url_for("facilitate.assessed_text", number=number), 303)
        except Rejected as error:
            form.take(error)
    return _page(row, NoteForm(formdata=None, revision=str(row.revision)), form), 422


@blueprint.post("/c/<slug>/assessed/<number>/take-back/<uuid:assessment>/")
@requires("peer_review.organise")
def take_text_back(number: str, assessment: uuid.UUID) -> Response:
    """Take a text back from a reviewer who has not handed in."""
    submission_here(number, "peer_review.results")
    try:
        take_back(assessment, consultation=consultation(), actor=actor())
        flash(say(N_("It is taken back.")), "ok")
    except Conflict as error:
        flash(say(error.message), "no")
    return redirect(url_for("facilitate.assessed_text", number=number), 303)


@blueprint.route("/c/<slug>/assessed/<number>/reopen/<uuid:assessment>/", methods=["GET", "POST"])
@requires("peer_review.organise")
def reopen_text(number: str, assessment: uuid.UUID) -> str | Response | tuple[str, int]:
    """Ask why, then open an assessment again that was handed in."""
    row, form = submission_here(number, "peer_review.results"), because_form(L_("Reason"))
    one = next((one for one in found_of(row.id, row.revision) if one.id == assessment), None)
    if one is None or one.open_again or one.handed_in_at is None or judges(row, actor().person):
        raise NotFound
    status = 200
    if form.validate_on_submit():
        try:
            reopen_assessment(assessment, form.because.data or "", submission=row, actor=actor())
            flash(say(N_("It is open again. Its reviewer is told why.")), "ok")
            return redirect(url_for("facilitate.assessed_text", number=number), 303)
        except Rejected as error:
            form.take(error)
            status = 422
        except Conflict as error:
            form.problems.append(say(error.message))
            status = 409
    return render_template("peer_review/reopen.html", row=row, one=one, form=form), status


@blueprint.route("/c/<slug>/assessed/<number>/interest/", methods=["GET", "POST"])
@requires("peer_review.results")
def assessed_interest(number: str) -> str | Response | tuple[str, int]:
    """Ask why, then keep somebody who decides away from a text for good."""
    row, form = submission_here(number, "peer_review.results"), InterestForm()
    if not form.is_submitted():
        return _interest_page(row, form)
    try:
        if form.validate():
            declare_interest(form.kind.data or "", submission=row, actor=actor())
            flash(say(N_("You keep away from %(number)s from now on.", number=number)), "ok")
            return redirect(url_for("facilitate.queue" if _moderating() else "facilitate.assessed"), 303)
    except Rejected as error:
        form.take(error)
    return _interest_page(row, form), 422


def _moderating() -> bool:
    """Tell whether the visitor came from a text that waits for a moderator, and not from what reviewers found."""
    return request.args.get("from") == "review"


def _interest_page(row: Submission, form: InterestForm) -> str:
    came: dict[str, Any] = {"from": "review"} if _moderating() else {}
    back = "facilitate.review" if _moderating() else "facilitate.assessed_text"
    return render_template(
        "peer_review/interest.html",
        row=row,
        form=form,
        action=url_for("facilitate.assessed_interest", number=row.number, **came),
        back=url_for(back, number=row.number),
    )
