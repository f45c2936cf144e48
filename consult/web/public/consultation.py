"""The page of a consultation: what is open now and until when, what one can do, what has become of one's own."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from flask import render_template
from markupsafe import Markup

from consult import clock
from consult.accounts.access import allowed
from consult.accounts.clauses import permitted
from consult.ballots.custom_rules import rules_for
from consult.ballots.models import Ballot
from consult.ballots.rules import DecisionRule, shipped_rules
from consult.ballots.states import BallotState
from consult.consultations.models import Consultation, Phase
from consult.consultations.phases import PhaseState, Right, is_open, open_phase, state_of
from consult.db import prepared, read, session
from consult.i18n import N_, NN_, Localized, Message
from consult.recommendations.states import RecommendationState
from consult.runtime import runtime
from consult.sessions.models import AgendaItem, Session
from consult.sessions.queries import upcoming
from consult.sessions.states import SessionState
from consult.submissions.models import Draft
from consult.submissions.queries import Own, own_drafts, own_submissions
from consult.submissions.states import SubmissionState
from consult.submissions.tracks import track_label
from consult.web.conditional import conditional
from consult.web.context import local, present_formats
from consult.web.forms import say
from consult.web.guards import requires
from consult.web.kept import kept
from consult.web.public.blueprint import blueprint
from consult.web.public.figures import Figures, figures_of
from consult.web.visitor import actor
from consult.web.visitor import consultation as present

SITTING = (SessionState.OPEN, SessionState.SUSPENDED)
UNDER_DISCUSSION = (RecommendationState.PROPOSED, RecommendationState.VOTING, RecommendationState.NEXT_ROUND)
#: How many of one's own texts the page shows; all of them are one link away.
OWN_SHOWN = 4
STATE_TAGS: Mapping[SubmissionState, str] = {
    SubmissionState.RECEIVED: "wait",
    SubmissionState.ACCEPTED: "ok",
    SubmissionState.RETURNED: "ret",
    SubmissionState.HIDDEN: "no",
    SubmissionState.WITHDRAWN: "shut",
}


@dataclass(frozen=True, slots=True)
class ShownPhase:
    """A phase in the line of phases: `state` is done, now or next."""

    name: Markup | str
    note: str
    state: str


@dataclass(frozen=True, slots=True)
class Underway:
    """A session that sits: the item under discussion, and the ballot that is open, where there are any."""

    row: Session
    item: Localized | None
    ballot: int | None


@dataclass(frozen=True, slots=True)
class Ahead:
    """The sessions that sit now, and the next that are to come."""

    underway: Sequence[Underway]
    coming: Sequence[Session]


@dataclass(frozen=True, slots=True)
class TrackLine:
    """A track in the table: its name and one line about it, seats, bodies, published submissions."""

    key: str
    label: Message | Localized | str
    description: Message | Localized | None
    seats: int
    bodies: int
    submissions: int


@dataclass(frozen=True, slots=True)
class Mine:
    """What is the visitor's own: drafts and submissions."""

    drafts: Sequence[Draft]
    submissions: Sequence[Own]


@blueprint.get("/c/<slug>/")
@conditional
@requires("public.read")
def consultation() -> str:
    """Show the consultation; what is open now comes first."""
    here = present()
    found = figures_of(here.id)
    counted, ahead = found.value, _ahead(here.id)
    return render_template(
        "public/consultation.html",
        phases=phase_line(here.phases),
        over=_over(here.phases),
        submit=open_phase(here.phases, Right.SUBMIT),
        testify=is_open(here.phases, Right.TESTIFY),
        days_left=_days_left(here),
        writes=allowed(actor(), "submission.write", here),
        underway=ahead.underway,
        votes=is_open(here.phases, Right.VOTE) and any(m.seated for m in actor().memberships_in(here.id)),
        coming=[row for row in ahead.coming if row.ends_at > clock.now()],
        mine=_mine(here.id),
        state_tags=STATE_TAGS,
        tracks=_tracks(here, counted),
        figures=counted,
        counted_at=found.at,
        under_discussion=sum(counted.recommendations.get(state, 0) for state in UNDER_DISCUSSION),
        adopted=counted.recommendations.get(RecommendationState.ADOPTED, 0),
        topics=sorted((t for t in counted.topics if t.submissions), key=lambda t: -t.submissions)[:6],
        rule=_rule(here),
        next_phase=min((p for p in here.phases if state_of(p) is PhaseState.TO_COME), key=_opening, default=None),
        staff=actor().serves(here.id),
    )


def _opening(phase: Phase) -> datetime:
    return phase.opens_at


def phase_line(phases: Sequence[Phase]) -> list[ShownPhase]:
    """Return the phases in order, each with its dates in words."""
    now, day = clock.now(), present_formats().day_month
    shown = []
    for phase in sorted(phases, key=lambda p: (p.opens_at, p.closes_at)):
        match state_of(phase, now):
            case PhaseState.PAST:
                words, state = N_("Ended on %(day)s", day=day(clock.last_moment(phase.closes_at))), "done"
            case PhaseState.NOW:
                words, state = N_("until %(day)s", day=day(clock.last_moment(phase.closes_at))), "now"
            case PhaseState.TO_COME:
                words, state = N_("From %(day)s", day=day(phase.opens_at)), "next"
        shown.append(ShownPhase(local(phase.names), say(words), state))
    return shown


def _over(phases: Sequence[Phase]) -> Message | None:
    """Return, in one line, whether the consultation is still to come, under way or over."""
    if not phases:
        return None
    now, day = clock.now(), present_formats().day
    first, end = min(p.opens_at for p in phases), max(p.closes_at for p in phases)
    if now < first:
        return N_("Begins on %(day)s", day=day(first))
    last = day(clock.last_moment(end))
    return N_("Ended on %(day)s", day=last) if now >= end else N_("Under way, until %(day)s", day=last)


def _days_left(here: Consultation) -> Message | None:
    phase = open_phase(here.phases, Right.SUBMIT)
    if phase is None:
        return None
    days = (phase.closes_at - clock.now()).days
    return NN_("%(count)s day left", "%(count)s days left", days) if days else N_("Closes today or tomorrow")


def _ahead(here: uuid.UUID) -> Ahead:
    """Return the sessions that sit and those to come (no query while the log stands still)."""

    def read_apart() -> Ahead:
        rows = upcoming(here)
        found = Ahead(
            _underway([row for row in rows if row.state in SITTING]), [row for row in rows if row.state not in SITTING]
        )
        for row in rows:
            session.expunge(row)  # kept for others to read, long after this request's session
        return found

    return kept(("ahead", here), read_apart)


def _underway(sitting: Sequence[Session]) -> list[Underway]:
    """Return the sessions that sit with what is on the table (1 query, none where nothing sits)."""
    if not sitting:
        return []
    rows = read(*_on_the_table([row.id for row in sitting]))
    on_the_table = {id_: (item, ballot) for id_, item, ballot in rows}
    return [Underway(row, *on_the_table.get(row.id, (None, None))) for row in sitting]


@prepared
def _on_the_table(sessions: Sequence[uuid.UUID]) -> sa.Select[uuid.UUID, Localized, int]:
    return (
        sa.select(Session.id, AgendaItem.titles, Ballot.number)
        .outerjoin(
            AgendaItem,
            sa.and_(
                AgendaItem.session_id == Session.id,
                AgendaItem.started_at.is_not(None),
                AgendaItem.finished_at.is_(None),
            ),
        )
        .outerjoin(Ballot, sa.and_(Ballot.session_id == Session.id, Ballot.state == BallotState.OPEN))
        .where(Session.id.in_(sessions))
        .order_by(Ballot.number)
    )


def _mine(here: uuid.UUID) -> Mine | None:
    members = [m.member for m in actor().memberships_in(here)]
    if not members:
        return None
    return Mine(
        own_drafts(members)[:OWN_SHOWN], own_submissions(permitted(actor(), "submission.own", here))[:OWN_SHOWN]
    )


def _tracks(here: Consultation, counted: Figures) -> list[TrackLine]:
    lines = []
    for row in here.tracks:
        track = runtime().hooks.track(row.key)
        if row.enabled or counted.submissions.get(row.key):
            lines.append(
                TrackLine(
                    row.key,
                    track_label(row.key),
                    track.description if track else N_("Its plugin is not installed: what was handed in can be read."),
                    counted.seats.get(row.key, 0) or row.seats,
                    counted.bodies.get(row.key, 0),
                    counted.submissions.get(row.key, 0),
                )
            )
    return lines


def _rule(here: Consultation) -> DecisionRule | None:
    """Return the rule for recommendations; only where it is not a shipped one the database is asked."""
    wanted = here.rules.get("recommendation", "")
    return shipped_rules().get(wanted) or (rules_for(here.id).get(wanted) if wanted else None)
