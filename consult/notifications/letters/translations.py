"""Who is told of a translation: the author once it is official, so that they can say that it says something else; its writers when it goes back."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping

import sqlalchemy as sa

from consult import clock
from consult.accounts.models import Person
from consult.accounts.taking_part import takes_part
from consult.consultations.models import Member
from consult.db import session
from consult.events.types import Recorded
from consult.i18n import N_
from consult.notifications.letters.bodies import says
from consult.notifications.letters.many import Said
from consult.notifications.telling import tell_many
from consult.submissions.models import Submission
from consult.submissions.states import SubmissionState
from consult.submissions.translation_queries import case_of


def approved(recorded: Recorded) -> None:
    """Tell the author of a text that it can be read in another language."""
    row = session.get_one(Submission, uuid.UUID(recorded.facts["submission"]))
    author = sa.select(Member.person_id).where(Member.id == row.member_id, takes_part(Member, clock.now()))
    if row.state != SubmissionState.WITHDRAWN:
        tell_many(session.scalars(author).all(), recorded, "text_translated", about=row.number)


def returned(recorded: Recorded) -> None:
    """Tell whoever wrote in a translation that it is to be looked at again."""
    row = session.get_one(Submission, uuid.UUID(recorded.facts["submission"]))
    language = recorded.facts["language"]
    people = sorted(case_of(row, language).writers)
    tell_many(people, recorded, "translation_returned", about=f"{language}/{row.number}")


LETTERS: Mapping[str, Callable[[Person, Recorded], Said]] = {
    "text_translated": says(
        N_("Your submission"),
        N_(
            "Your text can be read in another language now. Somebody translated it, and somebody else read it beside yours."
        ),
        N_("What you wrote stays what counts. If the translation says something else, tell the organisers."),
    ),
    "translation_returned": says(
        N_("Open the translation"),
        N_("A translation that you wrote was sent back. What is to be looked at again stands on its page."),
    ),
}
WRITERS = {"TranslationApproved": approved, "TranslationReturned": returned}
