"""Who takes part now: nobody has ended their part, and their accreditation, if they have one, has not run out.

This is the one meaning of "takes part": a list, a letter, a count and a vote that each asked in its own way would differ
on the day an accreditation ends, on which nothing runs. The table is of a room above; its columns' names are enough.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa


def takes_part(member: Any, now: datetime) -> sa.ColumnElement[bool]:
    """Return the condition that a member takes part at a moment; `member` has the columns `until` and `part_ended_at`."""
    return sa.and_(member.part_ended_at.is_(None), sa.or_(member.until.is_(None), member.until > now))


def is_taking_part(member: Any, now: datetime) -> bool:
    """Tell of one member that was read what `takes_part` says of rows."""
    return member.part_ended_at is None and (member.until is None or member.until > now)


def ends_by_itself(member: Any) -> Any:
    """Return the column that says when a part ends by itself, with its accreditation; it is NULL for one that does not."""
    return member.until
