"""What is due: every date by which those who take part for a body have something to do, in one list, the nearest first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from flask import url_for

from consult import clock
from consult.accounts.clauses import permitted
from consult.accounts.taking_part import ends_by_itself, takes_part
from consult.consultations.models import Member
from consult.consultations.phases import Right, open_phase
from consult.db import session
from consult.i18n import N_, Localized, Message
from consult.recommendations.reservation_queries import WaitingReservation
from consult.recommendations.response_queries import ResponseLine
from consult.submissions.cosigning.models import Cosignature
from consult.submissions.cosigning.services import signing_ends
from consult.submissions.models import Draft, Submission
from consult.submissions.queries import own_submissions
from consult.submissions.review.appeal_queries import standings_of
from consult.submissions.states import AGAINST, SubmissionState
from consult.web.visitor import actor, consultation

#: A date is marked as near when fewer days than these are left.
NEAR = 7


@dataclass(frozen=True, slots=True)
class Due:
    """Something to be done before `at`: what, about which text in which language ("" for none), and where it is done.

    `at_it` names who writes it now. `day` tells that the whole of the day before `at` is still in time, so that the day is what people read. Without `at` there
    is no last day: it waits until it is done.
    """

    at: datetime | None
    what: Message
    title: str | Localized = ""
    language: str = ""
    href: str = ""
    day: bool = False
    at_it: str = ""

    @property
    def days(self) -> int:
        """How many whole days are left, below 0 once it is over; 0 where there is no last day."""
        return 0 if self.at is None else (self.at - clock.now()).days

    @property
    def last_day(self) -> datetime | None:
        """A moment of the last day that is in time."""
        return self.at and self.at - timedelta(seconds=1)

    @property
    def near(self) -> bool:
        """Tell whether it is time to begin."""
        return self.days < NEAR


def due_for_bodies(
    to_sign: Sequence[Draft],
    to_cosign: Sequence[tuple[Cosignature, Submission]],
    to_respond: Sequence[tuple[ResponseLine, bool, str]],
    to_reserve: Sequence[WaitingReservation],
) -> Sequence[Due]:
    """Return what is due for the visitor's bodies, the nearest first, and before it what waits without a last day (3 queries).

    Of what waits for a sign-off, is for the visitor to co-sign, or to be responded to, the page has read the rows already, of a response
    with whether it waits for the visitor's yes and who writes it now. What is over is left out, but for a response: its body still
    owes it.
    """
    found = [*_writing(to_sign), *_own_texts(), *_parts_that_end(), *_asked(to_cosign), *_responses(to_respond)]
    return [*_reservations(to_reserve), *sorted(found, key=lambda one: one.at or clock.now())]


def _reservations(waiting: Sequence[WaitingReservation]) -> Iterator[Due]:
    for one in waiting:
        what = (
            N_("Withdrawing a reservation: your sign-off")
            if one.row.withdraws_id
            else N_("A reservation: your sign-off")
        )
        yield Due(None, what, one.titles, href=url_for("take_part.reservation", reservation=one.row.id))


def _writing(to_sign: Sequence[Draft]) -> Iterator[Due]:
    phases, now = consultation().phases, clock.now()
    phase = open_phase(phases, Right.SUBMIT)
    if phase is None:
        opens = [one.opens_at for one in phases if Right.SUBMIT in one.rights and one.opens_at > now]
        if opens:
            yield Due(min(opens), N_("Handing in opens"), href=url_for("take_part.write"))
        return
    yield Due(phase.closes_at, N_("Handing in closes"), href=url_for("take_part.write"))
    for draft in to_sign:
        title, language = draft.answers.get("title", ""), draft.answers.get("language", "")
        place = url_for("take_part.check", draft=draft.id)
        yield Due(phase.closes_at, N_("Your sign-off"), title, language, place)


def _own_texts() -> Iterator[Due]:
    """Yield what was returned, to be handed in again, and decisions that may still be appealed (2 queries)."""
    own = own_submissions(permitted(actor(), "submission.own", consultation().id))
    phase, now = open_phase(consultation().phases, Right.SUBMIT), clock.now()
    against = [one for one in own if one.state in AGAINST]
    standings = standings_of([one.id for one in against]) if against else {}
    for one in own:
        if one.state == SubmissionState.RETURNED and phase is not None:
            place = url_for("public.submission", number=one.number)
            yield Due(phase.closes_at, N_("A returned text, to be corrected"), one.title, one.language, place)
        until, appealed = standings.get(one.id, (None, ""))
        if until is not None and until > now and not appealed:
            place = url_for("take_part.appeal", number=one.number)
            yield Due(until, N_("An appeal against a decision"), one.title, one.language, place)


def _parts_that_end() -> Iterator[Due]:
    """Yield when parts end by themselves, with the accreditation of their body (1 query)."""
    mine = [one.member for one in actor().memberships_in(consultation().id) if one.body is not None]
    ends = ends_by_itself(Member)
    query = sa.select(ends).where(Member.id.in_(mine), takes_part(Member, clock.now()), ends.is_not(None)).distinct()
    for at in session.scalars(query):
        yield Due(at, N_("The accreditation of your body ends"))


def _asked(asked: Sequence[tuple[Cosignature, Submission]]) -> Iterator[Due]:
    for one, row in asked:
        until = signing_ends(one, consultation().phases)
        if until > clock.now():
            place = url_for("take_part.cosign_text", asked=one.id)
            yield Due(until, N_("A text to co-sign, or to leave"), row.title, row.language, place)


def _responses(lines: Sequence[tuple[ResponseLine, bool, str]]) -> Iterator[Due]:
    zone = ZoneInfo(consultation().timezone)
    for line, signs, at_it in lines:
        if line.published_at is None:
            at = datetime.combine(line.due + timedelta(days=1), time(), zone)
            title = line.titles or line.title or line.receipt or ""
            place = url_for("take_part.respond", response=line.id)
            what = N_("An official response: your sign-off") if signs else N_("An official response")
            yield Due(at, what, title, line.language or "", place, day=True, at_it=at_it)
