"""The sessions of a consultation, one session as it happens, and the screen of the hall."""

from __future__ import annotations

from collections.abc import Sequence

from flask import render_template

from consult import clock
from consult.accounts.access import allowed
from consult.sessions.minutes import Entry
from consult.sessions.models import Session
from consult.sessions.present import Floor, Sitting, floor_and_log, minutes_of
from consult.sessions.queries import attended_names, present_members, sessions_of
from consult.sessions.states import SessionState
from consult.web.conditional import conditional, fresh_for
from consult.web.guards import requires
from consult.web.kept import kept
from consult.web.public.blueprint import blueprint
from consult.web.sittings import (
    agenda_lines,
    kept_sitting,
    kind_label,
    matters,
    one_day,
    own_place,
    quorum_words,
    speakers,
    state_tag,
)
from consult.web.visitor import actor, consultation

SITTING = (SessionState.OPEN, SessionState.SUSPENDED)


@blueprint.get("/c/<slug>/sessions/")
@conditional
@requires("public.read")
def sessions() -> str:
    """Show the sessions: what sits now, what is to come, what is past with its minutes."""
    found = sessions_of(consultation().id)

    def those(*states: SessionState) -> list[Session]:
        return [row for row in found if row.state in states]

    return render_template(
        "public/sessions.html",
        sitting=those(*SITTING),
        to_come=those(SessionState.PLANNED),
        past=those(SessionState.CLOSED)[::-1],
        kind_label=kind_label,
        state_tag=state_tag,
        one_day=one_day,
        runs=allowed(actor(), "session.desk", consultation()),
        plans=allowed(actor(), "session.plan", consultation()),
    )


@blueprint.get("/c/<slug>/sessions/<int:number>/")
@conditional
@requires("public.read")
def session(number: int) -> str:
    """Show what happens in a session now; once it is over, its minutes when they are approved."""
    now = kept_sitting(number)
    floor, log = _floor_and_log(now)
    mine, on_the_table = own_place(floor), matters(now)
    approved = now.session.minutes_approved_at is not None
    return render_template(
        "public/session.html",
        now=now,
        row=now.session,
        kind=kind_label(now.session),
        one_day=one_day(now.session),
        tag=state_tag(now.session),
        agenda=agenda_lines(now, on_the_table.recommendations),
        quorum=quorum_words(now.quorum),
        floor=speakers(floor),
        log=log,
        ballots=on_the_table.ballots,
        mine=mine,
        present=mine is not None and mine.member in present_members(now.session.id),
        minutes=minutes_of(now) if approved else (),
        attended=attended_names(now.session.id) if approved else (),
    )


def _floor_and_log(now: Sitting) -> tuple[Floor, Sequence[Entry]]:
    return kept(("floor", now.session.id), lambda: floor_and_log(now, newest=5))


@blueprint.get("/c/<slug>/sessions/<int:number>/hall/")
@conditional
@requires("public.read")
def hall(number: int) -> str:
    """Show the screen of the hall: what is present, and nothing else."""
    now = kept_sitting(number)
    floor, _ = _floor_and_log(now)
    fresh_for(60 - clock.now().second)
    return render_template(
        "public/hall.html",
        now=now,
        row=now.session,
        tag=state_tag(now.session),
        floor=speakers(floor),
        ballots=matters(now).ballots,
        moment=clock.now(),
    )
