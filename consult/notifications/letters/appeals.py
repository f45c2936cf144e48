"""Letters about appeals: to those who may decide one, and to its author when it is decided.

As with every letter about a submission, an author whose name is withheld is told that there is something to read, and no more.
"""

from __future__ import annotations

import uuid

import sqlalchemy as sa

from consult.accounts.access import Role, allowed
from consult.accounts.models import Person, RoleGrant
from consult.accounts.signing_in.sign_in import load_actor
from consult.consultations.models import Consultation
from consult.db import session
from consult.events.types import Recorded
from consult.i18n import N_, Message
from consult.notifications.letters.submissions import REASON_ELSEWHERE, send, submission_of
from consult.notifications.mail import Link, Words, page_address, write_mail
from consult.submissions.models import Appeal
from consult.submissions.review.appeal_queries import case_of
from consult.submissions.states import AppealState

#: Why moderators and organisers get these letters.
WHY = N_("You get this letter because you moderate or organise this consultation.")


def made(recorded: Recorded) -> None:
    """Tell everybody who may decide an appeal that it waits, and until when; neither the author nor a word of the text."""
    row, consultation = _appeal(recorded), session.get_one(Consultation, recorded.stream)
    case, number = case_of(row), recorded.facts["number"]
    said: list[Message | Words] = [
        N_("The author of submission %(number)s has appealed against the decision on it.", number=number),
        N_("It is to be decided until %(day)s, by somebody who has not decided on the text before.", day=row.due_at),
    ]
    for person in _staff(consultation.id):
        actor = load_actor(person.id, name=person.name, language=person.language)
        if allowed(actor, "appeal.decide", case):
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


def _staff(consultation: uuid.UUID) -> list[Person]:
    grants = sa.exists().where(
        RoleGrant.person_id == Person.id,
        RoleGrant.consultation_id == consultation,
        RoleGrant.role.in_((Role.MODERATOR, Role.ORGANISER)),
        RoleGrant.revoked_at.is_(None),
    )
    return list(session.scalars(sa.select(Person).where(grants).order_by(Person.id)))


def decided(recorded: Recorded) -> None:
    """Tell the author how the appeal ended, and where the reason stands."""
    row = submission_of(recorded)
    overturned = recorded.facts["outcome"] == AppealState.OVERTURNED
    said: list[Message | Words] = [
        N_(
            "Your appeal was followed: the decision on submission %(number)s is overturned. Everybody can read it now.",
            number=row.number,
        )
        if overturned
        else N_(
            "Your appeal was read by somebody else, and the decision on submission %(number)s stands.",
            number=row.number,
        ),
        REASON_ELSEWHERE,
    ]
    subject = N_("Your appeal is decided: %(number)s", number=row.number)
    send(recorded, row, "appeal_decided", subject, said)


def _appeal(recorded: Recorded) -> Appeal:
    return session.get_one(Appeal, uuid.UUID(recorded.facts["appeal"]))


WRITERS = {"AppealMade": made, "AppealDecided": decided}
