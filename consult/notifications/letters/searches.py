"""What saved searches newly find: told to whoever saved them, as they want to be told, as long as they may read it.

The letter says the number of a text and where it is. What somebody looks for stands in no letter.
"""

from __future__ import annotations

import uuid

import sqlalchemy as sa

from consult.accounts.access import allowed
from consult.accounts.models import Person
from consult.accounts.signing_in.sign_in import load_actor
from consult.consultations.models import Consultation, Member
from consult.db import session
from consult.events.types import Recorded
from consult.i18n import N_
from consult.notifications.letters.many import Said
from consult.notifications.letters.submissions import submission_of
from consult.notifications.models import Notice
from consult.notifications.telling import tell_many
from consult.search import Lacking
from consult.submissions.models import Submission
from consult.submissions.queries import submission_by_number
from consult.submissions.saved import who_looks_for
from consult.submissions.states import SubmissionState

KIND = "search_found"
OFF = N_("To hear of it no longer, switch the search off on the page of your saved searches.")


def found(recorded: Recorded) -> None:
    """Tell everybody whose search finds an accepted text, once for a text; not its author, and nobody who may not read it."""
    _tell(submission_of(recorded), recorded)


def found_translated(recorded: Recorded) -> None:
    """Tell everybody whose search finds a text by its new official translation alone."""
    _tell(submission_of(recorded), recorded, Lacking(translation=recorded.facts["language"]))


def found_named(recorded: Recorded) -> None:
    """Tell everybody whose search finds a text of a track by the names that were opened."""
    of_track = (Submission.consultation_id == recorded.stream, Submission.track == recorded.facts["track"])
    for row in session.scalars(sa.select(Submission).where(*of_track, Submission.state == SubmissionState.ACCEPTED)):
        _tell(row, recorded, Lacking(names=True))


def _tell(row: Submission, recorded: Recorded, new: Lacking | None = None) -> None:
    here = session.get_one(Consultation, row.consultation_id)
    if row.state != SubmissionState.ACCEPTED or not (people := who_looks_for(row, new)):
        return
    of_text = (Notice.kind == KIND, Notice.about == row.number, Notice.consultation_id == row.consultation_id)
    told = sa.select(Notice.person_id).where(*of_text, Notice.person_id.in_(people))
    known = {*session.scalars(told), _author(row)}
    to_tell = [person for person in people if person not in known and (here.public or _may_read(person, row))]
    tell_many(to_tell, recorded, KIND, about=row.number)


def _author(row: Submission) -> uuid.UUID | None:
    return session.scalar(sa.select(Member.person_id).where(Member.id == row.member_id))


def is_still_read(person: Person, recorded: Recorded, number: str) -> bool:
    """Tell whether somebody may read, now that a letter is written, what their search has found; by everybody's right alone."""
    row = submission_by_number(recorded.stream, number)
    return row is not None and row.state == SubmissionState.ACCEPTED and _may_read(person.id, row)


def _may_read(person: uuid.UUID, row: Submission) -> bool:
    actor, here = load_actor(person), session.get_one(Consultation, row.consultation_id)
    return allowed(actor, "consultation.read", here) and allowed(actor, "submission.read", row)


def said(_person: Person, _recorded: Recorded) -> Said:
    """Return what the letter says beside the number."""
    return Said(
        [
            N_("A search that you saved finds a text that is new in the register."),
            OFF,
        ],
        N_("Read the text"),
    )
