"""Writing a submission: one thing a page, saved at every step, checked, handed in."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response
from wtforms import Field

from consult.accounts.clauses import permitted
from consult.consent.queries import NEEDED, lacks_needed
from consult.consultations.moderation import MODERATION_TOLD, Moderation
from consult.consultations.names import public_names
from consult.consultations.phases import Right, open_phase
from consult.db import session
from consult.errors import Conflict, Problem, Rejected
from consult.i18n import N_, Localized, Message
from consult.plugins.questions import QuestionKind
from consult.submissions.content import number_passages
from consult.submissions.documents.attached import documents_of_draft
from consult.submissions.drafting.drafts import DraftMoved, carry_over, discard_draft, start_draft, submission_draft
from consult.submissions.drafting.steps import Step, step_of_field
from consult.submissions.models import Submission
from consult.submissions.offices.parts import PartHeld
from consult.submissions.queries import own_drafts, submission_of_draft
from consult.submissions.questionnaires.content import Section
from consult.submissions.services import SubmissionDraft, correct, submit
from consult.submissions.states import SubmissionState
from consult.submissions.tracks import moderation_of, track_label, track_of
from consult.web.context import local
from consult.web.documents import shown_documents
from consult.web.forms import FileField, Form, say
from consult.web.guards import requires, visible
from consult.web.question_fields import said
from consult.web.submissions import Pair, file_link, language_name, shown_answer, shown_answers
from consult.web.take_part.begun import begun_here
from consult.web.take_part.belated import former_section, written_besides, written_in
from consult.web.take_part.blueprint import blueprint
from consult.web.take_part.desk import Desk, DocumentsForm, QuestionsForm, StepForm, desk_of, own_members
from consult.web.take_part.documents import documents_page, files_asked, take_files
from consult.web.take_part.inside import handed_in_by, part_of, signing_of
from consult.web.take_part.saving import keeps_on_device, page_name
from consult.web.visitor import actor, consultation

#: Fields of a step that belong to its page and say nothing.
OF_THE_PAGE = ("csrf_token", "version", "page", "asked")


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
        begun=begun_here(),
    )
    return page, 422 if form.is_submitted() else 200


@blueprint.get("/c/<slug>/write/<uuid:draft>/")
@requires("submission.write")
def go_on(draft: uuid.UUID) -> Response:
    """Lead to where a draft stopped: the first step with something to mend or to say, or the check at the end."""
    if (receipt := _handed_in(draft)) is not None:
        return receipt
    desk = desk_of(draft)
    stopped = next((one.step for one in desk.progress() if one.problems), None)
    if stopped is None:
        return redirect(url_for("take_part.check", draft=draft), 302)
    return redirect(url_for("take_part.step", draft=draft, step=stopped), 302)


@blueprint.route("/c/<slug>/write/<uuid:draft>/<step>/", methods=["GET", "POST"])
@requires("submission.write")
def step(draft: uuid.UUID, step: str) -> str | Response | tuple[str, int]:
    """Show one step; a POST keeps what was typed, right or wrong, and goes on only if nothing on the page is wrong."""
    if (row := _handed_in_as(draft)) is not None:
        return _too_late(row, step) or _receipt(row)
    desk = desk_of(draft)
    if (former := former_section(desk, step)) is not None:
        return _no_longer_asked(desk, former)
    here = desk.step_called(step)
    form = desk.form(here)
    if not form.is_submitted():
        return _step_page(desk, here, form)
    try:
        _save(desk, here, form)
    except (DraftMoved, PartHeld) as moved:
        form.add(Problem("", moved.message))
        return _step_page(desk, here, form, theirs=desk.form(here, saved=True)), 409
    if (refused := take_files(desk, form)) is not None:
        return _step_page(desk, here, form), refused
    if request.form.get("then") == "stay":
        return redirect(url_for("take_part.step", draft=draft, step=here), 303)
    return _onward(desk, here, form)


def _onward(desk: Desk, here: str, form: StepForm) -> Response | tuple[str, int]:
    """Return where a step that was saved leads, or its page with what is still wrong on it."""
    problems = next((one.problems for one in desk.progress() if one.step == here), ())
    if request.form.get("then") == "later":
        flash(say(N_("Your draft is saved. Nothing was handed in yet.")), "ok")
        return redirect(url_for("take_part.mine"), 303)
    if further := [
        q.key for q in desk.questions_on(here) if q.key not in form and q.kind is not QuestionKind.STATEMENT
    ]:
        flash(say(N_("Your answers open further questions on this page.")), "")
        return redirect(url_for("take_part.step", draft=desk.draft.id, step=here, _anchor=further[0]), 303)
    if not problems:
        return redirect(desk.after(here), 303)
    for problem in problems:
        form.add(problem)
    return _step_page(desk, here, form), 422


def _save(desk: Desk, here: str, form: StepForm) -> None:
    desk.save(here, desk.typed(here, form), form.known(), page_name(form.page.data))


def _step_page(desk: Desk, here: str, form: StepForm, *, theirs: StepForm | None = None) -> str:
    """Show a step; after a conflict with what another page saved beside it, so that the next press knows of both."""
    if isinstance(form, DocumentsForm):
        return documents_page(desk, form)
    if theirs is not None:
        form.version.data = str(desk.version(here))
    steps = desk.steps
    number = steps.index(here) if here in steps else len(steps) - 1
    questions = [q for q in desk.questions_on(here) if q.key in form or q.kind is QuestionKind.STATEMENT]
    if isinstance(form, QuestionsForm):
        form.asked.data = " ".join(question.key for question in questions)
    return render_template(
        "take_part/step_questions.html" if isinstance(form, QuestionsForm) else f"take_part/step_{here}.html",
        desk=desk,
        form=form,
        heading=desk.label(here),
        section=desk.content.section(here),
        questions=questions,
        theirs=[] if theirs is None else [(f.label.text, said(f)) for f in theirs if _is_answer(f)],
        files=files_asked(desk, questions),
        here=here,
        number=number + 1,
        steps=len(steps) + 1,
        back=url_for("take_part.step", draft=desk.draft.id, step=steps[number - 1]) if number else None,
        tasks=desk.tasks(here),
        phase=open_phase(consultation().phases, Right.SUBMIT),
        track_label=track_label(desk.member.track),
        inside=part_of(desk, here),
        keeps=keeps_on_device(desk),
    )


def _is_answer(field: Field) -> bool:
    return field.name not in OF_THE_PAGE and not isinstance(field, FileField)


def _handed_in(draft: uuid.UUID) -> Response | None:
    """Return the way to the receipt if the draft was handed in already: the button pressed twice, or the back key."""
    row = _handed_in_as(draft)
    return None if row is None else _receipt(row)


def _handed_in_as(draft: uuid.UUID) -> Submission | None:
    return submission_of_draft(draft, permitted(actor(), "submission.own", consultation().id))


def _receipt(row: Submission) -> Response:
    return redirect(url_for("take_part.receipt", number=row.number), 303)


def _too_late(row: Submission, step: str) -> tuple[str, int] | None:
    """Return a page with what was written on a step after the text was handed in from another one; None for nothing."""
    written = [] if request.method == "GET" else written_besides(row, step)
    if not written:
        return None
    way = (N_("The text as it was handed in"), url_for("take_part.receipt", number=row.number))
    return render_template("take_part/too_late.html", number=row.number, written=written, way=way), 409


def _no_longer_asked(desk: Desk, section: Section) -> Response | tuple[str, int]:
    """Lead on from a section of the form that the draft answered before; what was written there since is shown."""
    way = url_for("take_part.go_on", draft=desk.draft.id)
    written = [] if request.method == "GET" else written_in(section.questions)
    if not written:
        return redirect(way, 303)
    page = render_template("take_part/too_late.html", number="", written=written, way=(N_("Go on with the draft"), way))
    return page, 409


@blueprint.route("/c/<slug>/write/<uuid:draft>/check/", methods=["GET", "POST"])
@requires("submission.write")
def check(draft: uuid.UUID) -> str | Response | tuple[str, int]:
    """Show all answers once more; a POST hands them in. A second POST leads to the same receipt."""
    if (receipt := _handed_in(draft)) is not None:
        return receipt
    desk, form = desk_of(draft), Form()
    if not form.validate_on_submit():
        problems = [problem for one in desk.progress() for problem in one.problems]
        if lacks_needed(consultation().id, desk.member.person_id):
            problems.append(Problem("purposes", NEEDED))
        return _check_page(desk, form, problems)
    position = replace(_position(desk), **handed_in_by(desk, request.form.get("seen", "")))
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
        answers=_shown_by_step(desk, position),
        dropped=_dropped(desk, position.language),
        newer=desk.newer,
        withheld=desk.withheld,
        documents=shown_documents(documents_of_draft(desk.draft.answers), nameless=desk.nameless),
        addresses={one: url_for("take_part.step", draft=desk.draft.id, step=one) for one in desk.steps},
        tasks=desk.tasks(),
        phase=open_phase(consultation().phases, Right.SUBMIT),
        track_label=track_label(desk.member.track),
        told=_told(desk, position.corrects),
        inside=signing_of(desk),
    )


def _told(desk: Desk, corrects: uuid.UUID | None) -> Message:
    """Return what happens once it is handed in; what is not public yet is read first, whatever the track does by now."""
    corrected = session.get(Submission, corrects) if corrects else None
    if corrected is not None and corrected.state != SubmissionState.ACCEPTED:
        return MODERATION_TOLD[Moderation.PRE]
    return MODERATION_TOLD[moderation_of(consultation(), desk.member.track)]


def _named(desk: Desk, problem: Problem) -> str:
    """Return a problem in words, with its question where it belongs to one of the track's: the page is not at hand here."""
    question = next((q for q in desk.questions if q.key == problem.field), None)
    if question is None:
        return say(problem.message)
    return say(N_("%(question)s %(problem)s", question=question.label, problem=problem.message))


def _position(desk: Desk) -> SubmissionDraft:
    """Return what a draft hands in: answers to questions that it no longer asks stay behind, as the check page says."""
    position, asked = submission_draft(desk.draft), {question.key for question in desk.questions}
    return replace(position, answers={key: answer for key, answer in position.answers.items() if key in asked})


def _shown_by_step(desk: Desk, position: SubmissionDraft) -> list[tuple[str, str, list[Pair]]]:
    """Return the answers that would be handed in, under the step on which they are asked: its key, its name, the pairs."""
    given = _answered(position.answers)
    found = []
    for step in desk.steps:
        asked = [question for question in desk.questions_on(step) if question.kind is not QuestionKind.STATEMENT]
        if asked:
            own = {question.key: given[question.key] for question in asked if question.key in given}
            found.append((step, desk.label(step), shown_answers(asked, own, position.language)))
    return found


def _dropped(desk: Desk, language: str) -> list[Pair]:
    """Return the answers that are kept in the draft and not handed in: nothing asks for them any more."""
    given, known = _answered(desk.draft.answers.get("track")), {question.key for question in desk.questions}
    hidden = desk.given.left_out
    gone = {key: answer for key, answer in given.items() if key in hidden or key not in known}
    left = desk.draft.answers.get("left") or []
    return shown_answers([q for q in desk.questions if q.key in hidden], gone, language) + [
        (
            local(Localized(one["labels"])),
            file_link(one["answer"]) if one.get("kind") == "file" else shown_answer(None, one["answer"], language),
        )
        for one in left
    ]


def _answered(answers: object) -> dict[str, object]:
    given = answers if isinstance(answers, dict) else {}
    return {key: answer for key, answer in given.items() if answer not in (None, "", [], {})}


def _step_address(desk: Desk, field: str) -> str | None:
    if not field:
        return None
    if field == "purposes":
        return url_for("public.purposes")
    wanted = step_of_field(field, desk.content)
    return url_for("take_part.step", draft=desk.draft.id, step=wanted) if wanted in desk.steps else None


@blueprint.post("/c/<slug>/write/<uuid:draft>/newer/")
@requires("submission.write")
def newer(draft: uuid.UUID) -> Response:
    """Take the draft over to the version of the form that is open now; a second press changes nothing."""
    desk = desk_of(draft)
    if desk.newer:
        carry_over(desk.draft, actor=actor())
        flash(say(N_("Your draft answers the new form now. What no longer fits is shown below and kept.")), "ok")
    return redirect(url_for("take_part.check", draft=draft), 303)


@blueprint.route("/c/<slug>/write/<uuid:draft>/delete/", methods=["GET", "POST"])
@requires("submission.write")
def discard(draft: uuid.UUID) -> str | Response:
    """Ask once more, then delete a draft."""
    desk, form = desk_of(draft), Form()
    visible("draft.own", desk.draft)
    if not form.validate_on_submit():
        return render_template("take_part/discard.html", draft=desk.draft, form=form)
    discard_draft(desk.draft, actor=actor())
    flash(say(N_("The draft is deleted.")), "ok")
    return redirect(url_for("take_part.mine"), 303)
