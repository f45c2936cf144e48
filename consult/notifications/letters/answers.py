"""Letters of answer: one for each submission of a round. The mail says that there is a letter and where; no more."""

from __future__ import annotations

import uuid

import sqlalchemy as sa

from consult import clock
from consult.accounts.heirs import heirs
from consult.accounts.models import Person
from consult.accounts.taking_part import takes_part
from consult.consultations.models import Consultation, Member
from consult.db import session
from consult.events.types import Recorded
from consult.i18n import N_
from consult.notifications.letters.submissions import WHY, WHY_BODY
from consult.notifications.mail import Link, page_address
from consult.notifications.telling import tell, tell_many
from consult.outcomes.models import LetterSent
from consult.submissions.belonging import who_acts
from consult.submissions.cosigning.models import Cosignature, standing
from consult.submissions.models import Submission
from consult.submissions.states import SubmissionState


def sent(recorded: Recorded) -> None:
    """Write the mails of a round, to whoever acts on each text; what was withdrawn meanwhile, or has nobody with an address, gets none."""
    consultation = session.get_one(Consultation, recorded.stream)
    of_round = (LetterSent.submission_id == Submission.id, LetterSent.round_id == uuid.UUID(recorded.facts["round"]))
    acts = who_acts(sa.and_(sa.exists().where(*of_round), Submission.state != SubmissionState.WITHDRAWN)).subquery()
    rows = session.execute(
        sa.select(Submission.number, Person, acts.c.for_body)
        .select_from(acts)
        .join(Submission, Submission.id == acts.c.text)
        .join(Person, Person.id == acts.c.person)
        .order_by(Submission.number, Person.id)
    ).all()
    for number, person, for_body in rows:
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
            why=WHY_BODY if for_body else WHY,
            timezone=consultation.timezone,
        )
    _tell_cosigners(recorded)


def _tell_cosigners(recorded: Recorded) -> None:
    """Tell the members of bodies that co-signed a text with a letter, or of those these went into, that there is an answer to it."""
    went = heirs()
    signed = sa.and_(Member.own_body_id == Cosignature.body_id, Member.consultation_id == Submission.consultation_id)
    gone_over = sa.and_(went.c.former_id == Cosignature.body_id, went.c.consultation_id == Submission.consultation_id)
    heir = sa.and_(
        Member.body_id == went.c.body_id,
        Member.consultation_id == went.c.consultation_id,
        Member.track == went.c.track,
    )
    told = (
        sa.select(Submission.number, Member.person_id)
        .select_from(Submission)
        .join(LetterSent, LetterSent.submission_id == Submission.id)
        .join(Cosignature, Cosignature.submission_id == Submission.id)
    )
    which = (
        LetterSent.round_id == uuid.UUID(recorded.facts["round"]),
        Submission.state == SubmissionState.ACCEPTED,
        *standing(),
        takes_part(Member, clock.now()),
    )
    both = sa.union(
        told.join(Member, signed).where(*which), told.join(went, gone_over).join(Member, heir).where(*which)
    ).subquery()
    rows = session.execute(sa.select(both).order_by(*both.c))
    people: dict[str, list[uuid.UUID]] = {}
    for number, person in rows:
        people.setdefault(number, []).append(person)
    for number, found in people.items():
        tell_many(found, recorded, "answer_to_cosigned", about=number)


WRITERS = {"LettersSent": sent}
