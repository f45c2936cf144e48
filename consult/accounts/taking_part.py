"""Who takes part now: a membership that has not ended, through an accreditation that has not run out.

Memberships and accreditations are tables of a room above; their names are enough for the one condition that signing in,
the plenary and whoever asks "may this member act?" share. Nothing has to be run on the day an accreditation ends.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

_accreditation = sa.table(
    "accreditation",
    sa.column("member_id", sa.Uuid()),
    sa.column("state", sa.Text()),
    sa.column("until", sa.DateTime(timezone=True)),
)


def takes_part(member: Any, now: datetime) -> sa.ColumnElement[bool]:
    """Return the condition that a member takes part at a moment; `member` has the columns `id` and `ended_at`."""
    return sa.and_(
        member.ended_at.is_(None),
        ~sa.exists()
        .where(
            _accreditation.c.member_id == member.id,
            _accreditation.c.state == "accepted",
            _accreditation.c.until <= now,
        )
        .correlate_except(_accreditation),
    )
