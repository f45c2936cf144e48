"""Letters to reviewers: that there are texts to judge, how many and where. Never which, nor whom they are from."""

from __future__ import annotations

import uuid
from typing import Any

import sqlalchemy as sa

from consult.accounts.models import Person
from consult.consultations.models import Consultation
from consult.db import session
from consult.events.types import Recorded
from consult.i18n import N_, NN_
from consult.notifications.mail import Link, page_address
from consult.notifications.telling import tell
from consult.peer_review.models import Assessment, Reviewer

WHY = N_("You get this letter because you were named as a reviewer in this consultation.")


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


WRITERS = {"ReviewsAssigned": given}
