"""One sheet: what happened to it, its pictures from a scanner or a phone, its receipt; setting it aside."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from flask import flash, make_response, redirect, render_template, request, url_for
from flask_wtf.file import FileField
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response

from consult import clock
from consult.accounts.access import allowed
from consult.attachments import KIND_LABELS, Kind
from consult.attachments.kinds import NotNow
from consult.db import session
from consult.errors import NotFound, Problem, Rejected
from consult.i18n import LANGUAGES, N_, translate, translate_markup
from consult.paper.models import Scan, Sheet
from consult.paper.numbers import printed_number
from consult.paper.queries import scans_of, sheet_by_number
from consult.paper.receipts import PrintedReceipt, print_receipt
from consult.paper.receiving import day_of, note_received
from consult.paper.scans import (
    MOST_MEGABYTES,
    MOST_SCANS,
    add_scan,
    begin_scan,
    finish_scan,
    remove_scan,
    take_piece,
)
from consult.paper.services import entries_of, set_aside
from consult.paper.states import SHEET_LABELS, VOID_LABELS, Channel, SheetState, VoidReason
from consult.runtime import runtime
from consult.submissions.models import Submission
from consult.submissions.tracks import track_label
from consult.typed_days import A_DAY
from consult.web.documents import served_file, size_in_words
from consult.web.formats import formats
from consult.web.forms import L_, DayField, Form, RadioField, required, say
from consult.web.guards import refusal, requires
from consult.web.letters import square
from consult.web.paper.blueprint import blueprint
from consult.web.paper.desk import TAGS, in_sentence, sheet_here
from consult.web.paper.settling import may_settle
from consult.web.pieces import AROUND, begun, taken
from consult.web.visitor import actor, consultation

KEPT = N_("The picture is kept with the sheet.")


@blueprint.url_value_preprocessor
def let_a_file_in(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Take more than a page's form from whoever may keep pictures here, and only at the address for it."""
    if endpoint == "paper.add_picture" and allowed(actor(), "paper.desk", consultation()):
        request.max_content_length = 2 * MOST_MEGABYTES * 2**20 + AROUND  # a photo and a scan


@blueprint.teardown_request
def let_the_file_go(_error: BaseException | None) -> None:
    """Close what came with a form: a large file lies in a temporary one until then."""
    request.close()


class PictureForm(Form):
    """A photo taken now, or a file that lies there."""

    photo = FileField(L_("Take a photo of a page"), render_kw={"accept": "image/*", "capture": "environment"})
    file = FileField(L_("Or choose a scan"), render_kw={"accept": "image/*,application/pdf"})

    @property
    def chosen(self) -> Mapping[str, FileStorage]:
        """Return the files that were given, by field."""
        given = {field.name: field.data for field in (self.photo, self.file)}
        return {name: file for name, file in given.items() if isinstance(file, FileStorage) and file.filename}


@blueprint.get("/c/<slug>/paper/sheets/<int:number>/")
@requires("public.read")
def sheet(number: int) -> str | Response:
    """Show a sheet to its clerks; whoever else points a phone at its square is led to where receipts are read."""
    row = sheet_by_number(consultation().id, number)
    if row is None or not allowed(actor(), "paper.desk", row):
        waiting = row is not None and actor().held_back
        if waiting and allowed(actor().with_every_role(), "paper.desk", row):
            raise refusal("paper.desk", row, NotFound)
        return redirect(url_for("paper.receipt"), 303)
    return _sheet_page(row, PictureForm())


class DayForm(Form):
    """The day on which a sheet came in."""

    day = DayField(L_("Came in on"), [required(A_DAY)])


def _sheet_page(row: Sheet, form: PictureForm, noted: DayForm | None = None) -> str:
    entries = entries_of(row.id)
    submission = session.get(Submission, row.submission_id) if row.submission_id else None
    clerk = allowed(actor(), "paper.enter", row)
    waits = row.state in (SheetState.PRINTED, SheetState.ENTERED)
    told = allowed(actor(), "paper.pictures", row)
    scans = [
        (one, say(KIND_LABELS[Kind(one.kind)]), size_in_words(one.size)) for one in (scans_of(row) if told else ())
    ]
    mine = any(one.entered_by == actor().person for one in entries)
    return render_template(
        "paper/sheet.html",
        row=row,
        form=form,
        noted=noted or DayForm(formdata=None, day=(row.received_on or day_of(clock.now(), consultation())).isoformat()),
        notes=clerk and row.state not in (SheetState.DONE, SheetState.VOID),
        printed=printed_number(row.number),
        label=track_label(row.track),
        tag=(SHEET_LABELS[SheetState(row.state)], TAGS[SheetState(row.state)]),
        assisted=row.channel == Channel.ASSISTED,
        entries=entries,
        sheet_language=LANGUAGES[row.language].name,
        reason=VOID_LABELS[VoidReason(row.void_reason)] if row.void_reason else None,
        told=told,
        submission=submission if told else None,
        readable=told and submission is not None and allowed(actor(), "submission.read", submission),
        mine=mine,
        enters=clerk and waits and not mine,
        settles=may_settle(row),
        receipts=clerk and row.state != SheetState.VOID and row.claimed_at is None,
        voids=clerk and row.state not in (SheetState.DONE, SheetState.VOID),
        scans=scans,
        room=max(MOST_SCANS - len(scans), 0) if row.state != SheetState.VOID else 0,
        megabytes=MOST_MEGABYTES,
    )


@blueprint.post("/c/<slug>/paper/sheets/<int:number>/received/")
@requires("paper.enter")
def note_day(number: int) -> Response | tuple[str, int]:
    """Note the day on which a sheet came in on paper."""
    row, form = sheet_here(number, "paper.enter"), DayForm()
    try:
        with form.whole():
            note_received(row, form.day.given, consultation=consultation(), actor=actor())
    except Rejected as error:
        form.take(error)
        return _sheet_page(sheet_here(number), PictureForm(formdata=None), form), 422
    flash(say(N_("The day is noted.")), "ok")
    return redirect(url_for("paper.sheet", number=number), 303)


@blueprint.post("/c/<slug>/paper/sheets/<int:number>/pictures/")
@requires("paper.desk")
def add_picture(number: int) -> Response | tuple[str, int]:
    """Check a picture, or a photo and a scan, and keep it with the sheet; the page says why one is not taken."""
    row, form = sheet_here(number, "paper.pictures"), PictureForm()
    chosen = form.chosen
    if not form.validate_on_submit() or not chosen:
        form.add(Problem("photo", N_("Take a photo, or choose a file.")))
        return _sheet_page(row, form), 422
    for name, file in chosen.items():
        try:
            add_scan(sheet_here(number, "paper.pictures"), file.stream, actor=actor())
        except Rejected as error:
            form.add(Problem(name, error.problems[0].message))
            return _sheet_page(sheet_here(number), form), 422
        except NotNow as error:
            form.add(Problem(name, error.message))
            return _sheet_page(sheet_here(number), form), 503
        flash(say(KEPT), "ok")
    return redirect(url_for("paper.sheet", number=number, _anchor="pictures"), 303)


@blueprint.post("/c/<slug>/paper/sheets/<int:number>/pictures/pieces/")
@requires("paper.desk")
def bring_picture(number: int) -> Response | tuple[Response, int]:
    """Begin to bring a picture in pieces, or go on with it."""
    row = sheet_here(number, "paper.pictures")
    return begun(lambda coming: begin_scan(coming, sheet=row, actor=actor()))


@blueprint.post("/c/<slug>/paper/sheets/<int:number>/pictures/pieces/<uuid:upload>/<int:start>")
@requires("paper.desk")
def picture_piece(number: int, upload: uuid.UUID, start: int) -> Response | tuple[Response | str, int]:
    """Keep a piece of a picture; with the last, the whole is checked and kept with the sheet."""
    row = sheet_here(number, "paper.pictures")
    return taken(
        lambda content: take_piece(upload, start, content, sheet=row, actor=actor()),
        lambda: finish_scan(upload, sheet=row, actor=actor()),
        url_for("paper.sheet", number=number),
        KEPT,
    )


def _scan_of(row: Sheet, picture: uuid.UUID) -> tuple[int, Scan]:
    found = next(((n, one) for n, one in enumerate(scans_of(row), start=1) if one.id == picture), None)
    if found is None:
        raise NotFound
    return found


@blueprint.get("/c/<slug>/paper/sheets/<int:number>/pictures/<uuid:picture>")
@requires("paper.desk")
def picture(number: int, picture: uuid.UUID) -> Response:
    """Give a picture of a sheet, to be kept under a name that tells its number."""
    row = sheet_here(number, "paper.pictures")
    place, found = _scan_of(row, picture)
    return served_file(found, f"sheet-{printed_number(row.number)}-{place}.{found.kind}")


@blueprint.post("/c/<slug>/paper/sheets/<int:number>/pictures/<uuid:picture>/remove")
@requires("paper.desk")
def remove_picture(number: int, picture: uuid.UUID) -> Response:
    """Take away a picture that belongs to another sheet, or is blurred."""
    remove_scan(sheet_here(number, "paper.pictures"), picture, actor=actor())
    flash(say(N_("The picture is removed.")), "ok")
    return redirect(url_for("paper.sheet", number=number, _anchor="pictures"), 303)


class VoidForm(Form):
    """Why a sheet is set aside."""

    reason = RadioField(L_("Why is it set aside?"), validate_choice=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.reason.choices = [(key.value, say(label)) for key, label in VOID_LABELS.items()]


@blueprint.route("/c/<slug>/paper/sheets/<int:number>/aside/", methods=["GET", "POST"])
@requires("paper.enter")
def put_aside(number: int) -> str | Response | tuple[str, int]:
    """Ask why, then set a sheet aside for good."""
    row, form = sheet_here(number, "paper.enter"), VoidForm()
    if form.validate_on_submit():
        if form.reason.data in set(VoidReason):
            set_aside(row, VoidReason(form.reason.data), actor=actor())
            flash(say(N_("Sheet %(number)s is set aside.", number=in_sentence(row.number))), "ok")
            return redirect(url_for("paper.desk"), 303)
        form.add(Problem("reason", N_("Choose one of the answers.")))
    page = render_template("paper/aside.html", form=form, row=row, printed=printed_number(row.number))
    return page, 422 if form.is_submitted() else 200


@blueprint.post("/c/<slug>/paper/sheets/<int:number>/receipt/")
@requires("paper.enter")
def give_receipt(number: int) -> Response:
    """Make the receipt of a sheet and show it once, to be printed."""
    return _receipt_page(print_receipt(sheet_here(number, "paper.enter"), actor=actor()))


def _receipt_page(made: PrintedReceipt) -> Response:
    """Answer with a receipt to be printed, in the language of the sheet; its code is kept nowhere, so neither is the page."""
    here, code = consultation(), made.language
    address = f"{runtime().settings.base_url.rstrip('/')}/{code}/c/{here.slug}/receipt/"
    said = [
        N_("With this number and code you can read what became of your text, without an account."),
        N_(
            "If you take part with an account, now or later, you can take your text over: then it is yours to correct and to withdraw."
        ),
        N_("Whoever has this receipt can do so in your place. Keep it safe, and show it to nobody."),
    ]
    response: Response = make_response(
        render_template(
            "paper/receipt_print.html",
            language_of=LANGUAGES[code],
            number=made.number,
            printed=printed_number(made.number),
            code=made.code,
            heading=translate(N_("Receipt"), code),
            lines=[translate_markup(line, code) for line in said],
            labels={
                "number": translate(N_("Number of the sheet"), code),
                "code": translate(N_("Code"), code),
                "day": translate(N_("Came in on paper on"), code),
                "address": translate(N_("Type it here, or point a phone at the square:"), code),
            },
            day=formats(code, here.timezone).day(made.received_on) if made.received_on else "",
            address=address,
            qr=square(address),
            consultation_name=here.names.for_language(code),
        )
    )
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
