"""Which body answers for what one did that has ended: the one to which its seats or members went, in a consultation and a track.

That was decided when the body ended (`consult.consultations.winding`), and is undone with its end. Where the other ends too, it goes
on to whoever follows that one. What was said stays under the name of the body that said it; whoever takes part for the other takes
it back or corrects it, by that one's own rule. So does whoever withholds their name, beside colleagues who do not: their yes is told to nobody outside the body,
and the log names no person. Alone they do not: that the body acts at all would tell that somebody is there.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping

import sqlalchemy as sa

from consult import clock
from consult.accounts.taking_part import takes_part
from consult.db import session

# What became of seats and members is a table of a room above; its names are enough to read who answers for whom.
_settlement = sa.table(
    "body_settlement",
    *(sa.column(name, sa.Uuid()) for name in ("body_id", "consultation_id", "successor_id")),
    sa.column("track", sa.Text()),
    sa.column("undone_at"),
)


def _stands(settlement: sa.FromClause) -> sa.ColumnElement[bool]:
    return sa.and_(settlement.c.undone_at.is_(None), settlement.c.successor_id.is_not(None))


def heirs() -> sa.CTE:
    """Return the bodies that answer for those that ended: `consultation_id`, `track`, `former_id` and `body_id`, with all between them."""
    first, then = _settlement.alias(), _settlement.alias()
    found = (
        sa.select(first.c.consultation_id, first.c.track, first.c.body_id.label("former_id"))
        .add_columns(first.c.successor_id.label("body_id"))
        .where(_stands(first))
        .cte("heirs", recursive=True)
    )
    here = (then.c.consultation_id == found.c.consultation_id, then.c.track == found.c.track)
    return found.union(
        sa.select(found.c.consultation_id, found.c.track, found.c.former_id, then.c.successor_id)
        .join(then, sa.and_(then.c.body_id == found.c.body_id, *here))
        .where(_stands(then))
    )


def follows(member: sa.TableClause) -> sa.ColumnElement[bool]:
    """Return, as a column of a query of members, whether a body went into theirs: few, so only of these `former_of` is asked."""
    settled = _settlement.alias()
    return sa.exists().where(
        settled.c.successor_id == member.c.body_id,
        settled.c.consultation_id == member.c.consultation_id,
        settled.c.track == member.c.track,
        _stands(settled),
    )


def former_of(member: sa.TableClause, ids: Collection[uuid.UUID]) -> Mapping[uuid.UUID, tuple[uuid.UUID, ...]]:
    """Return the bodies that went into those of members, through however many, by id of the member (1 query, 0 for none)."""
    if not ids:
        return {}
    went = heirs()
    into = sa.and_(
        went.c.body_id == member.c.body_id,
        went.c.consultation_id == member.c.consultation_id,
        went.c.track == member.c.track,
    )
    rows = session.execute(
        sa.select(member.c.id, went.c.former_id)
        .select_from(member.join(went, into))
        .where(member.c.id.in_(ids), sa.or_(sa.not_(member.c.withheld), _has_named_colleague(member)))
        .order_by(went.c.former_id)
    )
    found: dict[uuid.UUID, tuple[uuid.UUID, ...]] = {}
    for one, former in rows:
        found[one] = (*found.get(one, ()), former)
    return found


def _has_named_colleague(member: sa.TableClause) -> sa.ColumnElement[bool]:
    other = member.alias()
    same = ("consultation_id", "body_id", "track")
    return sa.exists().where(
        *(other.c[name] == member.c[name] for name in same),
        sa.not_(other.c.withheld),
        takes_part(other.c, clock.now()),
    )


def acting_for(consultation: uuid.UUID, office: tuple[uuid.UUID, str]) -> uuid.UUID:
    """Return the body that answers now for what one did in a track of a consultation: itself, as long as it has not gone into another (1 query)."""
    found, further = heirs(), _settlement.alias()
    body, track = office
    goes_on = sa.exists().where(
        further.c.body_id == found.c.body_id,
        further.c.consultation_id == found.c.consultation_id,
        further.c.track == found.c.track,
        _stands(further),
    )
    last = sa.select(found.c.body_id).where(
        found.c.consultation_id == consultation,
        found.c.track == track,
        found.c.former_id == body,
        sa.not_(goes_on),
    )
    return session.scalars(last).first() or body
