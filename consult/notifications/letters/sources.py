"""Who is told that a text is gone which a recommendation draws on: the organisers, who look whether it still stands without it."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping

from consult.accounts.access import Role
from consult.accounts.models import Person
from consult.accounts.roles import open_holders
from consult.events.types import Recorded
from consult.i18n import N_
from consult.notifications.letters.bodies import says
from consult.notifications.letters.many import Said
from consult.notifications.telling import tell_many
from consult.recommendations.queries import recommendations_citing


def gone(recorded: Recorded) -> None:
    """Tell every organiser, once for each recommendation: its number, and nothing of the text or of whom it is from."""
    organisers = sorted(open_holders(Role.ORGANISER, recorded.stream))
    for one in recommendations_citing(uuid.UUID(recorded.facts["submission"]), drafts=True):
        tell_many(organisers, recorded, "source_gone", about=str(one.number))


LETTERS: Mapping[str, Callable[[Person, Recorded], Said]] = {
    "source_gone": says(
        N_("Open the recommendation"),
        N_(
            "A text that this recommendation draws on was hidden, or withdrawn by its author. Its words and its author’s name "
            "are no longer shown there; the words of the recommendation stay."
        ),
        N_("Look whether it still stands without that text."),
    )
}
WRITERS = {"SubmissionWithdrawn": gone}
