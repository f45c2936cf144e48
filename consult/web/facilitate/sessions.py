"""The moderator's desk: what runs a session, each act one press."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from flask import abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from consult import clock
from consult.accounts.clauses import permitted
from consult.consultations.names import public_names
from consult.db import session
from consult.i18n import N_, Message
from consult.sessions import services
from consult.sessions.models import Session, Speech
from consult.sessions.present import floor_and_log
from consult.sessions.queries import parts_ending, seats_by_track, seconds_by_track, session_by_number, sessions_of
from consult.sessions.services.planning import item_of
from consult.sessions.states import SessionState
from consult.web.conditional import conditional, fresh_for
from consult.web.facilitate.blueprint import blueprint
from consult.web.forms import say
from consult.web.guards import requires, visible
from consult.web.sittings import (
    agenda_lines,
    kind_label,
    matters,
    one_day,
    quorum_words,
    sitting_or_404,
    span_of,
    speakers,
    state_tag,
    track_label,
)
from consult.web.visitor import actor, consultation

Act = Callable[..., Session]

#: act -> the service and what is said afterwards
ACTS: dict[str, tuple[Act, Message]] = {
    "open": (services.open_session, N_("The session is open.")),
    "suspend": (services.suspend_session, N_("The session is suspended.")),
    "resume": (services.resume_session, N_("The session goes on.")),
    "close": (services.close_session, N_("The session is closed. Complete the minutes and approve them.")),
}

SPEECH_ACTS: dict[str, Callable[..., Speech]] = {
    "more": services.extend_speech,
    "end": services.end_speech,
    "withdraw": services.withdraw_request,
}


def back_to_desk(number: int) -> Response:
    """Return to the desk of a session."""
    return redirect(url_for("facilitate.console", number=number), 303)


def session_or_404(number: int, action: str = "session.run") -> Session:
    """Return the session of the address to which the visitor may do `action`."""
    return visible(action, session_by_number(consultation().id, number))


@blueprint.get("/c/<slug>/facilitate/sessions/")
@requires("session.desk")
def sessions() -> str:
    """Show the sessions to run: those that sit, those to come, those whose minutes are not approved."""
    found = sessions_of(consultation().id, permitted(actor(), "session.desk", consultation().id))
    return render_template(
        "facilitate/sessions.html",
        running=[row for row in found if row.state in (SessionState.OPEN, SessionState.SUSPENDED)],
        to_come=[row for row in found if row.state == SessionState.PLANNED],
        past=[row for row in found if row.state == SessionState.CLOSED][::-1],
        kind_label=kind_label,
        state_tag=state_tag,
        one_day=one_day,
    )


@blueprint.get("/c/<slug>/facilitate/sessions/<int:number>/")
@conditional
@requires("session.run")
def console(number: int) -> str:
    """Show the desk: the item, the floor, the quorum, the agenda, and what can be done now."""
    now = sitting_or_404(number, "session.run")
    floor, log = floor_and_log(now)
    on_the_table = matters(now)
    ended, until = parts_ending(now.session)
    if until is not None:
        fresh_for((until - clock.now()).total_seconds())
    return render_template(
        "facilitate/console.html",
        now=now,
        row=now.session,
        tag=state_tag(now.session),
        quorum=quorum_words(now.quorum),
        agenda=agenda_lines(now, on_the_table.recommendations),
        floor=speakers(floor),
        log=log,
        ballots=on_the_table.ballots,
        gone=span_of(now.item) if now.item else 0,
        seats=[(track_label(key), *counts) for key, counts in seats_by_track(now.session).items()],
        ended=[(member, name) for member, name in public_names(ended).items()],
        spoken=[(track_label(key), seconds) for key, seconds in seconds_by_track(now.session.id).items()],
    )


@blueprint.get("/c/<slug>/facilitate/sessions/<int:number>/<any(open,suspend,close):act>/")
@requires("session.run")
def confirm(number: int, act: str) -> str:
    """Ask once more before an act that cannot be taken back, or that stops the whole hall."""
    now = sitting_or_404(number, "session.run")
    floor, _ = floor_and_log(now, newest=1)
    return render_template(
        "facilitate/confirm.html",
        act=act,
        now=now,
        row=now.session,
        quorum=quorum_words(now.quorum),
        floor=speakers(floor),
        ballots=matters(now).ballots,
    )


@blueprint.post("/c/<slug>/facilitate/sessions/<int:number>/<any(open,suspend,resume,close):act>/")
@requires("session.run")
def change_state(number: int, act: str) -> Response:
    """Open, suspend, resume or close the session."""
    service, words = ACTS[act]
    service(session_or_404(number), actor=actor())
    flash(say(words), "ok")
    return back_to_desk(number)


@blueprint.post("/c/<slug>/facilitate/sessions/<int:number>/items/<uuid:item>/start/")
@requires("session.run")
def start_item(number: int, item: uuid.UUID) -> Response:
    """Take up an item."""
    services.start_item(item_of(session_or_404(number), item), actor=actor())
    return back_to_desk(number)


@blueprint.get("/c/<slug>/facilitate/sessions/<int:number>/items/<uuid:item>/finish/")
@requires("session.run")
def confirm_finish(number: int, item: uuid.UUID) -> str:
    """Ask once more before an item ends while people still wait for the floor."""
    now = sitting_or_404(number, "session.run")
    floor, _ = floor_and_log(now, newest=1)
    return render_template(
        "facilitate/finish.html", row=now.session, item=item_of(now.session, item), floor=speakers(floor)
    )


@blueprint.post("/c/<slug>/facilitate/sessions/<int:number>/items/<uuid:item>/finish/")
@requires("session.run")
def finish_item(number: int, item: uuid.UUID) -> Response:
    """End the discussion of an item."""
    services.finish_item(item_of(session_or_404(number), item), actor=actor())
    return back_to_desk(number)


@blueprint.post("/c/<slug>/facilitate/sessions/<int:number>/floor/give/")
@requires("session.run")
def give_floor(number: int) -> Response:
    """Give the floor to the chosen request, or to the next; the form says who had it when the page was made."""
    services.give_floor(session_or_404(number), speech=_id("speech"), instead_of=_id("instead_of"), actor=actor())
    return back_to_desk(number)


@blueprint.post("/c/<slug>/facilitate/sessions/<int:number>/floor/<uuid:speech>/<any(more,end,withdraw):act>/")
@requires("session.run")
def change_speech(number: int, speech: uuid.UUID, act: str) -> Response:
    """Give whoever speaks a minute more, end the speech, or take somebody who waits off the list."""
    row = session_or_404(number)
    found = session.get(Speech, speech)
    if found is None or found.session_id != row.id:
        abort(404)
    SPEECH_ACTS[act](found, actor=actor())
    return back_to_desk(number)


def _id(field: str) -> uuid.UUID | None:
    """Return an id that a button carries, None if the field is empty; a crooked one is a bad request."""
    given = request.form.get(field, "")
    try:
        return uuid.UUID(given) if given else None
    except ValueError:
        abort(400)
