"""Entering: a sheet, by each of two clerks on their own; and a position that a clerk writes down for somebody."""

from __future__ import annotations

import uuid

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from consult.db import as_id, new_id
from consult.errors import Conflict, Problem, Rejected
from consult.i18n import N_, Message
from consult.paper.boxes import LANGUAGE, boxes_of
from consult.paper.models import Sheet
from consult.paper.numbers import printed_number
from consult.paper.services import AssistDraft, assist, boxes_on, enter, entries_of, form_asked
from consult.paper.states import SheetState
from consult.submissions.tracks import track_label
from consult.web.forms import Form, HiddenField, say
from consult.web.guards import requires, visible
from consult.web.language import current_language
from consult.web.paper.blueprint import blueprint
from consult.web.paper.desk import own_tracks, sheet_here
from consult.web.paper.forms import box_form, given_in, shown_boxes
from consult.web.visitor import actor, consultation

#: What the desk says after an entry, by the state that it led to.
ENTERED_WORDS: dict[str, Message] = {
    SheetState.ENTERED: N_("Entered. Somebody else enters this sheet the second time. Type the number of the next."),
    SheetState.DONE: N_("Entered. Both entries agree, and the text is handed in. Type the number of the next."),
    SheetState.DIFFERS: N_("Entered. The entries differ, and a third person settles it. Type the number of the next."),
}


@blueprint.route("/c/<slug>/paper/sheets/<int:number>/enter/", methods=["GET", "POST"])
@requires("paper.enter")
def enter_sheet(number: int) -> str | Response | tuple[str, int]:
    """Enter a sheet; nobody sees here what somebody else entered."""
    row, here = sheet_here(number, "paper.enter"), consultation()
    if not request.form and not _waits_for_me(row):
        return redirect(url_for("paper.sheet", number=number), 303)
    boxes = boxes_on(row, here)
    form = box_form(boxes)(**{LANGUAGE: row.language})
    status = 200
    if form.validate_on_submit():
        answers, problems = given_in(form, boxes)
        try:
            if problems:
                raise Rejected(problems)
            done = enter(row, answers, consultation=here, actor=actor())
            flash(say(ENTERED_WORDS[done.state]), "ok")
            return redirect(url_for("paper.desk", state=SheetState.PRINTED.value, _anchor="s-number"), 303)
        except Rejected as error:
            form.take(error)
            status = 422
        except Conflict as error:
            form.add(Problem("", error.message))
            status = 409
    elif form.is_submitted():
        status = 422
    page = render_template(
        "paper/enter.html",
        form=form,
        row=row,
        printed=printed_number(row.number),
        boxes=list(shown_boxes(boxes)),
        label=track_label(row.track),
        lang=row.language,
    )
    return page, status


def _waits_for_me(row: Sheet) -> bool:
    """Tell whether a sheet waits for an entry of the visitor (1 query where it waits at all)."""
    waits = row.state in (SheetState.PRINTED, SheetState.ENTERED)
    return waits and all(one.entered_by != actor().person for one in entries_of(row.id))


class AssistForm(Form):
    """A page that writes down once, however often its button is pressed, and what it asked when it was opened."""

    once = HiddenField()
    asked = HiddenField()


@blueprint.route("/c/<slug>/paper/assist/<track>/", methods=["GET", "POST"])
@requires("paper.enter")
def assist_person(track: str) -> str | Response | tuple[str, int]:
    """Write down a position for somebody who stands here, and hand it in; then the receipt is printed."""
    here = consultation()
    visible("paper.enter", None if track not in own_tracks("paper.enter") else here)
    asked = form_asked(here.id, track, as_id(request.form.get("asked")))
    boxes = boxes_of(here, track, asked)
    language = current_language().code
    form = box_form(boxes, AssistForm)(**{LANGUAGE: language, "once": str(new_id())})
    form.asked.data = str(asked or "")
    status = 200
    if form.validate_on_submit():
        answers, problems = given_in(form, boxes)
        try:
            if problems:
                raise Rejected(problems)
            draft = AssistDraft(track, str(answers.get(LANGUAGE, language)), answers, _identity(form.once.data), asked)
            made = assist(draft, consultation=here, actor=actor())
            flash(say(N_("The position is handed in. Print the receipt now and give it to the person.")), "ok")
            return redirect(url_for("paper.sheet", number=made.number), 303)
        except Rejected as error:
            form.take(error)
            status = 422
        except Conflict as error:
            form.add(Problem("", error.message))
            status = 409
    elif form.is_submitted():
        status = 422
    page = render_template(
        "paper/assist.html",
        form=form,
        boxes=list(shown_boxes(boxes)),
        track=track,
        label=track_label(track),
        lang=request.form.get(LANGUAGE, language),
    )
    return page, status


def _identity(given: str | None) -> uuid.UUID:
    try:
        return uuid.UUID(given or "")
    except ValueError as error:
        raise Conflict from error
