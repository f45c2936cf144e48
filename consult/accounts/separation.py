"""Separation: what nobody may hold or do together. Pure rules; the services ask them inside their transactions."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from consult.accounts.access import Role

#: Roles that open, close and count ballots (`ballot.conduct`).
COUNTING: frozenset[Role] = frozenset({Role.MODERATOR, Role.RETURNING_OFFICER})
#: Pairs of roles that one person never holds at the same time, wherever and how far each reaches: who counts does not
#: administer, because whoever runs the server could alter what is counted, and would be the one to look into it.
APART: frozenset[frozenset[Role]] = frozenset(frozenset({Role.ADMINISTRATOR, role}) for role in COUNTING)


def kept_apart(role: Role, held: Collection[Role]) -> frozenset[Role]:
    """Return which of the roles somebody holds keep them from another one."""
    return frozenset(other for other in held if frozenset({role, other}) in APART)


def may_decide_appeal(person: uuid.UUID | None, decided_by: Collection[uuid.UUID | None]) -> bool:
    """Tell whether somebody may decide an appeal: nobody who took any of the decisions on the text, and nobody unknown.

    `decided_by` are the persons of every decision on it, not of the last one only; the author is kept away elsewhere.
    """
    return person is not None and person not in decided_by
