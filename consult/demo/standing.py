"""Alternates and proxies of the sample."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from consult import clock
from consult.accounts.signing_in.sign_in import load_actor
from consult.consultations.models import Member, Seat
from consult.consultations.seats.proxies import ProxyDraft
from consult.consultations.services import add_alternate, give_proxy
from consult.db import session
from consult.demo.people import Cast
from consult.demo.sample_files import Timeline


def add_standing(cast: Cast, timeline: Timeline) -> None:
    """Put the day on the timeline on which alternates and proxies were entered."""
    written = cast.sample.read("seats")
    timeline.at(cast.sample.moment(written["at"]), _enter(cast, written))


def _enter(cast: Cast, written: dict[str, Any]) -> Callable[[], None]:
    def act() -> None:
        here, organiser = cast.consultation, cast.actor("organiser")
        for entry in written["alternate"]:
            member = session.get_one(Member, cast.members[entry["member"]])
            add_alternate(_seat(cast, entry["holder"]), member, consultation=here, actor=organiser)
        for entry in written["proxy"]:
            until, shown = clock.now() + timedelta(days=entry["days"]), entry.get("shown", "")
            draft = ProxyDraft(cast.members[entry["bearer"]], until, ballot_kind=entry["kind"], shown=shown)
            giver = organiser if shown else load_actor(cast.people[entry["giver"]])
            give_proxy(draft, seat=_seat(cast, entry["giver"]), consultation=here, actor=giver)

    return act


def _seat(cast: Cast, holder: str) -> Seat:
    return session.scalars(sa.select(Seat).where(Seat.holder_id == cast.members[holder])).one()
