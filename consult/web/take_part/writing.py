"""Writing a submission: one thing a page, saved at every step, checked, handed in."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from consult.consultations.moderation import MODERATION_TOLD, Moderation
from consult.consultations.names import public_names
from consult.consultations.phases import Right, open_phase
from consult.errors import Conflict, Problem, Rejected
from consult.i18n import N_, Message
from consult.submissions.content import number_passages
from consult.submissions.drafts import DraftMoved, discard_draft, save_step, start_draft, submission_draft
from consult.submissions.queries import own_drafts, submission_of_draft
from consult.submissions.services import correct, submit
from consult.submissions.steps import Step, step_of_field
from consult.submissions.tracks import moderation_of, track_label, track_of
from consult.web.context import present_formats
from consult.web.forms import Form, say
from consult.web.guards import requires
from consult.web.submissions import language_name, shown_answers
from consult.web.take_part.blueprint import blueprint
from consult.web.take_part.desk import Desk, StepForm, desk_of, own_members
from consult.web.visitor import actor, consultation


@blueprint.route("/c/<slug>/write/", methods=["GET", "POST"])
@requires("submission.write")
def write() -> str | Response | tuple[str, int]:
    """Choose on whose behalf to write, or go on with a draft."""
    here, form = consultation(), Form()
    memberships = actor().memberships_in(here.id)
    if form.validate_on_submit():
        chosen = next((m for m in memberships if str(m.member) == request.form.get("member")), memberships[0])
        try:
            draft = start_draft(chosen.member, consultation=here, actor=actor())
            return redirect(url_for("take_part.step", draft=draft.id, step=Step.BEHALF.value), 303)
        except Rejected as error:
            form.take(error)
    page = render_template(
        "take_part/write.html",
        form=form,
        drafts=own_drafts(own_members()),
        memberships=[(m.member, track_label(m.track), track_of(here, m.track)) for m in memberships],
        names=public_names(own_members()),
        phase=open_phase(here.phases, Right.SUBMIT),
    )
    return page, 422 if form.is_submitted() else 200


@blueprint.route("/c/<slug>/write/<uuid:draft>/<step>/", methods=["GET", "POST"])
@requires("submission.write")
def step(draft: uuid.UUID, step: str) -> str | Response | tuple[str, int]:
    """Show one step; a POST keeps what was typed, right or wrong, and goes on only if nothing on the page is wrong."""
    if (receipt := _handed_in(draft)) is not None:
        return receipt
    desk = desk_of(draft)
    here = desk.step_called(step)
    form = desk.form(here)
    if not form.is_submitted():
        return _step_page(desk, here, form)
    try:
        _save(desk, here, form)
    except DraftMoved as moved:
        form.add(Problem("", moved.message))
        return _step_page(desk, here, form, theirs=desk.form(here, saved=True)), 409
    problems = next(one.problems for one in desk.progress() if one.step is here)
    if request.form.get("then") == "later":
        flash(say(N_("Your draft is saved. Nothing was handed in yet.")), "ok")
        return redirect(url_for("take_part.mine"), 303)
    if not problems:
        return redirect(_after(desk, here), 303)
    for problem in problems:
        form.add(problem)
    return _step_page(desk, here, form), 422


@blueprint.post("/c/<slug>/write/<uuid:draft>/<step>/autosave")
@requires("submission.write")
def autosave(draft: uuid.UUID, step: str) -> Response:
    """Keep what is being typed; the answer is the line that the page shows."""
    desk = desk_of(draft)
    here = desk.step_called(step)
    _save(desk, here, desk.form(here))
    said = say(N_("Draft saved %(time)s", time=present_formats().time(desk.draft.saved_at)))
    return Response(said, mimetype="text/plain")


def _save(desk: Desk, here: Step, form: StepForm) -> None:
    version = str(form.version.data or "")
    desk.draft = save_step(
        desk.draft,
        desk.typed(here, form),
        int(version) if version.isdecimal() else 0,
        page=(form.page.data or "")[:64],
        actor=actor(),
    )


def _step_page(desk: Desk, here: Step, form: StepForm, *, theirs: StepForm | None = None) -> str:
    """Show a step; after a conflict with what another page saved beside it, so that the next press knows of both."""
    if theirs is not None:
        form.version.data = str(desk.draft.version)
    number = desk.steps.index(here)
    return render_template(
        f"take_part/step_{here.value}.html",
        desk=desk,
        form=form,
        theirs=theirs,
        here=here,
        number=number + 1,
        steps=len(desk.steps) + 1,
        back=url_for("take_part.step", draft=desk.draft.id, step=desk.steps[number - 1].value) if number else None,
        tasks=desk.tasks(here),
        phase=open_phase(consultation().phases, Right.SUBMIT),
        track_label=track_label(desk.member.track),
    )


def _after(desk: Desk, here: Step) -> str:
    """Return the address of the step after this one, or of the check at the end."""
    rest = desk.steps[desk.steps.index(here) + 1 :]
    if rest and request.form.get("then") != "check":
        return url_for("take_part.step", draft=desk.draft.id, step=rest[0].value)
    return url_for("take_part.check", draft=desk.draft.id)


def _handed_in(draft: uuid.UUID) -> Response | None:
    """Return the way to the receipt if the draft was handed in already: the button pressed twice, or the back key."""
    row = submission_of_draft(draft, own_members())
    return None if row is None else redirect(url_for("take_part.receipt", number=row.number), 303)


@blueprint.route("/c/<slug>/write/<uuid:draft>/check/", methods=["GET", "POST"])
@requires("submission.write")
def check(draft: uuid.UUID) -> str | Response | tuple[str, int]:
    """Show all answers once more; a POST hands them in. A second POST leads to the same receipt."""
    if (receipt := _handed_in(draft)) is not None:
        return receipt
    desk, form = desk_of(draft), Form()
    if not form.validate_on_submit():
        problems = [problem for one in desk.progress() for problem in one.problems]
        return _check_page(desk, form, problems)
    position = submission_draft(desk.draft)
    try:
        row = (correct if position.corrects else submit)(position, consultation=consultation(), actor=actor())
    except Rejected as error:
        return _check_page(desk_of(draft), form, error.problems), 422
    except Conflict as error:
        return _check_page(desk_of(draft), form, [Problem("", error.message)]), 409
    return redirect(url_for("take_part.receipt", number=row.number), 303)


def _check_page(desk: Desk, form: Form, problems: Sequence[Problem]) -> str:
    """Show the check; each problem leads to the step where it can be mended."""
    position = submission_draft(desk.draft)
    return render_template(
        "take_part/check.html",
        desk=desk,
        form=form,
        failed=form.is_submitted(),
        problems=[(_named(desk, problem), _step_address(desk, problem.field)) for problem in problems],
        position=position,
        passages=number_passages(position.text, position.proposals),
        language_name=language_name(position.language) if position.language else "",
        topics=[topic for topic in desk.topics if topic.slug in position.topics],
        answers=shown_answers(desk.questions, _answered(position.answers), position.language),
        withheld=desk.member.withheld or (position.withheld and desk.track and desk.track.may_withhold_name),
        addresses={one: url_for("take_part.step", draft=desk.draft.id, step=one.value) for one in desk.steps},
        tasks=desk.tasks(),
        phase=open_phase(consultation().phases, Right.SUBMIT),
        track_label=track_label(desk.member.track),
        told=_told(desk, position.corrects),
    )


def _told(desk: Desk, corrects: uuid.UUID | None) -> Message:
    """Return what happens once it is handed in; what a moderator returned is read again, whatever the track does."""
    return MODERATION_TOLD[Moderation.PRE if corrects else moderation_of(consultation(), desk.member.track)]


def _named(desk: Desk, problem: Problem) -> str:
    """Return a problem in words, with its question where it belongs to one of the track's: the page is not at hand here."""
    question = next((q for q in desk.questions if q.key == problem.field), None)
    if question is None:
        return say(problem.message)
    return say(N_("%(question)s %(problem)s", question=question.label, problem=problem.message))


def _answered(answers: object) -> dict[str, object]:
    given = answers if isinstance(answers, dict) else {}
    return {key: answer for key, answer in given.items() if answer not in (None, "", [])}


def _step_address(desk: Desk, field: str) -> str | None:
    if not field:
        return None
    wanted = step_of_field(field)
    return url_for("take_part.step", draft=desk.draft.id, step=wanted.value) if wanted in desk.steps else None


@blueprint.route("/c/<slug>/write/<uuid:draft>/delete/", methods=["GET", "POST"])
@requires("submission.write")
def discard(draft: uuid.UUID) -> str | Response:
    """Ask once more, then delete a draft."""
    desk, form = desk_of(draft), Form()
    if not form.validate_on_submit():
        return render_template("take_part/discard.html", draft=desk.draft, form=form)
    discard_draft(desk.draft, actor=actor())
    flash(say(N_("The draft is deleted.")), "ok")
    return redirect(url_for("take_part.mine"), 303)
