"""Separation: what nobody may hold or do together. Pure rules; the services ask them inside their transactions."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from consult.accounts.access import ROLE_LABELS, Held, Role
from consult.i18n import N_, Message

#: Roles that open, close and count ballots (`ballot.conduct`).
COUNTING: frozenset[Role] = frozenset({Role.MODERATOR, Role.RETURNING_OFFICER})
#: Pairs of roles that one person never holds at the same time, wherever and how far each reaches: who counts does not
#: administer, because whoever runs the server could alter what is counted, and would be the one to look into it.
APART: frozenset[frozenset[Role]] = frozenset(frozenset({Role.ADMINISTRATOR, role}) for role in COUNTING)
#: Roles that run no consultation: whoever holds one of the others there, or held it, would evaluate their own work.
RUN_NOTHING = frozenset({Role.OBSERVER, Role.EVALUATOR})


def kept_apart(wanted: Held, held: Collection[Held], before: Collection[Held] = ()) -> Message | None:
    """Return why somebody cannot have a role, None if nothing keeps it from them.

    `held` are the roles that they hold now, `before` those they ever held: who ran a consultation does not evaluate it
    afterwards either.
    """
    for other in held:
        if frozenset({wanted.role, other.role}) in APART:
            return N_(
                "Who counts does not administer: this person is %(role)s. Choose somebody else, or take that role back first.",
                role=ROLE_LABELS[other.role],
            )
    for other in (*held, *(before if wanted.role is Role.EVALUATOR else ())):
        if _judges_own_work(wanted, other) or _judges_own_work(other, wanted):
            return N_(
                "Who evaluates a consultation has no part in running it: this person is, or was, %(role)s. Choose somebody else.",
                role=ROLE_LABELS[other.role],
            )
    return None


def _judges_own_work(evaluator: Held, other: Held) -> bool:
    """Tell whether one is the evaluator of a consultation that the other runs: an administrator runs all of them."""
    runs = other.role not in RUN_NOTHING and other.consultation in (None, evaluator.consultation)
    return evaluator.role is Role.EVALUATOR and runs


def may_decide_appeal(person: uuid.UUID | None, decided_by: Collection[uuid.UUID | None]) -> bool:
    """Tell whether somebody may decide an appeal: nobody who took any of the decisions on the text, and nobody unknown.

    `decided_by` are the persons of every decision on it, not of the last one only; the author is kept away elsewhere.
    """
    return person is not None and person not in decided_by
