"""Letters about leaving: until when a mind can be changed, and that it was."""

from __future__ import annotations

import uuid

from consult.accounts.models import Person
from consult.db import session
from consult.erasure.models import Erasure
from consult.erasure.states import ErasureState
from consult.events.types import Recorded
from consult.i18n import N_
from consult.notifications.mail import Link, page_address
from consult.notifications.telling import tell


def erasure_asked(recorded: Recorded) -> None:
    """Tell somebody that they asked to be erased, in case it was not them; nothing once it no longer waits."""
    row = session.get_one(Erasure, uuid.UUID(recorded.facts["erasure"]))
    if row.state != ErasureState.WAITING:
        return
    person = session.get_one(Person, row.person_id)
    tell(
        person,
        recorded,
        "erasure_asked",
        N_("You asked to be erased"),
        [
            N_("Your account and everything that need not stay in the record is erased on %(day)s.", day=row.due_at),
            *(
                []
                if recorded.actor == person.id
                else [N_("Administrators entered it, as a request of yours on paper.")]
            ),
            N_(
                "Until then you can change your mind, on the page behind this link. No letter follows: your address goes too."
            ),
            N_("If it was not you, change your mind for them: sign in, stop it, and sign out every other device."),
        ],
        Link(page_address("/account/erase", person.language), N_("See what goes, or stop it")),
    )


def erasure_withdrawn(recorded: Recorded) -> None:
    """Tell somebody that nothing is erased."""
    person = session.get_one(Person, uuid.UUID(recorded.facts["person"]))
    tell(
        person,
        recorded,
        "erasure_withdrawn",
        N_("Nothing is erased"),
        [N_("You changed your mind: your account stays.")],
    )


WRITERS = {"ErasureAsked": erasure_asked, "ErasureWithdrawn": erasure_withdrawn}
