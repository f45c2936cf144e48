"""The reviewers' desk: one's own texts, one text to judge, an interest, and the discussion once one has handed in."""

from __future__ import annotations

import uuid
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from consult.db import session
from consult.errors import Conflict, NotFound, Rejected
from consult.i18n import N_
from consult.peer_review.criteria import criteria_of
from consult.peer_review.earlier import earlier_of
from consult.peer_review.interest_queries import own_interests
from consult.peer_review.models import Assessment, EarlierAssessment, Reviewer
from consult.peer_review.queries import Task, next_task, progress_of, reviewer_here, task_on, tasks_page
from consult.peer_review.services import add_note, declare_interest, hand_in_assessment, save_assessment
from consult.submissions.models import Submission
from consult.submissions.tracks import track_label
from consult.web.forms import say
from consult.web.guards import requires, visible
from consult.web.peer_review.blueprint import blueprint
from consult.web.peer_review.forms import (
    InterestForm,
    NoteForm,
    assessment_draft,
    assessment_form,
    score_field,
    wants_next,
)
from consult.web.peer_review.shown import results_shown, served_document, text_shown, today
from consult.web.submissions import language_name
from consult.web.visitor import actor, consultation


def reviewer() -> Reviewer:
    """Return the visitor as a reviewer of the consultation; NotFound for everybody else."""
    row: Reviewer = visible("peer_review.assess", reviewer_here(consultation().id, actor().person))
    return row


def _given(number: str) -> tuple[Task, Submission]:
    """Return the visitor's task on a text; NotFound for everybody else, and once the text moved on."""
    found = task_on(consultation().id, actor().person, number)
    if found is None:
        raise NotFound
    visible("peer_review.assess", session.get_one(Reviewer, found[0].reviewer))
    return found


@blueprint.get("/c/<slug>/peer-review/")
@requires("peer_review.enter")
def mine() -> str:
    """Show one's progress and texts: those to judge, or those handed in."""
    reviewer()
    here, person, done = consultation(), actor().person, request.args.get("done") == "yes"
    page = tasks_page(here.id, person, done=done, after=request.args.get("after", "")[:40])
    chosen: dict[str, Any] = {"done": "yes"} if done else {}
    return render_template(
        "peer_review/mine.html",
        done=done,
        kept_away=bool(own_interests(here.id, person)),
        progress=progress_of(here.id, person, today()),
        today=today(),
        rows=page.rows,
        older=url_for("peer_review.mine", **chosen, after=page.older) if page.older else None,
        language_name=language_name,
        track_label=track_label,
    )


@blueprint.get("/c/<slug>/peer-review/next/")
@requires("peer_review.enter")
def next_text() -> Response:
    """Go to the next text that one has to judge, or back to the list once there is none."""
    reviewer()
    number = next_task(consultation().id, actor().person, request.args.get("after", "")[:40])
    return redirect(url_for("peer_review.text", number=number) if number else url_for("peer_review.mine"), 303)


@blueprint.route("/c/<slug>/peer-review/texts/<number>/", methods=["GET", "POST"])
@requires("peer_review.enter")
def text(number: str) -> str | Response | tuple[str, int]:
    """Judge a text: save and stay, or hand in and go to the next; afterwards, read what the others found."""
    task, row = _given(number)
    if task.handed_in_at is not None:
        return _handed_in(task, row, NoteForm(revision=str(row.revision)))
    criteria, kept = criteria_of(row.consultation_id, row.track), session.get_one(Assessment, task.id)
    form = assessment_form(criteria, kept)
    if not form.is_submitted():
        return _page(task, row, form)
    if not form.validate():
        return _page(task, row, form), 422
    save, whole = save_assessment, request.form.get("then") in ("next", "done")
    try:
        (hand_in_assessment if whole else save)(assessment_draft(form, criteria), assessment=task.id, actor=actor())
    except Rejected as error:
        form.take(error)
        return _page(task, row, form), 422
    except Conflict as error:
        return _moved_on(number, form, error), 409
    flash(say(N_("Your assessment of %(number)s is handed in.", number=number) if whole else N_("Saved.")), "ok")
    if wants_next():
        return redirect(url_for("peer_review.next_text", after=number), 303)
    return redirect(url_for("peer_review.text", number=number), 303)


def _page(task: Task, row: Submission, form: Any, beside: Assessment | None = None) -> str:
    return render_template(
        "peer_review/text.html",
        **_text(row),
        task=task,
        today=today(),
        form=form,
        beside=beside,
        open_again=_opened_again(task),
        criteria=[(one, score_field(one.key)) for one in criteria_of(row.consultation_id, row.track)],
        later=_later(row.number),
    )


def _opened_again(task: Task) -> EarlierAssessment | None:
    """Return what the visitor had handed in before an organiser opened it again."""
    row = session.get_one(Assessment, task.id)
    earlier = earlier_of([row.submission_id]).get((row.submission_id, row.revision, row.reviewer_id))
    return earlier[0] if earlier else None


def _text(row: Submission) -> dict[str, Any]:
    return text_shown(row, lambda one: url_for("peer_review.document", number=row.number, document=one))


def _moved_on(number: str, form: Any, error: Conflict) -> str:
    """Show what was typed again, beside what was saved meanwhile; saving once more then writes over it knowingly."""
    found = task_on(consultation().id, actor().person, number)
    if found is None or found[0].handed_in_at is not None:
        raise error
    kept = session.get_one(Assessment, found[0].id)
    form.problems.append(say(error.message))
    form.version.data, form.version.raw_data = str(kept.version), None
    return _page(*found, form, beside=kept)


def _later(number: str) -> str | None:
    after = next_task(consultation().id, actor().person, number)
    return url_for("peer_review.text", number=after) if after and after != number else None


def _handed_in(task: Task, row: Submission, form: NoteForm) -> str:
    return render_template(
        "peer_review/found.html",
        **_text(row),
        **results_shown(row),
        task=task,
        form=form,
        mine=session.get_one(Assessment, task.id).letter,
        later=_later(row.number),
    )


@blueprint.post("/c/<slug>/peer-review/texts/<number>/notes/")
@requires("peer_review.enter")
def note(number: str) -> str | Response | tuple[str, int]:
    """Say something to those who judge the text too."""
    task, row = _given(number)
    if task.handed_in_at is None:
        raise NotFound
    form = NoteForm()
    if not form.validate_on_submit():
        return _handed_in(task, row, form), 422
    try:
        add_note(form.draft(), submission=row, actor=actor())
    except Rejected as error:
        form.take(error)
        return _handed_in(task, row, form), 422
    return redirect(url_for("peer_review.text", number=number, _anchor="discussion"), 303)


@blueprint.route("/c/<slug>/peer-review/texts/<number>/interest/", methods=["GET", "POST"])
@requires("peer_review.enter")
def interest(number: str) -> str | Response | tuple[str, int]:
    """Ask why, then keep the visitor away from the text for good."""
    _, row = _given(number)
    form = InterestForm()
    if not form.is_submitted():
        return _interest_page(row, form)
    try:
        if form.validate():
            declare_interest(form.kind.data or "", submission=row, actor=actor())
            flash(say(N_("You keep away from %(number)s from now on.", number=number)), "ok")
            return redirect(url_for("peer_review.next_text", after=number), 303)
    except Rejected as error:
        form.take(error)
    return _interest_page(row, form), 422


def _interest_page(row: Submission, form: InterestForm) -> str:
    return render_template(
        "peer_review/interest.html",
        row=row,
        form=form,
        action=url_for("peer_review.interest", number=row.number),
        back=url_for("peer_review.text", number=row.number),
    )


@blueprint.get("/c/<slug>/peer-review/texts/<number>/documents/<uuid:document>/")
@requires("peer_review.enter")
def document(number: str, document: uuid.UUID) -> Any:
    """Give a file of a text that one judges, under a name that tells nobody's."""
    return served_document(_given(number)[1], document)
