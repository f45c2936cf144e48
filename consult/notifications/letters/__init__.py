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
    bodies,
    erasure,
    invitations,
    many,
    outcomes,
    registration,
    reviews,
    searches,
    second_look,
    sources,
    submissions,
    translations,
)

Writer = Callable[[Recorded], None]


def _accepted(recorded: Recorded) -> None:
    """Tell the author that a text is accepted, and whoever saved a search that finds it."""
    submissions.accepted(recorded)
    searches.found(recorded)


def _translated(recorded: Recorded) -> None:
    """Tell whom a translation concerns that it is official, and whoever saved a search that finds its words."""
    translations.WRITERS[recorded.type](recorded)
    searches.found_translated(recorded)


def _corrected(recorded: Recorded) -> None:
    """Send the author the receipt of the new revision, and tell whoever translated the one before."""
    submissions.received(recorded)
    translations.fallen_behind(recorded)


def _hidden(recorded: Recorded) -> None:
    """Tell the author that a text is hidden, and the organisers which recommendations drew on it."""
    submissions.hidden(recorded)
    sources.gone(recorded)


#: Event type -> what writes the letters for it, in the transaction of the delivery.
WRITERS: Mapping[str, Writer] = {
    **accounts.WRITERS,
    **accreditation.WRITERS,
    **address.WRITERS,
    **answers.WRITERS,
    **appeals.WRITERS,
    **bodies.WRITERS,
    **erasure.WRITERS,
    **invitations.WRITERS,
    **many.WRITERS,
    **outcomes.WRITERS,
    **registration.WRITERS,
    **second_look.WRITERS,
    **reviews.WRITERS,
    **sources.WRITERS,
    **submissions.WRITERS,
    "SubmissionAccepted": _accepted,
    "SubmissionCorrected": _corrected,
    "SubmissionHidden": _hidden,
    **translations.WRITERS,
    "TranslationApproved": _translated,
    "NamesOpened": searches.found_named,
}
