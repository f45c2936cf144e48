"""Reading interests: one's own, and those that organisers are asked to lift. Nobody else's are listed anywhere."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from consult.accounts.models import Person
from consult.consultations.names import name_for_staff, withheld_number
from consult.db import session
from consult.i18n import Message
from consult.peer_review.models import DeclaredInterest
from consult.submissions.models import Submission


@dataclass(frozen=True, slots=True)
class OwnInterest:
    """An interest that somebody declared, in the text of this number; what they asked, and what they were last answered."""

    number: str
    row: DeclaredInterest


def own_interests(consultation: uuid.UUID, person: uuid.UUID | None) -> Sequence[OwnInterest]:
    """Return the interests that a person declared and that hold, by receipt number (1 query)."""
    query = _declared(consultation).where(DeclaredInterest.person_id == person).order_by(Submission.number)
    return [OwnInterest(text.number, row) for row, text in session.execute(query)]


@dataclass(frozen=True, slots=True)
class AskedInterest:
    """An interest that its person, called `name`, asks to have lifted. Why it was declared is not told: it may lead to the author."""

    row: DeclaredInterest
    text: Submission
    name: str | Message


def asked_interests(consultation: uuid.UUID) -> Sequence[AskedInterest]:
    """Return the interests that organisers are asked to lift, the first asked first (1 query)."""
    query = (
        _declared(consultation)
        .join(Person, Person.id == DeclaredInterest.person_id)
        .where(DeclaredInterest.asked_at.is_not(None))
        .add_columns(Person.name, withheld_number(consultation))
        .order_by(DeclaredInterest.asked_at, DeclaredInterest.id)
    )
    return [AskedInterest(row, text, name_for_staff(name, alias)) for row, text, name, alias in session.execute(query)]


def _declared(consultation: uuid.UUID) -> sa.Select[Any]:
    columns: tuple[Any, ...] = (DeclaredInterest, Submission)
    return (
        sa.select(*columns)
        .join(Submission, Submission.id == DeclaredInterest.submission_id)
        .where(Submission.consultation_id == consultation)
    )
