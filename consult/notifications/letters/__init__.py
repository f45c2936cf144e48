"""What people are told of by letter: for each kind of event, what writes the letters for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from consult.events.types import Recorded
from consult.notifications.letters import (
    accounts,
    accreditation,
    address,
    answers,
    appeals,
    erasure,
    invitations,
    many,
    outcomes,
    registration,
    reviews,
    submissions,
)

Writer = Callable[[Recorded], None]

#: Event type -> what writes the letters for it, in the transaction of the delivery.
WRITERS: Mapping[str, Writer] = {
    **accounts.WRITERS,
    **accreditation.WRITERS,
    **address.WRITERS,
    **answers.WRITERS,
    **appeals.WRITERS,
    **erasure.WRITERS,
    **invitations.WRITERS,
    **many.WRITERS,
    **outcomes.WRITERS,
    **registration.WRITERS,
    **reviews.WRITERS,
    **submissions.WRITERS,
}
