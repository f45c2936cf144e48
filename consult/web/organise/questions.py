"""Writing a form: a section or a question a page, in three languages beside each other."""

from __future__ import annotations

import uuid

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from consult.errors import Conflict, NotFound, Rejected
from consult.i18n import LANGUAGES, N_, Localized
from consult.plugins.questions import Question
from consult.submissions.models import Questionnaire
from consult.submissions.questionnaires.content import (
    KIND_LABELS,
    SCALED,
    FormContent,
    Section,
    question_gaps,
)
from consult.submissions.questionnaires.queries import content_of
from consult.submissions.questionnaires.services import (
    QuestionDraft,
    SectionDraft,
    move_part,
    remove_part,
    save_question,
    save_section,
    words_of,
)
from consult.submissions.tracks import track_label
from consult.web.forms import (
    L_,
    HiddenField,
    LocalizedForm,
    StringField,
    TextAreaField,
    clean_line,
    say,
)
from consult.web.guards import requires
from consult.web.organise.blueprint import blueprint
from consult.web.organise.question_form import QuestionForm
from consult.web.organise.questionnaires import form_here, version_page
from consult.web.visitor import actor


class SectionForm(LocalizedForm):
    """A section: its title and its introduction."""

    seen = HiddenField()
    titles_ar = StringField(L_("Title in Arabic"), filters=[clean_line])
    titles_en = StringField(L_("Title in English"), filters=[clean_line])
    titles_fr = StringField(L_("Title in French"), filters=[clean_line])
    intros_ar = TextAreaField(L_("Introduction in Arabic"))
    intros_en = TextAreaField(L_("Introduction in English"))
    intros_fr = TextAreaField(L_("Introduction in French"))


@blueprint.route("/c/<slug>/organise/forms/<uuid:form>/sections/new/", methods=["GET", "POST"])
@requires("consultation.organise")
def new_section(form: uuid.UUID) -> str | Response | tuple[str, int]:
    """Add a section at the end of a form."""
    return _section_page(form_here(form, draft=True), Section("", Localized()))


@blueprint.route("/c/<slug>/organise/forms/<uuid:form>/sections/<part>/", methods=["GET", "POST"])
@requires("consultation.organise")
def edit_section(form: uuid.UUID, part: str) -> str | Response | tuple[str, int]:
    """Write a section of a form."""
    row = form_here(form, draft=True)
    section = content_of(row).section(part)
    if section is None:
        raise NotFound
    return _section_page(row, section)


def _section_page(row: Questionnaire, section: Section) -> str | Response | tuple[str, int]:
    form = SectionForm()
    if not form.is_submitted():
        form.fill("titles", section.titles)
        form.fill("intros", section.intros)
        form.seen.data = words_of(section) if section.key else ""
    elif form.validate():
        draft = SectionDraft(form.localized("titles"), form.localized("intros"), section.key, form.seen.data or "")
        try:
            content = save_section(draft, questionnaire=row, actor=actor())
        except Rejected as refused:
            form.take(refused)
        except Conflict as moved:
            form.problems.append(say(moved.message))
        else:
            flash(say(N_("Saved.")), "ok")
            return _back(row, section.key or content.sections[-1].key)
    page = render_template(
        "organise/form_section.html",
        row=row,
        form=form,
        section=section,
        label=track_label(row.track),
        languages=LANGUAGES,
    )
    return page, 422 if form.is_submitted() else 200


@blueprint.get("/c/<slug>/organise/forms/<uuid:form>/sections/<part>/add/")
@requires("consultation.organise")
def choose_kind(form: uuid.UUID, part: str) -> str:
    """Show the kinds of question that may be added to a section."""
    row = form_here(form, draft=True)
    section = content_of(row).section(part)
    if section is None:
        raise NotFound
    return render_template(
        "organise/form_kinds.html", row=row, section=section, kinds=KIND_LABELS, label=track_label(row.track)
    )


@blueprint.route("/c/<slug>/organise/forms/<uuid:form>/sections/<part>/add/<kind>/", methods=["GET", "POST"])
@requires("consultation.organise")
def add_question(form: uuid.UUID, part: str, kind: str) -> str | Response | tuple[str, int]:
    """Add a question at the end of a section."""
    row = form_here(form, draft=True)
    content, known = content_of(row), {one.value: one for one in KIND_LABELS}
    if content.section(part) is None or kind not in known:
        raise NotFound
    low, high = (1, 5) if known[kind] in SCALED else (None, None)
    return _question_page(row, content, Question("", known[kind], Localized(), low=low, high=high), part)


@blueprint.route("/c/<slug>/organise/forms/<uuid:form>/questions/<part>/", methods=["GET", "POST"])
@requires("consultation.organise")
def edit_question(form: uuid.UUID, part: str) -> str | Response | tuple[str, int]:
    """Write a question of a form."""
    row = form_here(form, draft=True)
    content = content_of(row)
    question, section = content.question(part), content.section_of(part)
    if question is None or section is None:
        raise NotFound
    return _question_page(row, content, question, section.key)


def _question_page(
    row: Questionnaire, content: FormContent, question: Question, section: str
) -> str | Response | tuple[str, int]:
    form = QuestionForm(question.kind, _before(content, question, section))
    if not form.is_submitted():
        form.show(question)
        form.spare()
    elif form.validate():
        draft = QuestionDraft(form.question(question.key), section, (form.seen.data or "") if question.key else "")
        try:
            after = save_question(draft, questionnaire=row, actor=actor())
        except Rejected as refused:
            form.take(refused)
        except Conflict as moved:
            form.problems.append(say(moved.message))
        else:
            flash(say(N_("Saved.")), "ok")
            return _after(row, after, question, section)
    page = render_template(
        "organise/form_question.html",
        row=row,
        form=form,
        question=question,
        kind=KIND_LABELS[question.kind],
        label=track_label(row.track),
        languages=LANGUAGES,
        gaps=set(question_gaps(question)) if question.key else set(),
    )
    return page, 422 if form.is_submitted() else 200


def _before(content: FormContent, question: Question, section: str) -> list[Question]:
    """Return the questions that come before one, or before the end of the section where a new one comes."""
    found: list[Question] = []
    for one in content.sections:
        for asked in one.questions:
            if question.key and asked.key == question.key:
                return found
            found.append(asked)
        if not question.key and one.key == section:
            return found
    return found


def _after(row: Questionnaire, content: FormContent, question: Question, section: str) -> Response:
    home = content.section(section)
    key = question.key or (home.questions[-1].key if home and home.questions else "")
    if request.form.get("then") == "stay" and key:
        return redirect(url_for("organise.edit_question", form=row.id, part=key), 303)
    return _back(row, key)


def _back(row: Questionnaire, key: str) -> Response:
    return redirect(url_for("organise.form_version", form=row.id, _anchor=key), 303)


@blueprint.post("/c/<slug>/organise/forms/<uuid:form>/parts/<part>/<any(up,down):direction>/")
@requires("consultation.organise")
def move_form_part(form: uuid.UUID, part: str, direction: str) -> Response | tuple[str, int]:
    """Move a section or question one place up or down."""
    row = form_here(form, draft=True)
    try:
        move_part(part, -1 if direction == "up" else 1, questionnaire=row, actor=actor())
    except Rejected as refused:
        return version_page(row, [say(problem.message) for problem in refused.problems]), 422
    return _back(row, part)


@blueprint.route("/c/<slug>/organise/forms/<uuid:form>/parts/<part>/remove/", methods=["GET", "POST"])
@requires("consultation.organise")
def remove_form_part(form: uuid.UUID, part: str) -> str | Response | tuple[str, int]:
    """Ask once more, then remove a section or question."""
    row = form_here(form, draft=True)
    content = content_of(row)
    section, question = content.section(part), content.question(part)
    if section is None and question is None:
        raise NotFound
    if request.method == "POST":
        try:
            remove_part(part, questionnaire=row, actor=actor())
        except Rejected as refused:
            return version_page(row, [say(problem.message) for problem in refused.problems]), 422
        flash(say(N_("Removed.")), "ok")
        return _back(row, "")
    return render_template(
        "organise/form_remove.html", row=row, section=section, question=question, label=track_label(row.track)
    )
