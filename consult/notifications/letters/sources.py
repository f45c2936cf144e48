"""What organisers are told to look at: a recommendation whose text is gone, a member who goes by another name of their own."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping

from consult.accounts.access import Role
from consult.accounts.models import Person
from consult.accounts.roles import open_holders
from consult.consultations.models import Member
from consult.db import session
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


def renamed(recorded: Recorded) -> None:
    """Tell every organiser that a member's own name is another: their number, and neither name."""
    member = session.get(Member, uuid.UUID(recorded.facts["member"]))
    if member is not None:
        organisers = sorted(open_holders(Role.ORGANISER, recorded.stream) - {member.person_id})
        tell_many(organisers, recorded, "own_name_changed", about=str(member.number))


LETTERS: Mapping[str, Callable[[Person, Recorded], Said]] = {
    "source_gone": says(
        N_("Open the recommendation"),
        N_(
            "A text that this recommendation draws on was hidden or withdrawn. Its words and its author’s name "
            "are no longer shown there; the words of the recommendation stay."
        ),
        N_("Look whether it still stands without that text."),
    ),
    "own_name_changed": says(
        N_("Open the member"),
        N_("A member whose name stands in public changed it. The page shows the name of now."),
        N_("Look whether it is theirs, and not one that others would take for somebody else’s."),
    ),
}
WRITERS = {"OwnNameChanged": renamed, "SubmissionWithdrawn": gone}
