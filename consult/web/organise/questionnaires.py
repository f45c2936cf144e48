"""The forms that organisers write: the versions of each track, what is lacking, trying one out, opening it."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from consult.accounts.access import Role
from consult.db import session
from consult.errors import ConsultError, NotFound, Rejected
from consult.i18n import LANGUAGES, N_
from consult.plugins.conditions import RELATION_LABELS
from consult.plugins.questions import Question, QuestionKind, answered
from consult.submissions.models import Questionnaire
from consult.submissions.questionnaires.content import KIND_LABELS, FormContent, Section, gaps
from consult.submissions.questionnaires.queries import content_of, copyable_forms, forms_of
from consult.submissions.questionnaires.services import begin_form, discard_form, open_form
from consult.submissions.questionnaires.states import FORM_STATE_LABELS, FormState
from consult.submissions.tracks import track_label
from consult.web.forms import L_, BooleanField, Form, HiddenField, RadioField, say
from consult.web.guards import requires
from consult.web.language import current_language
from consult.web.organise.blueprint import blueprint
from consult.web.question_fields import question_form
from consult.web.submissions import shown_answer, shown_answers
from consult.web.visitor import actor, consultation

STATE_KINDS = {FormState.DRAFT: "wait", FormState.OPEN: "live", FormState.RETIRED: "shut"}


def form_here(form: uuid.UUID, *, draft: bool = False) -> Questionnaire:
    """Return a version of this consultation; NotFound for any other, and where a `draft` is wanted, for an opened one."""
    row = session.get(Questionnaire, form)
    if row is None or row.consultation_id != consultation().id or (draft and row.state != FormState.DRAFT):
        raise NotFound
    return row


@blueprint.get("/c/<slug>/organise/forms/")
@requires("consultation.organise")
def forms() -> str:
    """Show the versions of each track's form."""
    here = consultation()
    by_track = defaultdict(list)
    for one in forms_of(here.id):
        by_track[one.track].append(one)
    return render_template(
        "organise/forms.html",
        tracks=[(row.key, track_label(row.key), by_track[row.key]) for row in here.tracks],
        states=FORM_STATE_LABELS,
        kinds=STATE_KINDS,
    )


class BeginForm(Form):
    """What a new version begins with: nothing, or a copy."""

    source = RadioField(L_("Begin with"), validate_choice=False)


@blueprint.route("/c/<slug>/organise/forms/begin/<track>/", methods=["GET", "POST"])
@requires("consultation.organise")
def begin_version(track: str) -> str | Response | tuple[str, int]:
    """Begin the next version of a track's form, empty or as a copy from any consultation that one organises."""
    here = consultation()
    if track not in {row.key for row in here.tracks}:
        raise NotFound
    mine = {
        held.consultation for held in actor().roles if held.role is Role.ORGANISER and held.whole and held.consultation
    }
    offered = sorted(copyable_forms(mine | {here.id}), key=lambda one: one.track != track)
    form = BeginForm(source=next((str(one.id) for one in offered if one.track == track), ""))
    form.source.choices = {"": say(N_("An empty form"))} | {
        str(one.id): say(
            N_(
                "%(track)s, version %(number)s: %(consultation)s",
                track=track_label(one.track),
                number=one.version,
                consultation=one.consultation,
            )
        )
        for one in offered
    }
    if form.validate_on_submit():
        known = {str(one.id): one.id for one in offered}
        try:
            if form.source.data and form.source.data not in known:
                raise Rejected(N_("Choose one of the answers."), "source")
            made = begin_form(track, known.get(form.source.data or ""), consultation=here, actor=actor())
            return redirect(url_for("organise.form_version", form=made.id), 303)
        except Rejected as refused:
            form.take(refused)
        except ConsultError as refused:
            form.problems.append(say(refused.message))
    page = render_template("organise/form_begin.html", form=form, track=track, label=track_label(track))
    return page, 422 if form.is_submitted() else 200


@blueprint.get("/c/<slug>/organise/forms/<uuid:form>/")
@requires("consultation.organise")
def form_version(form: uuid.UUID) -> str:
    """Show a version whole: sections, questions, conditions, what is not written in every language."""
    return version_page(form_here(form))


def version_page(row: Questionnaire, problems: Sequence[str] = ()) -> str:
    """Return the page of a version, with what was refused."""
    content = content_of(row)
    missing = defaultdict(list)
    for gap in gaps(content):
        missing[gap.key].append(LANGUAGES[gap.language].name)
    return render_template(
        "organise/form.html",
        row=row,
        content=content,
        label=track_label(row.track),
        draft=row.state == FormState.DRAFT,
        tag=(FORM_STATE_LABELS[FormState(row.state)], STATE_KINDS[FormState(row.state)]),
        kinds=KIND_LABELS,
        missing=missing,
        conditions={q.key: condition_words(q, content) for q in content.questions if q.shown_if is not None},
        problems=problems,
    )


def condition_words(question: Question, content: FormContent) -> dict[str, object]:
    """Return a condition for a page: the earlier question, what is asked of its answer, the answers."""
    condition = question.shown_if
    earlier = content.question(condition.question) if condition else None
    if condition is None or earlier is None:
        return {}
    return {
        "question": earlier.label,
        "relation": RELATION_LABELS[condition.relation],
        "values": [shown_answer(earlier, _as_answer(value), "") for value in condition.values],
    }


def _as_answer(value: str) -> bool | str:
    return {"yes": True, "no": False}.get(value, value)


class OpenForm(Form):
    """Opening a version; where languages are missing, knowingly."""

    despite_gaps = BooleanField(L_("Open it although languages are missing"))


@blueprint.route("/c/<slug>/organise/forms/<uuid:form>/open/", methods=["GET", "POST"])
@requires("consultation.organise")
def open_version(form: uuid.UUID) -> str | Response | tuple[str, int]:
    """Ask once more, then open a version; a second press leads to what the first opened."""
    row, asked = form_here(form), OpenForm()
    if row.state != FormState.DRAFT:
        return redirect(url_for("organise.form_version", form=row.id), 303)
    if asked.validate_on_submit():
        try:
            open_form(row, despite_gaps=bool(asked.despite_gaps.data), actor=actor())
        except Rejected as refused:
            asked.take(refused)
        else:
            flash(say(N_("The form is open: whoever begins to write now answers it.")), "ok")
            return redirect(url_for("organise.forms"), 303)
    lacking = len({gap.key for gap in gaps(content_of(row))})
    page = render_template(
        "organise/form_open.html", row=row, form=asked, lacking=lacking, label=track_label(row.track)
    )
    return page, 422 if asked.is_submitted() else 200


@blueprint.route("/c/<slug>/organise/forms/<uuid:form>/discard/", methods=["GET", "POST"])
@requires("consultation.organise")
def discard_version(form: uuid.UUID) -> str | Response:
    """Ask once more, then delete a version that nobody could answer yet."""
    row, asked = form_here(form, draft=True), Form()
    if not asked.validate_on_submit():
        return render_template("organise/form_discard.html", row=row, label=track_label(row.track))
    discard_form(row, actor=actor())
    flash(say(N_("The new version is deleted.")), "ok")
    return redirect(url_for("organise.forms"), 303)


class PreviewForm(Form):
    """A form that is tried out: which questions the page asked."""

    asked = HiddenField()


@blueprint.route("/c/<slug>/organise/forms/<uuid:form>/preview/<part>/", methods=["GET", "POST"])
@requires("consultation.organise")
def preview(form: uuid.UUID, part: str) -> str | tuple[str, int]:
    """Show a section as participants see it; what is tried travels from page to page and is kept nowhere."""
    row = form_here(form)
    content = content_of(row)
    section = content.section(part)
    if section is None:
        raise NotFound
    tried = question_form(content.questions, PreviewForm)()
    found = answered(_tried_out(content), {q.key: tried[q.key].data for q in content.questions if q.key in tried})
    if not tried.validate_on_submit():
        return _preview_page(row, content, section, tried, found.shown)
    asked, here = set((tried.asked.data or "").split()), {q.key for q in section.questions}
    wrong = [problem for problem in found.problems if problem.field in here & asked]
    if wrong or any(q.key in here - asked for q in found.shown):
        for problem in wrong:
            tried.add(problem)
        return _preview_page(row, content, section, tried, found.shown), 422 if wrong else 200
    rest = content.sections[content.sections.index(section) + 1 :]
    shown = {question.key for question in found.shown}
    following = next((one for one in rest if any(q.key in shown for q in one.questions)), None)
    if following is not None:
        return _preview_page(row, content, following, tried, found.shown)
    left_out = {key: tried[key].data for key in found.left_out}
    return render_template(
        "organise/form_tried.html",
        row=row,
        label=track_label(row.track),
        first=content.sections[0].key,
        answers=shown_answers(found.shown, found.answers, current_language().code),
        left_out=shown_answers(content.questions, left_out, current_language().code),
    )


def _tried_out(content: FormContent) -> Sequence[Question]:
    """Return the questions as they are asked where nothing is kept: of a file nothing is demanded."""
    return [replace(one, required=False) if one.kind is QuestionKind.FILE else one for one in content.questions]


def _preview_page(
    row: Questionnaire, content: FormContent, section: Section, tried: PreviewForm, shown: Sequence[Question]
) -> str:
    asked = {question.key for question in shown}
    here = [question for question in section.questions if question.key in asked]
    tried.asked.data = " ".join(question.key for question in here)
    fields = {question.key for question in here}
    hidden = [
        (name, value)
        for name, values in request.form.lists()
        for value in values
        if name.partition("-")[0] not in fields and name not in ("csrf_token", "asked")
    ]
    return render_template(
        "organise/form_preview.html",
        row=row,
        label=track_label(row.track),
        section=section,
        number=content.sections.index(section) + 1,
        steps=len(content.sections),
        form=tried,
        questions=here,
        hidden=hidden[:2000],
        languages=LANGUAGES,
        statement=QuestionKind.STATEMENT,
    )
