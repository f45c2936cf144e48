"""What saved searches newly find: told to whoever saved them, as they want to be told, as long as they may read it.

The letter says the number of a text and where it is. What somebody looks for stands in no letter.
"""

from __future__ import annotations

import uuid

import sqlalchemy as sa

from consult.accounts.access import allowed
from consult.accounts.models import Person
from consult.accounts.sign_in import load_actor
from consult.consultations.models import Consultation, Member
from consult.db import session
from consult.events.types import Recorded
from consult.i18n import N_
from consult.notifications.letters.many import Said
from consult.notifications.letters.submissions import submission_of
from consult.notifications.models import Notice
from consult.notifications.telling import tell_many
from consult.submissions.models import Submission
from consult.submissions.saved import who_looks_for
from consult.submissions.states import SubmissionState

KIND = "search_found"


def found(recorded: Recorded) -> None:
    """Tell everybody whose search finds an accepted text, once for a text; not its author, and nobody who may not read it."""
    row = submission_of(recorded)
    here = session.get_one(Consultation, row.consultation_id)
    if row.state != SubmissionState.ACCEPTED or not (people := who_looks_for(row)):
        return
    told = (Notice.kind == KIND, Notice.about == row.number, Notice.person_id.in_(people))
    known = {*session.scalars(sa.select(Notice.person_id).where(*told)), _author(row)}
    new = [person for person in people if person not in known and (here.public or _may_read(person, row))]
    tell_many(new, recorded, KIND, about=row.number)


def _author(row: Submission) -> uuid.UUID | None:
    return session.scalar(sa.select(Member.person_id).where(Member.id == row.member_id))


def is_still_read(person: Person, recorded: Recorded) -> bool:
    """Tell whether somebody may read, now that a letter is written, what their search has found; by everybody's right alone."""
    row = submission_of(recorded)
    return row.state == SubmissionState.ACCEPTED and _may_read(person.id, row)


def _may_read(person: uuid.UUID, row: Submission) -> bool:
    actor, here = load_actor(person), session.get_one(Consultation, row.consultation_id)
    return allowed(actor, "consultation.read", here) and allowed(actor, "submission.read", row)


def said(_person: Person, _recorded: Recorded) -> Said:
    """Return what the letter says beside the number."""
    return Said(
        [
            N_("A search that you saved finds a text that is new in the register."),
            N_("To hear of it no longer, switch the search off on the page of your saved searches."),
        ],
        N_("Read the text"),
    )
