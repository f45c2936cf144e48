"""The desk: find a sheet by its number, print sheets, see what waits, and how often two entries differ."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from consult.accounts.access import allowed
from consult.consultations.phases import Right, is_open
from consult.errors import NotFound, Rejected
from consult.i18n import LANGUAGES, N_, NN_, Localized, Message
from consult.paper.boxes import NAME, Box, boxes_of
from consult.paper.models import Sheet
from consult.paper.numbers import MOST, printed_number, sheet_number_of
from consult.paper.printing import as_pdf
from consult.paper.queries import (
    PAGE,
    BoxRate,
    box_rates,
    counts_of,
    pair_rates,
    runs_of,
    sheet_by_number,
    sheets_in,
    sheets_of_run,
)
from consult.paper.services import MOST_AT_ONCE, PrintDraft, boxes_on, print_sheets
from consult.paper.states import SHEET_LABELS, SheetState
from consult.submissions.tracks import track_label
from consult.turns import Queue
from consult.web.addresses import sent_number
from consult.web.forms import L_, Form, IntegerField, SelectField, say
from consult.web.guards import requires, visible
from consult.web.language import current_language
from consult.web.paper.blueprint import blueprint
from consult.web.paper.forms import box_label
from consult.web.visitor import actor, consultation

TAGS = {
    SheetState.PRINTED: "",
    SheetState.ENTERED: "wait",
    SheetState.DIFFERS: "ret",
    SheetState.DONE: "ok",
    SheetState.VOID: "shut",
}
#: Setting fifty sheets takes seconds: one file at a time in a process, a few wait.
setting = Queue(1, 3, 60)


class PrintForm(Form):
    """Which sheets are printed."""

    track = SelectField(L_("Track"), validate_choice=False)
    language = SelectField(L_("Language of the sheets"), validate_choice=False)
    count = IntegerField(
        L_("How many sheets"),
        description=L_("At most %(count)s at once. Each has a number of its own.", count=MOST_AT_ONCE),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.track.choices = [(key, say(track_label(key))) for key in own_tracks()]
        self.language.choices = [(code, language.name) for code, language in LANGUAGES.items()]


def own_tracks(permission: str = "paper.desk") -> list[str]:
    """Return the tracks of the consultation in which the visitor may do something with sheets."""
    here = consultation()
    return [
        row.key
        for row in here.tracks
        if row.enabled and allowed(actor(), permission, Sheet(consultation_id=here.id, track=row.key))
    ]


def sheet_here(number: int, permission: str = "paper.desk") -> Sheet:
    """Return a sheet of this consultation that the visitor may do something with; NotFound otherwise."""
    return visible(permission, sheet_by_number(consultation().id, number))


def in_sentence(number: int) -> str:
    """Return the number of a sheet for a sentence without markup, so that an Arabic one does not turn it round."""
    return f"\u2066{printed_number(number)}\u2069"


@blueprint.get("/c/<slug>/paper/")
@requires("paper.desk")
def desk() -> str:
    """Show the desk: what waits in one state, the runs that were printed."""
    return _desk_page()


def _desk_page(wrong: Message | None = None) -> str:
    here = consultation()
    state = request.args.get("state", "")
    if state not in set(SheetState):
        state = SheetState.ENTERED
    found = sheets_in(here.id, state, actor(), after=min(sent_number(request.args, "after") or 0, MOST))
    last = found[PAGE - 1].number if len(found) > PAGE else None
    return render_template(
        "paper/desk.html",
        wrong=say(wrong) if wrong else "",
        typed=request.args.get("number", ""),
        state=state,
        rows=found[:PAGE],
        older=url_for("paper.desk", state=state, after=last) if last else None,
        counts=counts_of(here.id, actor()),
        labels=SHEET_LABELS,
        tags=TAGS,
        runs=runs_of(here.id, actor()),
        languages=LANGUAGES,
        printed=printed_number,
        assists=[(key, track_label(key)) for key in own_tracks("paper.enter")]
        if is_open(here.phases, Right.SUBMIT)
        else [],
        track_label=track_label,
    )


@blueprint.get("/c/<slug>/paper/find/")
@requires("paper.desk")
def find() -> Response | tuple[str, int]:
    """Go to the sheet of a number: to its form where it waits for one more entry by this clerk, else to its page."""
    number = sheet_number_of(request.args.get("number", ""))
    if number is None:
        return _desk_page(
            N_("This is not the number of a sheet: five digits and a letter, as printed at its top.")
        ), 422
    row = sheet_by_number(consultation().id, number)
    if row is None or not allowed(actor(), "paper.desk", row):
        return _desk_page(N_("There is no sheet of this number here.")), 422
    waits = row.state in (SheetState.PRINTED, SheetState.ENTERED) and allowed(actor(), "paper.enter", row)
    if not waits:
        return redirect(url_for("paper.sheet", number=row.number), 303)
    # the fragment puts the cursor into the first box, so that nobody needs the mouse
    return redirect(url_for("paper.enter_sheet", number=row.number, _anchor=NAME), 303)


@blueprint.route("/c/<slug>/paper/print/", methods=["GET", "POST"])
@requires("paper.desk")
def print_run() -> str | Response | tuple[str, int]:
    """Take numbers for sheets to be printed."""
    form = PrintForm(language=current_language().code, count=20)
    if form.validate_on_submit():
        draft = PrintDraft(form.track.data or "", form.language.data or "", form.count.data or 0)
        try:
            made = print_sheets(draft, consultation=consultation(), actor=actor())
        except Rejected as error:
            form.take(error)
        else:
            flash(say(NN_("One sheet is ready to print.", "%(count)s sheets are ready to print.", len(made))), "ok")
            return redirect(url_for("paper.desk", _anchor=f"run-{made[0].number}"), 303)
    page = render_template("paper/print.html", form=form)
    return page, 422 if form.is_submitted() else 200


@blueprint.get("/c/<slug>/paper/print/<int:run>.pdf")
@requires("paper.desk")
def run_pdf(run: int) -> Response:
    """Give sheets of a run as PDF, from `first` on; nothing in it is secret, so it can be printed again."""
    here = consultation()
    found = sheets_of_run(here.id, run, min(sent_number(request.args, "first") or 0, MOST))
    if not found:
        raise NotFound
    visible("paper.desk", found[0])
    boxes = boxes_on(found[0], here)
    with setting.served():
        content = as_pdf(found, boxes, consultation=here)
    answer = Response(content, mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'attachment; filename="sheets-{found[0].number}-{found[-1].number}.pdf"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.get("/c/<slug>/paper/agreement/")
@requires("paper.figures")
def agreement() -> str:
    """Show how often two entries differ, by question and by pair of clerks."""
    rates = box_rates(consultation().id)
    filled, differed = sum(rate.filled for rate in rates), sum(rate.differed for rate in rates)
    return render_template(
        "paper/agreement.html",
        rates=[(_label_of(rate), track_label(rate.track), rate.filled, rate.differed) for rate in rates],
        pairs=pair_rates(consultation().id),
        filled=filled,
        differed=differed,
        counts=counts_of(consultation().id, actor()),
    )


def _label_of(rate: BoxRate) -> Message | Localized | str:
    """Return the label of a box; of one that is no longer asked, its key."""
    boxes = boxes_of(consultation(), rate.track, rate.questionnaire)
    found: Box | None = next((box for box in boxes if box.question.key == rate.box), None)
    return rate.box if found is None else box_label(found)
