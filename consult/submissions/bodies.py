"""Bodies that stand in a consultation under their own name: what everybody may know of who takes part and who is charged with what.

A name that is withheld keeps its body off everything that others see. So a body of a kind whose members may withhold their
names stands here only where somebody takes part, or wrote, under its name; a mandate or a free seat alone tells nothing then.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from consult import clock
from consult.accounts.bodies.models import BodySuccessor, Mandate
from consult.accounts.bodies.queries import Relative, holds_today, successors_of
from consult.accounts.models import Body
from consult.accounts.queries import BodiesPage
from consult.accounts.queries import bodies as read_bodies
from consult.accounts.taking_part import takes_part
from consult.consultations.models import Member, Seat
from consult.consultations.seats.standing import has_holder
from consult.db import session
from consult.runtime import runtime
from consult.submissions.models import Submission
from consult.submissions.states import SubmissionState


@dataclass(frozen=True, slots=True)
class PublicSeat:
    """A seat of a body in the plenary, and whether somebody holds it."""

    track: str
    number: int
    constituency: str
    held: bool


def sheltered_kinds() -> Sequence[str]:
    """Return the kinds of body whose members may withhold their names."""
    return sorted(
        {kind for track in runtime().hooks.tracks.values() if track.may_withhold_name for kind in track.body_kinds}
    )


def _takes_part(here: uuid.UUID, body: Any) -> sa.ColumnElement[bool]:
    """Return, as part of a query, that somebody takes part for a body under their name: a free seat alone takes no part."""
    return sa.exists().where(
        Member.body_id == body.id,
        Member.consultation_id == here,
        takes_part(Member, clock.now()),
    )


def _stands(here: uuid.UUID, sheltered: Sequence[str], body: Any) -> sa.ColumnElement[bool]:
    """Return, as part of a query, that a body stands here under its own name; `sheltered` are the kinds that may withhold theirs."""
    once = sa.exists().where(Member.body_id == body.id, Member.consultation_id == here)
    wrote = sa.exists().where(
        Submission.body_id == body.id,
        Submission.consultation_id == here,
        Submission.state == SubmissionState.ACCEPTED,
        Submission.withheld.is_(False),
    )
    hidden = sa.exists().where(Member.own_body_id == body.id, Member.withheld)
    mandate = aliased(Mandate)
    charged = sa.exists().where(mandate.body_id == body.id, sa.or_(holds_today(mandate), body.valid_to.is_not(None)))
    holder = aliased(Member)
    holder_hidden = sa.exists().where(holder.id == Seat.holder_id, holder.withheld)
    seated = sa.exists().where(Seat.body_id == body.id, Seat.consultation_id == here, sa.not_(holder_hidden))
    open_kind = body.kind.not_in(sheltered)
    return sa.or_(once, wrote, sa.and_(open_kind, sa.or_(seated, sa.and_(charged, sa.not_(hidden)))))


def shown_here(here: uuid.UUID) -> sa.ColumnElement[bool]:
    """Return, as part of a query of bodies, that one stands here, or that it followed another which did, through however many."""
    return _shown_here(here, tuple(sheltered_kinds()), clock.now().date())


@lru_cache(maxsize=64)
def _shown_here(here: uuid.UUID, sheltered: tuple[str, ...], _today: date) -> sa.ColumnElement[bool]:
    """Put the condition together once a day: that takes longer than to ask it."""
    before = aliased(Body)
    # not a join: SQLite would walk through all bodies, and ask each whether it stands, to find the few that were followed
    followed = sa.exists().where(before.id == BodySuccessor.body_id, _stands(here, sheltered, before))
    heirs = sa.select(BodySuccessor.successor_id.label("id")).where(followed).cte("heirs", recursive=True)
    heirs = heirs.union(sa.select(BodySuccessor.successor_id).join(heirs, BodySuccessor.body_id == heirs.c.id))
    return sa.and_(Body.listed, sa.or_(_stands(here, sheltered, Body), Body.id.in_(sa.select(heirs.c.id))))


def public_bodies(
    here: uuid.UUID,
    *,
    kind: str = "",
    region: str = "",
    text: str = "",
    taking_part: bool = False,
    ended: bool | None = False,
    language: str = "",
    after: str = "",
    limit: int = 25,
) -> BodiesPage:
    """Return the bodies that stand in a consultation, by name (1 query); see `accounts.queries.bodies`."""
    stands = _takes_part(here, Body) if taking_part else shown_here(here)
    return read_bodies(
        kinds=[kind] if kind else [],
        region=region,
        text=text,
        ended=ended,
        which=stands,
        language=language,
        after=after,
        limit=limit,
    )


def public_successors(here: uuid.UUID, bodies: Collection[uuid.UUID]) -> Mapping[uuid.UUID, Sequence[Relative]]:
    """Return which bodies of a consultation followed each of these (1 query, none for none)."""
    return successors_of(bodies, shown_here(here)) if bodies else {}


def taking_part(here: uuid.UUID, bodies: Collection[uuid.UUID]) -> frozenset[uuid.UUID]:
    """Return which of these bodies take part now, under their own name (1 query)."""
    return frozenset(session.scalars(sa.select(Body.id).where(Body.id.in_(bodies), _takes_part(here, Body))))


def public_body(here: uuid.UUID, key: str) -> Body | None:
    """Return a body that stands in a consultation, ended or not, None for every other (1 query)."""
    return session.scalars(sa.select(Body).where(Body.key == key, shown_here(here))).first()


def public_keys(here: uuid.UUID, keys: Collection[str]) -> frozenset[str]:
    """Return which of these bodies stand in a consultation (1 query)."""
    return frozenset(session.scalars(sa.select(Body.key).where(Body.key.in_(keys), shown_here(here))))


def public_seats(here: uuid.UUID, body: uuid.UUID) -> Sequence[PublicSeat]:
    """Return the seats that a body has, or that its members hold, under their own names (1 query)."""
    holder = aliased(Member)
    own = sa.or_(Seat.body_id == body, holder.body_id == body)
    rows = session.execute(
        sa.select(Seat.track, Seat.number, Seat.constituency, has_holder())
        .outerjoin(holder, holder.id == Seat.holder_id)
        .where(Seat.consultation_id == here, own, sa.or_(holder.id.is_(None), holder.withheld.is_(False)))
        .order_by(Seat.number)
    )
    return [PublicSeat(track, number, constituency, bool(has)) for track, number, constituency, has in rows]
