"""The organiser's desk: what needs them, then the rest."""

from __future__ import annotations

from flask import render_template

from consult import clock
from consult.events.checkpoint import latest_checkpoint
from consult.i18n import N_
from consult.notifications.queries import backlog
from consult.recommendations.states import STATE_LABELS, RecommendationState
from consult.sessions.queries import upcoming
from consult.submissions.review.appeal_queries import count_appeals_for
from consult.submissions.tracks import track_label
from consult.web.context import local, present_formats
from consult.web.forms import say
from consult.web.guards import requires
from consult.web.organise.blueprint import blueprint
from consult.web.organise.needs import Desk, dates_ahead, desk_of, needs
from consult.web.public.consultation import phase_line
from consult.web.public.figures import figures_of
from consult.web.visitor import actor, consultation, settings

SESSIONS_AHEAD = 5


@blueprint.get("/c/<slug>/organise/")
@requires("consultation.organise")
def overview() -> str:
    """Show the desk."""
    here = consultation()
    counted, desk = figures_of(here.id), desk_of(here.id)
    states = counted.value.recommendations
    return render_template(
        "organise/overview.html",
        now=clock.now(),
        counted_at=counted.at,
        needs=needs(here, desk),
        desk=desk,
        appeals=count_appeals_for(actor(), here.id),
        phases=phase_line(here.phases),
        ahead=dates_ahead(here.phases, upcoming(here.id, SESSIONS_AHEAD)),
        submissions=sum(counted.value.submissions.values()),
        weeks=_chart(desk),
        week_words=say(
            N_("Ten weeks, the last one so far. Most in a week: %(most)s.", most=max(w.submissions for w in desk.weeks))
        ),
        states=[(say(STATE_LABELS[s]), states[s]) for s in RecommendationState if states.get(s)],
        seats=[
            (
                local(track_label(row.key)),
                desk.filled_seats.get(row.key, 0),
                desk.filled_seats.get(row.key, 0) + desk.empty_seats.get(row.key, 0),
            )
            for row in here.tracks
        ],
        checkpoint=latest_checkpoint(here.id),
        backlog=backlog(),
        sends=not settings().mail_url.startswith("outbox"),
    )


def _chart(desk: Desk) -> list[tuple[str, int]]:
    """Return the weeks with short labels: day and month of their Saturday, as numbers."""
    local_time = present_formats().local
    saturdays = [local_time(week.begins) for week in desk.weeks]
    return [(f"{day.day}/{day.month}", week.submissions) for day, week in zip(saturdays, desk.weeks, strict=True)]
