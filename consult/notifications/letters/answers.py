"""Letters of answer: one for each submission of a round. The mail says that there is a letter and where; no more."""

from __future__ import annotations

import uuid

import sqlalchemy as sa

from consult.accounts.models import Person
from consult.consultations.models import Consultation, Member
from consult.db import session
from consult.events.types import Recorded
from consult.i18n import N_
from consult.notifications.letters.submissions import WHY
from consult.notifications.mail import Link, page_address
from consult.notifications.telling import tell
from consult.outcomes.models import LetterSent
from consult.submissions.models import Submission
from consult.submissions.states import SubmissionState


def sent(recorded: Recorded) -> None:
    """Write the mails of a round; what was withdrawn meanwhile, or has no author with an address, gets none."""
    consultation = session.get_one(Consultation, recorded.stream)
    rows = session.execute(
        sa.select(Submission.number, Person)
        .join(LetterSent, LetterSent.submission_id == Submission.id)
        .join(Member, Member.id == Submission.member_id)
        .join(Person, Person.id == Member.person_id)
        .where(LetterSent.round_id == uuid.UUID(recorded.facts["round"]), Submission.state != SubmissionState.WITHDRAWN)
        .order_by(Submission.number)
    ).all()
    for number, person in rows:
        tell(
            person,
            recorded,
            "answer",
            N_("A letter about your submission %(number)s", number=number),
            [
                N_("There is a letter for you: it says what became of your submission %(number)s.", number=number),
                N_("Sign in to read it and to print it. You find it at your submission whenever you want."),
            ],
            Link(page_address(f"/c/{consultation.slug}/letters/{number}/", person.language), N_("Read the letter")),
            about=number,
            sender=consultation.names,
            why=WHY,
            timezone=consultation.timezone,
        )


WRITERS = {"LettersSent": sent}
