"""Which body answers for what one did that has ended: the one to which its seats or members went, in a consultation and a track.

That was decided when the body ended (`consult.consultations.winding`), and is undone with its end. Where the other ends too, it goes
on to whoever follows that one. What was said stays under the name of the body that said it; whoever takes part for the other takes
it back or corrects it, by that one's own rule. Whose name is withheld takes no part in this: it would tell for whom they speak.
"""

from __future__ import annotations

import uuid

import sqlalchemy as sa

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


def former_bodies(member: sa.TableClause, whose: sa.ColumnElement[bool]) -> sa.ScalarSelect[str]:
    """Return, as a column of a query of members, the bodies that went into theirs: ids as text, with commas between.

    `whose` says of which members: nothing is read of all others.
    """
    first, then = _settlement.alias(), _settlement.alias()
    own = sa.and_(
        first.c.successor_id == member.c.body_id,
        first.c.consultation_id == member.c.consultation_id,
        first.c.track == member.c.track,
    )
    found = (
        sa.select(member.c.id.label("member_id"), first.c.consultation_id, first.c.track)
        .add_columns(first.c.body_id.label("former_id"))
        .select_from(member.join(first, own))
        .where(whose, sa.not_(member.c.withheld), _stands(first))
        .cte("former", recursive=True, nesting=True)  # read where it stands: the query itself is a SELECT
    )
    here = (then.c.consultation_id == found.c.consultation_id, then.c.track == found.c.track)
    found = found.union(
        sa.select(found.c.member_id, found.c.consultation_id, found.c.track, then.c.body_id)
        .join(then, sa.and_(then.c.successor_id == found.c.former_id, *here))
        .where(_stands(then))
    )
    listed = sa.func.aggregate_strings(sa.cast(found.c.former_id, sa.String()), ",")
    return sa.select(listed).where(found.c.member_id == member.c.id).correlate(member).scalar_subquery()


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
