"""Seats and proxies in words, and the form of a proxy: the same for its holder and for an organiser with a paper."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from consult import clock
from consult.ballots.states import BALLOT_KIND_LABELS, BallotKind
from consult.consultations.models import Proxy, Seat
from consult.consultations.names import public_names
from consult.consultations.seats.proxies import SHOWN_LIMIT, ProxyDraft
from consult.consultations.seats.queries import could_carry
from consult.consultations.states import PROXY_END_LABELS, ProxyEnd
from consult.db import as_id
from consult.i18n import N_, Message
from consult.sessions.models import Session
from consult.sessions.queries import sessions_of
from consult.sessions.states import SessionState
from consult.web.forms import L_, DayField, Form, SelectField, StringField, clean_line, say, sent_id
from consult.web.offered import goes_on, sent_search
from consult.web.visitor import consultation


def signed(member: uuid.UUID, names: Any) -> str:
    """Return a member in a list of choices: name and body, as others may read them."""
    name = names[member]
    who = say(name.who)
    return f"{who} – {say(name.body)}" if name.body else who


class ProxyForm(Form):
    """A proxy: who carries it, for which votes, until which day, and for an organiser which paper was shown."""

    bearer = SelectField(
        L_("Who votes for this seat?"),
        description=L_("Somebody who holds another seat. They cast one vote for each, and the list of votes says so."),
        validate_choice=False,
    )
    votes = SelectField(L_("For which votes?"), validate_choice=False)
    until = DayField(L_("Until which day, that day included?"))
    shown = StringField(
        L_("Which paper were you shown?"),
        description=L_("Whose letter it is, its number and its day. At most %(limit)s characters.", limit=SHOWN_LIMIT),
        filters=[clean_line],
    )

    def __init__(self, seat: Seat, *args: Any, own: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = could_carry(seat, sent_search())
        self.more = goes_on(offered)
        names = public_names(member for member, _ in offered)
        self.bearer.choices = {"": say(N_("Choose"))} | {
            str(member): f"{number}. {signed(member, names)}" for member, number in offered
        }
        self.votes.choices = {key: say(label) for key, label in scopes().items()}
        if own:
            del self.shown

    def draft(self) -> ProxyDraft:
        """Return what was typed; a scope or a bearer that is no such thing is refused by the service."""
        sitting, kind = None, ""
        given = self.votes.data or ""
        if given.startswith("session:"):
            sitting = sent_id(given.partition(":")[2])
        else:
            kind = given
        shown = self.shown.data or "" if "shown" in self else ""
        return ProxyDraft(as_id(self.bearer.data), self._end(), sitting, kind, shown)

    def _end(self) -> datetime | None:
        """Return the end of the chosen day on the consultation's clock, None for no day."""
        day = self.until.day
        return datetime.combine(day + timedelta(days=1), time(), ZoneInfo(consultation().timezone)) if day else None


def scopes() -> dict[str, Message]:
    """Return for which votes a proxy may be given: everything, a kind of ballot, a session that is not over."""
    sittings = [row for row in sessions_of(consultation().id) if row.state != SessionState.CLOSED]
    return {
        "": N_("Every vote"),
        **{kind.value: N_("Ballots on: %(kind)s", kind=BALLOT_KIND_LABELS[kind]) for kind in BallotKind},
        **{f"session:{row.id}": _session(row) for row in sittings},
    }


def _session(row: Session) -> Message:
    return N_("Session %(number)s: %(name)s", number=row.number, name=row.names)


def scope_of(proxy: Proxy, sittings: Sequence[Session]) -> Message:
    """Return for which votes a proxy is."""
    if proxy.session_id is not None:
        return next((_session(row) for row in sittings if row.id == proxy.session_id), N_("A session"))
    if proxy.ballot_kind:
        return N_("Ballots on: %(kind)s", kind=BALLOT_KIND_LABELS[BallotKind(proxy.ballot_kind)])
    return N_("Every vote")


def end_of(proxy: Proxy) -> Message | None:
    """Return why a proxy ended, None while it has not."""
    return PROXY_END_LABELS[ProxyEnd(proxy.ended_because)] if proxy.ended_at is not None else None


def last_day(proxy: Proxy) -> datetime:
    """Return the last moment of a proxy, which is given until the end of a day."""
    return clock.last_moment(proxy.until)
