"""Letters about appeals: to those who may decide one, and to its author when it is decided.

As with every letter about a submission, an author whose name is withheld is told that there is something to read, and no more.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import sqlalchemy as sa

from consult.accounts.access import Role, allowed
from consult.accounts.models import Person, RoleGrant
from consult.accounts.roles import in_force
from consult.accounts.signing_in.sign_in import load_actors
from consult.consultations.models import Consultation
from consult.db import session
from consult.events.types import Recorded
from consult.i18n import N_, Message
from consult.notifications.letters.submissions import send_verdict
from consult.notifications.mail import Link, Words, page_address, write_mail
from consult.submissions.models import Appeal, Submission
from consult.submissions.review.appeal_queries import case_of
from consult.submissions.states import AppealState

#: Why moderators and organisers get these letters.
WHY = N_("You get this letter because you moderate or organise this consultation.")


def made(recorded: Recorded) -> None:
    """Tell everybody who may decide an appeal that it waits, and until when; neither the author nor a word of the text."""
    row, consultation = _appeal(recorded), session.get_one(Consultation, recorded.stream)
    case, number = case_of(row), session.get_one(Submission, row.submission_id).number
    said: list[Message | Words] = [
        N_("An appeal was made against the decision on submission %(number)s.", number=number),
        N_("It is to be decided until %(day)s, by somebody who has not decided on the text before.", day=row.due_at),
    ]
    staff = _staff(consultation.id)
    actors = load_actors([person.id for person in staff])
    for person in staff:
        if allowed(actors[person.id], "appeal.decide", case):
            link = page_address(f"/c/{consultation.slug}/appeals/{row.id}/", person.language)
            write_mail(
                person,
                "appeal_made",
                str(recorded.id),
                N_("An appeal waits: %(number)s", number=number),
                said,
                Link(link, N_("Read the appeal")),
                sender=consultation.names,
                why=WHY,
                timezone=consultation.timezone,
            )


def _staff(consultation: uuid.UUID) -> Sequence[Person]:
    """Return the moderators and organisers of a consultation, by id (1 query)."""
    grants = sa.exists().where(
        RoleGrant.person_id == Person.id,
        RoleGrant.consultation_id == consultation,
        RoleGrant.role.in_((Role.MODERATOR, Role.ORGANISER)),
        *in_force(),
    )
    return session.scalars(sa.select(Person).where(grants).order_by(Person.id)).all()


def upheld(recorded: Recorded) -> None:
    """Tell the author that the decision stands, and where the reason is. Of one that is overturned, `SubmissionAccepted` tells them."""
    row = _appeal(recorded)
    if row.state == AppealState.UPHELD:
        text = session.get_one(Submission, row.submission_id)
        stands = N_(
            "Your appeal was read by somebody else, and the decision on submission %(number)s stands.",
            number=text.number,
        )
        send_verdict(recorded, text, stands)


def _appeal(recorded: Recorded) -> Appeal:
    return session.get_one(Appeal, uuid.UUID(recorded.facts["appeal"]))


WRITERS = {"AppealMade": made, "AppealDecided": upheld}
