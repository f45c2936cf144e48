"""A draft that colleagues write together: who holds a part, what they say of it, who wrote what, and the sign-off."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from html import unescape

from flask import flash, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from consult.consultations.queries import topics_of
from consult.errors import Conflict, Problem, Rejected
from consult.i18n import N_
from consult.plugins.questions import Question
from consult.submissions.difference import Part, difference
from consult.submissions.drafting.steps import STEP_LABELS, Step
from consult.submissions.models import Draft
from consult.submissions.offices.models import TextSave
from consult.submissions.offices.parts import PartHeld
from consult.submissions.offices.queries import saves_of
from consult.submissions.offices.sign_off import ask_sign_off, sign_off
from consult.submissions.offices.together import (
    comment,
    release_part,
    resolve_comment,
    restore_save,
    share_draft,
    take_part,
)
from consult.submissions.questionnaires.queries import form_of
from consult.web.context import local
from consult.web.forms import say, sent_id
from consult.web.guards import requires, visible
from consult.web.proof import IN_THE_HALL, recently_proven
from consult.web.submissions import language_name, shown_answer
from consult.web.take_part.blueprint import blueprint
from consult.web.take_part.colleagues import colleagues
from consult.web.take_part.desk import Desk, desk_of
from consult.web.take_part.inside import CommentForm, ShownSave, part_of
from consult.web.visitor import actor, consultation

Answer = str | Response | tuple[str, int]


def part_label(draft: Draft, part: str) -> str:
    """Return what a part is called: our words, the title of a section, or its key where the form has changed."""
    if part in set(Step):
        return say(STEP_LABELS[Step(part)])
    section = form_of(draft.questionnaire_id).section(part)
    return part if section is None else say(section.titles)


@blueprint.post("/c/<slug>/write/<uuid:draft>/share")
@requires("submission.write")
def share(draft: uuid.UUID) -> Response:
    """Open a draft to the colleagues."""
    row = desk_of(draft).draft
    visible("draft.own", row)
    share_draft(row, actor=actor())
    flash(say(N_("Your colleagues can write in this draft now. It stands under “Our body’s work”.")), "ok")
    return redirect(url_for("take_part.check", draft=draft), 303)


@blueprint.post("/c/<slug>/write/<uuid:draft>/<step>/take")
@requires("submission.write")
def take(draft: uuid.UUID, step: str) -> Response:
    """Hold a part, to write in it."""
    desk = desk_of(draft)
    try:
        take_part(desk.draft, desk.step_called(step), actor=actor())
    except PartHeld:
        flash(say(N_("A colleague was quicker and is writing this part now.")), "")
    return redirect(url_for("take_part.step", draft=draft, step=step), 303)


@blueprint.post("/c/<slug>/write/<uuid:draft>/<step>/release")
@requires("submission.write")
def release(draft: uuid.UUID, step: str) -> Response:
    """Let the colleagues write in a part again."""
    desk = desk_of(draft)
    release_part(desk.draft, desk.step_called(step), actor=actor())
    return redirect(url_for("take_part.step", draft=draft, step=step), 303)


@blueprint.post("/c/<slug>/write/<uuid:draft>/<step>/comments")
@requires("submission.write")
def say_inside(draft: uuid.UUID, step: str) -> Answer:
    """Say something to the colleagues about a part; what was typed comes back if it cannot be kept."""
    desk, form = desk_of(draft), CommentForm()
    here = desk.step_called(step)
    try:
        form.validate()
        comment(desk.draft, here, form.comment.data or "", actor=actor())
    except Rejected as refused:
        for problem in refused.problems:
            form.add(Problem("comment", problem.message))
        inside = part_of(desk, here, form)
        back = url_for("take_part.step", draft=draft, step=here)
        return render_template(
            "take_part/comment.html", back=back, label=desk.label(here), inside=inside, form=form
        ), 422
    return redirect(url_for("take_part.step", draft=draft, step=here, _anchor="comments"), 303)


@blueprint.post("/c/<slug>/write/<uuid:draft>/<step>/resolve")
@requires("submission.write")
def resolve(draft: uuid.UUID, step: str) -> Response:
    """Mark a comment as dealt with."""
    desk = desk_of(draft)
    resolve_comment(sent_id(request.form.get("comment", "")), draft=desk.draft, actor=actor())
    return redirect(url_for("take_part.step", draft=draft, step=desk.step_called(step), _anchor="comments"), 303)


@blueprint.post("/c/<slug>/write/<uuid:draft>/ask")
@requires("submission.write")
def ask_for_sign_off(draft: uuid.UUID) -> Response:
    """Ask the colleagues to sign off the text as it stands."""
    try:
        ask_sign_off(desk_of(draft).draft, actor=actor())
        flash(say(N_("Your colleagues see under “Our body’s work” that this text waits for their sign-off.")), "ok")
    except Conflict as error:
        flash(say(error.message), "no")
    return redirect(url_for("take_part.check", draft=draft, _anchor="sign-off"), 303)


@blueprint.post("/c/<slug>/write/<uuid:draft>/sign")
@requires("submission.write")
@recently_proven(IN_THE_HALL)
def give_sign_off(draft: uuid.UUID) -> Response:
    """Sign off the text that the page showed, and no other."""
    try:
        sign_off(desk_of(draft).draft, request.form.get("seen", ""), actor=actor())
        flash(say(N_("You have signed off this text.")), "ok")
    except Conflict as error:
        flash(say(error.message), "no")
    return redirect(url_for("take_part.check", draft=draft, _anchor="sign-off"), 303)


@blueprint.get("/c/<slug>/write/<uuid:draft>/history/")
@requires("submission.write")
def history(draft: uuid.UUID) -> str:
    """Show who wrote what and when, the newest first, with what changed."""
    desk = desk_of(draft)
    before = request.args.get("before")
    page = saves_of(draft, before=sent_id(before) if before else None)
    names = colleagues(save.member_id for save, _ in page.saves)
    saves = [
        ShownSave(
            save,
            names.get(save.member_id, ""),
            part_label(desk.draft, save.part),
            _changes(desk, save, earlier),
        )
        for save, earlier in page.saves
    ]
    return render_template(
        "take_part/history.html",
        back=url_for("take_part.check", draft=draft),
        over=desk.draft.answers.get("title") or say(N_("A draft without a title")),
        written_in=desk.draft.answers.get("language"),
        saves=saves,
        bring_back=url_for("take_part.restore", draft=draft),
        older=url_for("take_part.history", draft=draft, before=page.after) if page.after else None,
    )


def _changes(desk: Desk, save: TextSave, earlier: TextSave | None) -> Sequence[tuple[str, Sequence[Part]]]:
    now, then = _words(desk, save), _words(desk, earlier) if earlier else {}
    return [(label, difference(then.get(label, ""), text)) for label, text in now.items() if text or then.get(label)]


def _words(desk: Desk, save: TextSave) -> dict[str, str]:
    """Return what a save holds in words, by the label of its field."""
    given, topics = save.content, {topic.slug: local(topic.names) for topic in topics_of(consultation().id)}
    own: dict[str, Question] = {question.key: question for question in desk.questions}
    found: dict[str, str] = {}
    if "title" in given:
        found[say(N_("Title"))] = str(given["title"] or "")
        found[say(N_("Language"))] = language_name(given["language"]) if given.get("language") else ""
    if "topics" in given:
        found[say(N_("Topics"))] = "\n".join(topics.get(slug, slug) for slug in given["topics"] or ())
    for key, label in (("text", N_("Text")), ("proposals", N_("Proposals")), ("why", N_("What you changed, and why"))):
        if key in given:
            found[say(label)] = str(given[key] or "")
    for key, answer in (given.get("track") or {}).items():
        question = own.get(key)
        words = (
            ""
            if answer in (None, "", [], {})
            else shown_answer(question, answer, str(desk.draft.answers.get("language") or ""))
        )
        found[say(question.label) if question else key] = _plain(words)
    return found


def _plain(words: str) -> str:
    """Return an answer as it is shown without its marks: each item of a list is a line."""
    if not isinstance(words, Markup):
        return words
    lines = unescape(re.sub(r"<[^>]*>", " ", re.sub(r"<(?:/li|br)\b[^>]*>", "\n", words))).splitlines()
    return "\n".join(filter(None, (" ".join(line.split()) for line in lines)))


@blueprint.post("/c/<slug>/write/<uuid:draft>/restore")
@requires("submission.write")
def restore(draft: uuid.UUID) -> Response:
    """Let a part say again what it said after an earlier save."""
    desk = desk_of(draft)
    try:
        restore_save(sent_id(request.form.get("save", "")), draft=desk.draft, actor=actor())
        flash(say(N_("The earlier text is back. What stood there before is in the history.")), "ok")
    except PartHeld:
        flash(say(N_("A colleague is writing this part now. Bring the earlier text back when they are done.")), "no")
    return redirect(url_for("take_part.history", draft=draft), 303)
