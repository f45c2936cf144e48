"""Settling: a third person looks at the paper and decides, box by box, what stands there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import flash, redirect, render_template, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from consult.accounts.access import allowed
from consult.errors import Conflict, NotFound, Problem, Rejected
from consult.i18n import N_
from consult.paper.boxes import Box
from consult.paper.models import Entry, Sheet
from consult.paper.numbers import printed_number
from consult.paper.policies import TwiceEntered
from consult.paper.queries import differing_of, scans_of
from consult.paper.services import Settlement, boxes_on, entries_of, settle
from consult.paper.states import SheetState
from consult.submissions.difference import difference
from consult.submissions.tracks import track_label
from consult.web.forms import Form, LazyLabel, RadioField, say
from consult.web.guards import requires, visible
from consult.web.paper.blueprint import blueprint
from consult.web.paper.desk import in_sentence, sheet_here
from consult.web.paper.forms import box_field, box_label, given_in, squares, typed_for
from consult.web.submissions import shown_answer
from consult.web.visitor import actor, consultation


def twice_entered(row: Sheet, entries: Sequence[Entry]) -> TwiceEntered:
    """Return a sheet with who entered it, for the question who may settle it."""
    return TwiceEntered(row, frozenset(one.entered_by for one in entries))


def may_settle(row: Sheet) -> bool:
    """Tell whether the visitor may settle a sheet that waits for it (1 query where it waits)."""
    return row.state == SheetState.DIFFERS and allowed(actor(), "paper.settle", twice_entered(row, entries_of(row.id)))


@blueprint.route("/c/<slug>/paper/sheets/<int:number>/settle/", methods=["GET", "POST"])
@requires("paper.desk")
def settle_sheet(number: int) -> str | Response | tuple[str, int]:
    """Show both entries of each box in which they differ, without saying whose is which, and take what stands there."""
    row, here = sheet_here(number), consultation()
    entries = entries_of(row.id)
    visible("paper.settle", twice_entered(row, entries))
    if row.state == SheetState.DONE:  # pressed twice, or settled in another window
        return redirect(url_for("paper.sheet", number=number), 303)
    if row.state != SheetState.DIFFERS:
        raise NotFound
    wanted = differing_of(row.id)
    boxes = [box for box in boxes_on(row, here) if box.question.key in wanted]
    first, second = (one.answers for one in entries)
    form = _form(boxes)(**_defaults(boxes, first))
    status = 200
    if form.validate_on_submit():
        try:
            settle(row, _settlement(form, boxes), consultation=here, actor=actor())
            flash(say(N_("Sheet %(number)s is settled and handed in.", number=in_sentence(row.number))), "ok")
            return redirect(url_for("paper.desk", state=SheetState.DIFFERS.value), 303)
        except Rejected as error:
            _take(form, error)
            status = 422
        except Conflict as error:
            form.add(Problem("", error.message))
            status = 409
    elif form.is_submitted():
        status = 422
    page = render_template(
        "paper/settle.html",
        form=form,
        row=row,
        printed=printed_number(row.number),
        label=track_label(row.track),
        boxes=[_shown(box, first, second, row.language) for box in boxes],
        scans=scans_of(row),
    )
    return page, status


def _form(boxes: Sequence[Box]) -> type[Form]:
    fields: dict[str, Any] = {}
    answers = {"1": say(N_("As in entry A")), "2": say(N_("As in entry B")), "0": say(N_("Neither: as typed here"))}
    for box in boxes:
        fields[f"stands-{box.question.key}"] = RadioField(
            LazyLabel(N_("What stands on the sheet?")), choices=answers, validate_choice=False
        )
        fields[box.question.key] = box_field(box)
    return type("SettleForm", (Form,), fields)


def _defaults(boxes: Sequence[Box], first: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the fields hold before: a longer text to be mended is not typed anew."""
    return {box.question.key: typed_for(box, first.get(box.question.key)) for box in boxes}


def _settlement(form: Form, boxes: Sequence[Box]) -> Settlement:
    """Return what was decided; Rejected where what was typed instead of both is no answer."""
    chosen = {box.question.key: str(form[f"stands-{box.question.key}"].data or "") for box in boxes}
    typed = [box for box in boxes if chosen[box.question.key] == "0"]
    answers, problems = given_in(form, typed)
    if problems:
        raise Rejected(problems)
    return Settlement({key: int(value) for key, value in chosen.items() if value in ("0", "1", "2")}, answers)


def _take(form: Form, refused: Rejected) -> None:
    """Put each problem at what it is about: the question what stands there, or what was typed."""
    for problem in refused.problems:
        asked = f"stands-{problem.field}"
        undecided = asked in form and form[asked].data not in ("0", "1", "2")
        form.add(Problem(asked if undecided else problem.field, problem.message))


def _shown(box: Box, first: Mapping[str, Any], second: Mapping[str, Any], language: str) -> dict[str, Any]:
    key = box.question.key
    one, other = first.get(key), second.get(key)
    return {
        "key": key,
        "label": box_label(box),
        "hint": squares(box.question),
        "parts": difference(one, other) if isinstance(one, str) and isinstance(other, str) and box.written else None,
        "first": _said(box, one, language),
        "second": _said(box, other, language),
        "written": box.written,
    }


def _said(box: Box, answer: Any, language: str) -> Markup | str:
    return say(N_("Nothing")) if answer is None else shown_answer(box.question, answer, language)
