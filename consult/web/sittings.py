"""A session as its pages show it: to everybody, to a participant, to the moderator, on the screen of the hall."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from markupsafe import Markup

from consult import clock
from consult.ballots.models import Ballot, OpenChoice, RollEntry
from consult.ballots.states import BallotState
from consult.consultations.names import PublicName
from consult.db import read, session
from consult.errors import NotFound
from consult.i18n import N_, NN_, Localized, Message
from consult.plugins.track import Track
from consult.recommendations.models import Recommendation
from consult.runtime import runtime
from consult.sessions.models import Session
from consult.sessions.present import Floor, Item, Sitting, Turn, sitting
from consult.sessions.quorum import Quorum
from consult.sessions.states import KIND_LABELS, STATE_LABELS, ItemState, SessionKind, SessionState, item_state
from consult.web.addresses import address
from consult.web.conditional import fresh_for
from consult.web.context import local, present_formats
from consult.web.forms import say
from consult.web.guards import visible
from consult.web.kept import kept
from consult.web.visitor import actor, consultation

#: How long, in seconds, a page holds on which a speaker's time runs or votes come in.
RUNNING = 2
TAGS: Mapping[SessionState, str] = {
    SessionState.PLANNED: "",
    SessionState.OPEN: "pulse",
    SessionState.SUSPENDED: "wait",
    SessionState.CLOSED: "shut",
}
ITEM_NOTES: Mapping[ItemState, Message] = {ItemState.DONE: N_("Done"), ItemState.NOW: N_("Now")}


def sitting_or_404(number: int, action: str = "session.read") -> Sitting:
    """Return the session of the address to which the visitor may do `action`; NotFound otherwise (one query)."""
    found = _read_sitting(number)
    visible(action, found.session)
    return found


def _read_sitting(number: int) -> Sitting:
    found = sitting(consultation().id, number)
    if found is None:
        raise NotFound
    return found


def kept_sitting(number: int) -> Sitting:
    """Return the session of the address as `sitting_or_404` does, for reading alone: no query while the log stands still."""

    def read_apart() -> Sitting:
        found = _read_sitting(number)
        session.expunge(found.session)  # kept for others to read, long after this request's session
        return found

    found = kept(("sitting", consultation().id, number), read_apart)
    visible("session.read", found.session)
    return found


def state_tag(row: Session) -> tuple[Message, str]:
    """Return the words for where a session stands, and the kind of its tag."""
    state = SessionState(row.state)
    return STATE_LABELS[state], TAGS[state]


def kind_label(row: Session) -> Message:
    """Return what kind of session it is, in words."""
    return KIND_LABELS[SessionKind(row.kind)]


def track_label(key: str) -> Message | str:
    """Return the name of a track, or its key where its plugin is not installed."""
    track: Track | None = runtime().hooks.track(key)
    return track.label if track else key


def quorum_words(quorum: Quorum) -> Message:
    """Return the quorum in one line."""
    if not quorum.required:
        return N_("Seats represented: %(present)s of %(seats)s", present=quorum.present, seats=quorum.seats)
    words = N_("Quorum met") if quorum.met else N_("No quorum")
    return N_(
        "%(quorum)s: %(present)s of %(seats)s seats, %(needed)s needed",
        quorum=words,
        present=quorum.present,
        seats=quorum.seats,
        needed=quorum.needed,
    )


@dataclass(frozen=True, slots=True)
class AgendaLine:
    """An item of the agenda as a line: `state` is done, now or ""; `note` says so, or when it is expected to begin."""

    id: uuid.UUID
    number: int
    title: Markup | str
    state: str
    note: str
    minutes: int
    href: str | None


def agenda_lines(now: Sitting, recommendations: Mapping[uuid.UUID, int] | None = None) -> list[AgendaLine]:
    """Return the agenda; what is to come is expected after what goes before, each for its planned time.

    `recommendations` maps those that items are about to their numbers, for the links.
    """
    expected, lines = _begins(now), []
    for item in now.items:
        state, note = item_state(item), ""
        if state is not ItemState.TO_COME:
            note = say(ITEM_NOTES[state])
        elif expected is not None:
            note = present_formats().time(expected)
            expected += timedelta(minutes=item.minutes)
        about = (recommendations or {}).get(item.recommendation_id) if item.recommendation_id else None
        href = address("public.recommendation", number=about) if about is not None else None
        css = {ItemState.DONE: "done", ItemState.NOW: "now"}.get(state, "")
        lines.append(AgendaLine(item.id, item.position, local(item.titles), css, note, item.minutes, href))
    return lines


def _begins(now: Sitting) -> datetime | None:
    """Return when the first item that is to come is expected; None once the session is closed."""
    if now.state is SessionState.CLOSED:
        return None
    if now.item is not None and now.item.started_at is not None:
        return now.item.started_at + timedelta(minutes=now.item.minutes)
    finished = [item.finished_at for item in now.items if item.finished_at is not None]
    return max(finished, default=now.session.opened_at or now.session.starts_at)


@dataclass(frozen=True, slots=True)
class Speaker:
    """Somebody who speaks or waits: the speech, how they are called, and (waiting) since when, in words."""

    id: uuid.UUID
    member: uuid.UUID
    name: PublicName
    waiting: Message | None = None


@dataclass(frozen=True, slots=True)
class Speaking:
    """Whoever has the floor: seconds left (below zero when over) of the seconds allotted."""

    speaker: Speaker
    left: int
    total: int


@dataclass(frozen=True, slots=True)
class Speakers:
    """The floor as pages show it."""

    now: Speaking | None
    waiting: Sequence[Speaker]


def speakers(floor: Floor) -> Speakers:
    """Return the floor as pages show it; a page with a running clock holds for two seconds only."""
    now, turn = clock.now(), floor.speaking
    waiting = [_waiting(asked, floor, now) for asked in floor.waiting]
    if turn is None:
        return Speakers(None, waiting)
    fresh_for(RUNNING)
    left = turn.seconds - int((now - (turn.given_at or now)).total_seconds())
    return Speakers(Speaking(Speaker(turn.id, turn.member, floor.names[turn.member]), left, turn.seconds), waiting)


def _waiting(turn: Turn, floor: Floor, now: datetime) -> Speaker:
    minutes = int((now - turn.asked_at).total_seconds() // 60)
    words = NN_("waiting for %(count)s minute", "waiting for %(count)s minutes", minutes)
    return Speaker(turn.id, turn.member, floor.names[turn.member], words)


@dataclass(frozen=True, slots=True)
class OwnPlace:
    """How the visitor takes part in a session: as which member, waiting at which place, speaking or not."""

    member: uuid.UUID
    place: int | None
    speech: uuid.UUID | None
    speaking: bool


def own_place(floor: Floor) -> OwnPlace | None:
    """Return the visitor's place on the floor, None for whoever takes no part in the consultation."""
    mine = actor().memberships_in(consultation().id)
    if not mine:
        return None
    member = next((m.member for m in mine if m.seated), mine[0].member)
    place = next((place for place, turn in enumerate(floor.waiting, start=1) if turn.member == member), None)
    speaking = floor.speaking is not None and floor.speaking.member == member
    return OwnPlace(member, place, floor.waiting[place - 1].id if place else None, speaking)


@dataclass(frozen=True, slots=True)
class OpenBallot:
    """A ballot that is open in a session: its number and question, and how many of the roll have voted."""

    id: uuid.UUID
    number: int
    questions: Localized
    voters: int
    voted: int


@dataclass(frozen=True, slots=True)
class Matters:
    """What a session decides on: its open ballots, and the numbers of the recommendations that its items are about."""

    ballots: Sequence[OpenBallot]
    recommendations: Mapping[uuid.UUID, int]


def matters(now: Sitting) -> Matters:
    """Return what a session decides on (one query); while a ballot is open, the page holds for two seconds only."""
    about = [item.recommendation_id for item in now.items if item.recommendation_id]
    rows = read(_MATTERS, {"session": now.session.id, "about": about}).all()
    ballots = sorted((OpenBallot(*row[1:]) for row in rows if row[0]), key=lambda ballot: ballot.number)
    if ballots:
        fresh_for(RUNNING)
    return Matters(ballots, {row[1]: row[2] for row in rows if not row[0]})


def _matters_statement() -> sa.CompoundSelect[Any]:
    on_roll = sa.select(sa.func.count()).where(RollEntry.ballot_id == Ballot.id).scalar_subquery()
    cast = sa.select(sa.func.count()).where(OpenChoice.ballot_id == Ballot.id).scalar_subquery()
    open_now = sa.select(sa.true(), Ballot.id, Ballot.number, Ballot.questions, on_roll, cast).where(
        Ballot.session_id == sa.bindparam("session", type_=sa.Uuid()), Ballot.state == BallotState.OPEN
    )
    none = sa.literal(0)
    about = sa.select(sa.false(), Recommendation.id, Recommendation.number, Recommendation.titles, none, none).where(
        Recommendation.id.in_(sa.bindparam("about", type_=sa.Uuid(), expanding=True))
    )
    return sa.union_all(open_now, about)


#: Built once, like the statements of `consult.sessions.present`.
_MATTERS = _matters_statement()


def span_of(item: Item) -> int:
    """Return for how many minutes an item has been under discussion."""
    began = item.started_at or clock.now()
    return int(((item.finished_at or clock.now()) - began).total_seconds() // 60)


def one_day(row: Session) -> bool:
    """Tell whether a session begins and ends on the same day of the consultation's clock."""
    formats = present_formats()
    return formats.local(row.starts_at).date() == formats.local(row.ends_at).date()
