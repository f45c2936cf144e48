"""The minutes of a session: read, completed, lines left out and taken in, approved."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from consult.db import session
from consult.errors import NotFound, Rejected
from consult.i18n import LANGUAGES, N_
from consult.sessions import services
from consult.sessions.minutes import Entry
from consult.sessions.models import MinutesEntry
from consult.sessions.present import Sitting, minutes_of
from consult.sessions.states import ItemState, item_state
from consult.web.facilitate.blueprint import blueprint
from consult.web.facilitate.sessions import session_or_404
from consult.web.forms import L_, Form, SelectField, TextAreaField, clean_text, say
from consult.web.guards import requires
from consult.web.language import current_language
from consult.web.sittings import sitting_or_404, state_tag
from consult.web.visitor import actor


class MinutesForm(Form):
    """A paragraph of the minutes, or a remark on a line."""

    text = TextAreaField(L_("Text"), filters=[clean_text])
    language = SelectField(L_("Language of this text"), choices={code: lang.name for code, lang in LANGUAGES.items()})
    item = SelectField(L_("Belongs to"), validate_choice=False)


def _form(now: Sitting) -> MinutesForm:
    form = MinutesForm(language=current_language().code, item=str(now.item.id) if now.item else "")
    begun = [item for item in now.items if item_state(item) is not ItemState.TO_COME]
    whole = {"": say(N_("The session as a whole"))}
    form.item.choices = whole | {str(i.id): f"{i.position}. {say(i.titles)}" for i in begun}
    return form


def _page(now: Sitting, form: MinutesForm) -> str:
    entries = minutes_of(now, hidden=True)
    return render_template(
        "facilitate/minutes.html",
        now=now,
        row=now.session,
        tag=state_tag(now.session),
        form=form,
        entries=[entry for entry in entries if not entry.hidden],
        hidden=[entry for entry in entries if entry.hidden],
        approved=now.session.minutes_approved_at,
    )


@blueprint.get("/c/<slug>/facilitate/sessions/<int:number>/minutes/")
@requires("minutes.write")
def minutes(number: int) -> str:
    """Show the minutes with what can be done to each line."""
    now = sitting_or_404(number, "minutes.write")
    return _page(now, _form(now))


@blueprint.post("/c/<slug>/facilitate/sessions/<int:number>/minutes/")
@requires("minutes.write")
def write_minutes(number: int) -> Response | tuple[str, int]:
    """Write a paragraph."""
    now = sitting_or_404(number, "minutes.write")
    form = _form(now)
    try:
        services.write_minutes(
            form.text.data or "",
            language=form.language.data,
            item=_item(form.item.data),
            sitting=now.session,
            actor=actor(),
        )
    except Rejected as refused:
        form.take(refused)
        return _page(now, form), 422
    flash(say(N_("Written into the minutes.")), "ok")
    return redirect(url_for("facilitate.minutes", number=number), 303)


@blueprint.get("/c/<slug>/facilitate/sessions/<int:number>/minutes/<uuid:entry>/")
@requires("minutes.write")
def edit_line(number: int, entry: uuid.UUID) -> str:
    """Show one line to be corrected."""
    now = sitting_or_404(number, "minutes.write")
    line = _line(now, entry)
    return _line_page(now, line, MinutesForm(text=line.text, language=_language_of(line)))


@blueprint.post("/c/<slug>/facilitate/sessions/<int:number>/minutes/<uuid:entry>/")
@requires("minutes.write")
def correct_line(number: int, entry: uuid.UUID) -> Response | tuple[str, int]:
    """Correct a paragraph, or the remark on a line."""
    now = sitting_or_404(number, "minutes.write")
    line, form = _line(now, entry), MinutesForm()
    try:
        services.correct_minutes(
            session.get_one(MinutesEntry, entry), form.text.data or "", language=form.language.data, actor=actor()
        )
    except Rejected as refused:
        form.take(refused)
        return _line_page(now, line, form), 422
    flash(say(N_("The minutes were corrected.")), "ok")
    return redirect(url_for("facilitate.minutes", number=number), 303)


LINE_ACTS: dict[str, Callable[..., MinutesEntry]] = {
    "hide": services.hide_in_minutes,
    "show": services.show_in_minutes,
}


@blueprint.post("/c/<slug>/facilitate/sessions/<int:number>/minutes/<uuid:entry>/<any(hide,show):act>/")
@requires("minutes.write")
def change_line(number: int, entry: uuid.UUID, act: str) -> Response:
    """Leave a line out of the minutes, or take it in."""
    row = session_or_404(number, "minutes.write")
    found = session.get(MinutesEntry, entry)
    if found is None or found.session_id != row.id:
        raise NotFound
    LINE_ACTS[act](found, actor=actor())
    return redirect(url_for("facilitate.minutes", number=number), 303)


@blueprint.get("/c/<slug>/facilitate/sessions/<int:number>/minutes/approve/")
@requires("minutes.approve")
def confirm_minutes(number: int) -> str:
    """Show the minutes as they will be public, and ask once more."""
    now = sitting_or_404(number, "minutes.approve")
    return render_template("facilitate/approve.html", row=now.session, entries=minutes_of(now))


@blueprint.post("/c/<slug>/facilitate/sessions/<int:number>/minutes/approve/")
@requires("minutes.approve")
def approve_minutes(number: int) -> Response:
    """Approve the minutes."""
    services.approve_minutes(session_or_404(number, "minutes.approve"), actor=actor())
    flash(say(N_("The minutes are approved and public.")), "ok")
    return redirect(url_for("public.session", number=number), 303)


def _line(now: Sitting, entry: uuid.UUID) -> Entry:
    found = next((line for line in minutes_of(now, hidden=True) if line.id == entry), None)
    if found is None:
        raise NotFound
    return found


def _line_page(now: Sitting, line: Entry, form: MinutesForm) -> str:
    return render_template("facilitate/minutes_line.html", row=now.session, line=line, form=form)


def _language_of(line: Entry) -> str:
    """Return the language a text is in; a remark that is not written yet is in the page's."""
    return line.language if line.text else current_language().code


def _item(given: str | None) -> uuid.UUID | None:
    try:
        return uuid.UUID(given) if given else None
    except ValueError:
        raise NotFound from None
