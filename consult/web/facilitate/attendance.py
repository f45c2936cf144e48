"""Checking people in and out, one by one or a whole list at once."""

from __future__ import annotations

import uuid
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from consult.consultations.queries import members_page
from consult.consultations.seats.acting import CAPACITY_LABELS
from consult.errors import Conflict
from consult.i18n import N_, NN_
from consult.sessions import services
from consult.sessions.models import Session
from consult.sessions.queries import present_members
from consult.sessions.representation import acting_now
from consult.sessions.states import SessionState
from consult.web.facilitate.blueprint import blueprint
from consult.web.facilitate.sessions import session_or_404
from consult.web.forms import say
from consult.web.guards import requires
from consult.web.sittings import quorum_words, sitting_or_404, track_label
from consult.web.visitor import actor, consultation


def _shown() -> dict[str, Any]:
    """Return which part of the list is shown: found by a text, of a track, after a number."""
    found = {
        "q": request.args.get("q", "", str)[:100],
        "track": request.args.get("track", "", str)[:40],
        "after": request.args.get("after", 0, int),
    }
    return {key: value for key, value in found.items() if value}


@blueprint.get("/c/<slug>/facilitate/sessions/<int:number>/attendance/")
@requires("session.run")
def attendance(number: int) -> str:
    """Show the members by number, found by name, body or number, with who is present."""
    now, shown = sitting_or_404(number, "session.run"), _shown()
    present = present_members(now.session.id)
    page = members_page(
        consultation().id, track=shown.get("track", ""), text=shown.get("q", ""), after=shown.get("after", 0)
    )
    return render_template(
        "facilitate/attendance.html",
        now=now,
        row=now.session,
        quorum=quorum_words(now.quorum),
        page=page,
        present=present,
        acting=acting_now(now.session, consultation(), present),
        capacities=CAPACITY_LABELS,
        shown=shown,
        tracks=[(key, say(track_label(key))) for key in consultation().enabled_tracks()],
        track_label=track_label,
        closed=now.state is SessionState.CLOSED,
    )


@blueprint.post("/c/<slug>/facilitate/sessions/<int:number>/attendance/")
@requires("session.run")
def note_attendance(number: int) -> Response:
    """Check in or out the member whose button was pressed or all that are ticked, or write one down to speak."""
    sitting = session_or_404(number)
    pressed = next((key for key in ("in", "out", "ask") if key in request.form), None)
    if pressed is None:
        abort(400)
    value = request.form[pressed]
    members = _ids(request.form.getlist("member") if value == "ticked" else [value])
    if pressed == "ask":
        _write_down(members, sitting)
    elif pressed == "in":
        came = len(services.check_in(members, sitting=sitting, actor=actor()))
        flash(say(NN_("%(count)s person checked in.", "%(count)s people checked in.", came)), "ok" if came else "wait")
    else:
        left = len(services.check_out(members, sitting=sitting, actor=actor()))
        flash(
            say(NN_("%(count)s person checked out.", "%(count)s people checked out.", left)), "ok" if left else "wait"
        )
    return redirect(url_for("facilitate.attendance", number=number, **_shown()), 303)


def _write_down(members: list[uuid.UUID], sitting: Session) -> None:
    """Put somebody who raised a hand on the list of speakers."""
    for member in members:
        try:
            services.ask_floor(sitting, member=member, actor=actor())
            flash(say(N_("Added to the list of speakers.")), "ok")
        except Conflict as refused:
            flash(say(refused.message), "wait")


def _ids(given: list[str]) -> list[uuid.UUID]:
    try:
        return [uuid.UUID(text) for text in given]
    except ValueError:
        abort(400)
