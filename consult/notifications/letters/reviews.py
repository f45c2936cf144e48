"""Letters to reviewers: that there are texts to judge, how many and where. Never which, nor whom they are from."""

from __future__ import annotations

import uuid
from typing import Any

import sqlalchemy as sa

from consult.accounts.models import Person
from consult.consultations.models import Consultation
from consult.db import session
from consult.events.types import Recorded
from consult.i18n import N_, NN_, Message
from consult.notifications.mail import Link, page_address
from consult.notifications.telling import tell
from consult.peer_review.models import Assessment, DeclaredInterest, LiftedInterest, Reviewer

WHY = N_("You get this letter because you judge texts in this consultation.")


def given(recorded: Recorded) -> None:
    """Write to each reviewer how many texts one act gave them; what was taken back or handed in meanwhile is not counted."""
    consultation = session.get_one(Consultation, recorded.stream)
    for person, texts in session.execute(_given(uuid.UUID(recorded.facts["giving"]))).all():
        tell(
            person,
            recorded,
            "review_given",
            N_("There are texts for you to judge"),
            [
                NN_("%(count)s text waits for your assessment.", "%(count)s texts wait for your assessment.", texts),
                N_(
                    "Sign in to read and to judge. If you have an interest in a text, say so there: you then neither see nor judge it."
                ),
            ],
            Link(
                page_address(f"/c/{consultation.slug}/peer-review/", person.language),
                N_("Go to the reviewers’ desk"),
            ),
            sender=consultation.names,
            why=WHY,
            timezone=consultation.timezone,
        )


def _given(act: uuid.UUID) -> sa.Select[Any]:
    """Return, as a query, the reviewers whom an act gave texts, each with how many are unfinished."""
    counts = (
        sa.select(Reviewer.person_id, sa.func.count(Assessment.id).label("texts"))
        .join(Assessment, Assessment.reviewer_id == Reviewer.id)
        .where(Assessment.giving_id == act, Assessment.handed_in_at.is_(None))
        .group_by(Reviewer.person_id)
        .subquery()
    )
    return sa.select(Person, counts.c.texts).join(counts, counts.c.person_id == Person.id).order_by(Person.id)


def reopened(recorded: Recorded) -> None:
    """Tell a reviewer that an assessment of theirs is open again, and why; the text is named on their desk only."""
    row = session.get(Assessment, uuid.UUID(recorded.facts["assessment"]))
    if row is None or row.handed_in_at is not None:
        return
    reviewer = session.get_one(Reviewer, row.reviewer_id)
    said = N_(
        "An organiser opened it again, so that you can change it: why stands on your desk, beside the text. Hand it in again."
    )
    _answer(recorded, reviewer.person_id, "review_reopened", N_("Your assessment is open again"), said, "peer-review")


def lifted(recorded: Recorded) -> None:
    """Tell somebody that the interest they declared by mistake holds no more."""
    row = session.get(LiftedInterest, uuid.UUID(recorded.facts["interest"]))
    if row is not None:
        said = N_("The interest that you had declared by mistake is lifted: you may be given the text again.")
        _answer(
            recorded, row.person_id, "interest_answered", N_("About an interest that you declared"), said, "interests"
        )


def stays(recorded: Recorded) -> None:
    """Tell somebody that an interest was not lifted."""
    row = session.get(DeclaredInterest, uuid.UUID(recorded.facts["interest"]))
    if row is not None:
        said = N_("The organisers did not lift it: you keep away from the text as before. Why stands on the page.")
        _answer(
            recorded, row.person_id, "interest_answered", N_("About an interest that you declared"), said, "interests"
        )


def _answer(recorded: Recorded, person_id: uuid.UUID, kind: str, subject: Message, said: Message, page: str) -> None:
    consultation, person = session.get_one(Consultation, recorded.stream), session.get_one(Person, person_id)
    where = page_address(f"/c/{consultation.slug}/{page}/", person.language)
    link = Link(where, N_("Sign in and read more"))
    timezone = consultation.timezone
    tell(person, recorded, kind, subject, [said], link, sender=consultation.names, why=WHY, timezone=timezone)


WRITERS = {
    "ReviewsAssigned": given,
    "AssessmentReopened": reopened,
    "InterestLifted": lifted,
    "InterestStays": stays,
}
