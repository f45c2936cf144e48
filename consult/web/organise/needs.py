"""What needs the organiser, counted from the tables: each a sentence, a way to it, and how pressing it is."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask import url_for

from consult import clock
from consult.accounts.access import allowed
from consult.accounts.four_eyes import waiting_in
from consult.accounts.models import SignIn
from consult.accounts.taking_part import takes_part
from consult.consultations.models import Consultation, Member, Phase, Seat
from consult.consultations.phases import gaps
from consult.consultations.seats.standing import has_holder
from consult.db import session
from consult.i18n import N_, NN_, Message
from consult.outcomes.silence import ended_in_silence
from consult.recommendations.answer_conditions import unanswered
from consult.recommendations.models import Recommendation
from consult.recommendations.response_queries import overdue_responses
from consult.recommendations.states import RecommendationState
from consult.runtime import runtime
from consult.sessions.models import AgendaItem, Session
from consult.sessions.states import SessionState
from consult.submissions.models import Submission
from consult.submissions.states import SubmissionState
from consult.submissions.tracks import track_label
from consult.submissions.translations.queries import ready_translations
from consult.web.context import present_formats
from consult.web.kept import counted
from consult.web.visitor import actor

#: A submission that waits longer than this is told apart: authors were promised an answer.
PATIENCE = timedelta(days=5)
WEEKS = 10


@dataclass(frozen=True, slots=True)
class Need:
    """One thing that needs the organiser: what, why or which, the page for it ("" where there is none), how pressing."""

    words: Message
    note: Message | None
    href: str
    tag: Message
    kind: str


@dataclass(frozen=True, slots=True)
class Week:
    """A week of the chart: its first day, and the submissions handed in during it."""

    begins: datetime
    submissions: int


@dataclass(frozen=True, slots=True)
class Desk:
    """What the desk counts, beside the public figures."""

    waiting: int
    waiting_long: int
    empty_seats: Mapping[str, int]
    filled_seats: Mapping[str, int]
    not_yet_here: int
    drafts: int
    unapproved: int
    without_agenda: int
    unanswered: int
    second_looks: int
    translations: int
    overdue: int
    weeks: Sequence[Week]


NOW, SOON = N_("Now"), N_("Soon")
#: A phase that closes at 23:59 and the next that opens at midnight leave no gap that anybody means.
SHORTEST_GAP = timedelta(hours=1)


def desk_of(here: uuid.UUID) -> Desk:
    """Return what the desk of a consultation's organisers counts (1 query where it has to be counted)."""

    def rows(desk: Desk) -> int:
        return desk.waiting + desk.unanswered + sum(week.submissions for week in desk.weeks)

    return counted(("desk", here), lambda: _count(here), rows).value


def _count(here: uuid.UUID) -> Desk:
    numbers = {(what, key): number for what, key, number in session.execute(_counts(here))}

    def by(what: str) -> dict[str, int]:
        return {key: number for (name, key), number in numbers.items() if name == what}

    return Desk(
        waiting=numbers.get(("waiting", ""), 0),
        waiting_long=numbers.get(("waiting long", ""), 0),
        empty_seats=by("empty seats"),
        filled_seats=by("filled seats"),
        not_yet_here=numbers.get(("not yet here", ""), 0),
        drafts=numbers.get(("drafts", ""), 0),
        unapproved=numbers.get(("unapproved", ""), 0),
        without_agenda=numbers.get(("without agenda", ""), 0),
        unanswered=numbers.get(("unanswered", ""), 0),
        second_looks=numbers.get(("second look", ""), 0),
        translations=numbers.get(("translations", ""), 0),
        overdue=numbers.get(("overdue", ""), 0),
        weeks=[Week(begins, numbers.get(("week", str(number)), 0)) for number, begins in enumerate(_weeks())],
    )


def _weeks() -> list[datetime]:
    """Return when the last weeks began: midnight on Saturday, as the country counts its weeks, in UTC."""
    today = clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
    return [clock.week_of(today) - timedelta(weeks=back) for back in range(WEEKS - 1, -1, -1)]


def _counts(here: uuid.UUID) -> sa.CompoundSelect[Any]:
    """Return every count as one statement: what, by what, how many."""
    now, number = clock.now(), sa.func.count()

    def one(what: str, *where: sa.ColumnElement[bool], key: str = "") -> Any:
        return sa.select(sa.literal(what), sa.literal(key), number).where(*where)

    waiting = (Submission.consultation_id == here, Submission.state == SubmissionState.RECEIVED)
    seats = sa.select(sa.literal("empty seats"), Seat.track, number).where(Seat.consultation_id == here)
    came = sa.exists().where(SignIn.person_id == Member.person_id)
    agenda = sa.exists().where(AgendaItem.session_id == Session.id)
    planned = (Session.consultation_id == here, Session.state == SessionState.PLANNED, Session.ends_at > now)
    closed = (Session.consultation_id == here, Session.state == SessionState.CLOSED)
    return sa.union_all(
        one("waiting", *waiting),
        one("waiting long", *waiting, Submission.received_at < now - PATIENCE),
        seats.where(sa.not_(has_holder())).group_by(Seat.track),
        sa.select(sa.literal("filled seats"), Seat.track, number)
        .where(Seat.consultation_id == here, has_holder())
        .group_by(Seat.track),
        one("not yet here", Member.consultation_id == here, takes_part(Member, clock.now()), sa.not_(came)),
        one("drafts", Recommendation.consultation_id == here, Recommendation.state == RecommendationState.DRAFT),
        one("second look", *waiting_in(here)),
        one("unapproved", *closed, Session.minutes_approved_at.is_(None)),
        one("without agenda", *planned, sa.not_(agenda)),
        sa.select(sa.literal("unanswered"), sa.literal(""), number).select_from(unanswered(here).subquery()),
        sa.select(sa.literal("overdue"), sa.literal(""), number).select_from(
            overdue_responses(here, now.date()).subquery()
        ),
        sa.select(sa.literal("translations"), sa.literal(""), number).select_from(ready_translations(here).subquery()),
        *(
            one(
                "week",
                Submission.consultation_id == here,
                Submission.received_at >= begins,
                Submission.received_at < begins + timedelta(weeks=1),
                key=str(place),
            )
            for place, begins in enumerate(_weeks())
        ),
    )


def needs(here: Consultation, desk: Desk) -> list[Need]:
    """Return what needs the organiser, the pressing things first."""
    found = [
        *_of_acts(desk),
        *_of_frame(here),
        *_of_people(desk),
        *_of_review(here, desk),
        *_of_silence(here),
        *_of_answers(desk),
        *_of_sessions(desk),
    ]
    return sorted(found, key=lambda need: need.tag is not NOW)


def _of_acts(desk: Desk) -> Iterator[Need]:
    if desk.second_looks:
        yield Need(
            NN_(
                "%(count)s act waits for a second person", "%(count)s acts wait for a second person", desk.second_looks
            ),
            N_("It takes effect only if somebody other than who asked confirms it."),
            url_for("organise.second_look"),
            NOW,
            "live",
        )


def _of_frame(here: Consultation) -> Iterator[Need]:
    if not here.public:
        yield Need(
            N_("The consultation is not public yet"),
            N_("Nobody but its staff sees it."),
            url_for("organise.confirm_publish"),
            NOW,
            "live",
        )
    for row in here.tracks:
        if row.enabled and runtime().hooks.track(row.key) is None:
            yield Need(
                N_("The plugin of a track is missing: %(track)s", track=row.key),
                N_("Its members cannot write. Ask whoever runs the platform."),
                url_for("organise.track", key=row.key),
                NOW,
                "live",
            )
    for gap in gaps(here.phases):
        if gap.ends > clock.now() and gap.ends - gap.begins >= SHORTEST_GAP:
            yield Need(
                N_("Between two phases nothing is open"),
                N_(
                    "From %(begins)s to %(ends)s.",
                    begins=present_formats().day(gap.begins),
                    ends=present_formats().day(gap.ends),
                ),
                url_for("organise.frame", _anchor="phases"),
                SOON,
                "wait",
            )


def _of_people(desk: Desk) -> Iterator[Need]:
    if empty := sum(desk.empty_seats.values()):
        track = max(desk.empty_seats, key=lambda key: desk.empty_seats[key])
        yield Need(
            NN_("%(count)s seat in the plenary has nobody", "%(count)s seats in the plenary have nobody", empty),
            N_("Most of them in: %(track)s.", track=track_label(track)),
            url_for("organise.people"),
            SOON,
            "wait",
        )
    if desk.not_yet_here:
        yield Need(
            NN_(
                "%(count)s member has never signed in",
                "%(count)s members have never signed in",
                desk.not_yet_here,
            ),
            N_("Their letters may be lost: send new ones, or print them."),
            url_for("organise.people"),
            SOON,
            "wait",
        )


def _of_review(here: Consultation, desk: Desk) -> Iterator[Need]:
    if desk.waiting:
        yield Need(
            NN_("%(count)s submission waits for review", "%(count)s submissions wait for review", desk.waiting),
            NN_(
                "%(count)s of them longer than five days.",
                "%(count)s of them longer than five days.",
                desk.waiting_long,
            )
            if desk.waiting_long
            else None,
            url_for("facilitate.queue") if allowed(actor(), "submission.review", here) else "",
            NOW if desk.waiting_long else SOON,
            "live" if desk.waiting_long else "wait",
        )


def _of_silence(here: Consultation) -> Iterator[Need]:
    if silent := ended_in_silence(here).total:
        yield Need(
            NN_(
                "The phase is over, and %(count)s text has no answer",
                "The phase is over, and %(count)s texts have no answer",
                silent,
            ),
            N_("Answer them, or say why they have none: until then the public page says that no reason was given."),
            url_for("organise.answers_silence"),
            NOW,
            "live",
        )


def _of_answers(desk: Desk) -> Iterator[Need]:
    if desk.unanswered:
        yield Need(
            NN_(
                "%(count)s accepted submission has no answer yet",
                "%(count)s accepted submissions have no answer yet",
                desk.unanswered,
            ),
            N_("Each author is told what became of their text."),
            url_for("organise.answers"),
            SOON,
            "wait",
        )
    if desk.overdue:
        yield Need(
            NN_(
                "%(count)s official response is overdue",
                "%(count)s official responses are overdue",
                desk.overdue,
            ),
            N_("The last day is over, and the body has not responded."),
            url_for("organise.responses"),
            SOON,
            "wait",
        )
    if desk.translations:
        yield Need(
            NN_(
                "%(count)s translation waits for approval",
                "%(count)s translations wait for approval",
                desk.translations,
            ),
            N_("Somebody else than its writer reads it beside the original."),
            url_for("translate.queue"),
            SOON,
            "wait",
        )


def _of_sessions(desk: Desk) -> Iterator[Need]:
    if desk.without_agenda:
        yield Need(
            NN_(
                "%(count)s session to come has no agenda",
                "%(count)s sessions to come have no agenda",
                desk.without_agenda,
            ),
            None,
            url_for("organise.sessions"),
            SOON,
            "wait",
        )
    if desk.unapproved:
        yield Need(
            NN_(
                "The minutes of %(count)s session are not approved",
                "The minutes of %(count)s sessions are not approved",
                desk.unapproved,
            ),
            None,
            url_for("organise.sessions"),
            SOON,
            "wait",
        )
    if desk.drafts:
        yield Need(
            NN_(
                "%(count)s recommendation is still a draft",
                "%(count)s recommendations are still drafts",
                desk.drafts,
            ),
            None,
            url_for("organise.recommendations"),
            SOON,
            "wait",
        )


@dataclass(frozen=True, slots=True)
class Ahead:
    """A date to come, with what happens then."""

    at: datetime
    text: Message


def dates_ahead(phases: Sequence[Phase], sessions: Sequence[Session], limit: int = 8) -> list[Ahead]:
    """Return the next edges of phases and beginnings of sessions."""
    now = clock.now()
    dates = [Ahead(s.starts_at, N_("Session: %(name)s", name=s.names)) for s in sessions if s.starts_at > now]
    for phase in phases:
        dates += [Ahead(phase.opens_at, N_("Opens: %(phase)s", phase=phase.names))] if phase.opens_at > now else []
        dates += [Ahead(phase.closes_at, N_("Closes: %(phase)s", phase=phase.names))] if phase.closes_at > now else []
    return sorted(dates, key=lambda date: date.at)[:limit]
