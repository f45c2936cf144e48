"""Letters of answer to authors without an address: which are to be printed, and which were."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from consult import clock
from consult.accounts.access import Actor, demand
from consult.accounts.models import Person
from consult.consultations.models import Consultation, Member
from consult.db import session, transaction
from consult.errors import Rejected
from consult.events.record import record
from consult.i18n import N_
from consult.outcomes.events import LettersPrinted
from consult.outcomes.models import LetterRound, LetterSent
from consult.submissions.models import Submission
from consult.submissions.states import SubmissionState

#: Letters on one page to be printed: what a browser lays out on a weak machine.
PAGE = 50


@dataclass(frozen=True, slots=True)
class PaperLetter:
    """A letter that was sent to an author without an address; `reads` is the language they read, the text's where nobody is known."""

    number: str
    title: str
    language: str
    reads: str
    sent_at: datetime
    printed_at: datetime | None


def _on_paper(consultation: uuid.UUID, *columns: Any) -> sa.Select[Any]:
    """Return a query over the last letter of each submission whose author has no address; what was withdrawn gets none."""
    later = aliased(LetterSent)
    other = aliased(LetterRound)
    newer = (
        sa.exists()
        .where(later.submission_id == LetterSent.submission_id, later.round_id == other.id)
        .where(other.number > LetterRound.number)
    )
    return (
        sa.select(*columns)
        .select_from(LetterSent)
        .join(LetterRound, LetterRound.id == LetterSent.round_id)
        .join(Submission, Submission.id == LetterSent.submission_id)
        .outerjoin(Member, Member.id == Submission.member_id)
        .outerjoin(Person, Person.id == Member.person_id)
        .where(
            LetterRound.consultation_id == consultation,
            Submission.state != SubmissionState.WITHDRAWN,
            sa.func.coalesce(Person.email, "") == "",
            sa.not_(newer),
        )
    )


@dataclass(frozen=True, slots=True)
class OnPaper:
    """How many letters wait to be printed, and how many were."""

    waiting: int
    printed: int


def count_on_paper(consultation: uuid.UUID, among: sa.ColumnElement[bool] | None = None) -> OnPaper:
    """Count the letters to authors without an address (1 query); `among` narrows the submissions."""
    counts = _on_paper(consultation, sa.func.count(), sa.func.count(LetterSent.printed_at))
    total, printed = session.execute(counts.where(sa.true() if among is None else among)).one()
    return OnPaper(total - printed, printed)


def letters_on_paper(
    consultation: uuid.UUID,
    among: sa.ColumnElement[bool] | None = None,
    *,
    printed: bool,
    after: str = "",
    limit: int = PAGE,
) -> Sequence[PaperLetter]:
    """Return letters to authors without an address, printed or not, by receipt number from after one on (1 query).

    `among` narrows the submissions, to those that somebody may read.
    """
    columns = (Submission.number, Submission.title, Submission.language, Person.language, LetterRound.sent_at)
    which = LetterSent.printed_at.is_not(None) if printed else LetterSent.printed_at.is_(None)
    query = _on_paper(consultation, *columns, LetterSent.printed_at).where(which, Submission.number > after)
    query = query.where(sa.true() if among is None else among)
    return [
        PaperLetter(number, title, language, reads or language, *moments)
        for number, title, language, reads, *moments in session.execute(query.order_by(Submission.number).limit(limit))
    ]


def mark_printed(numbers: Collection[str], *, consultation: Consultation, actor: Actor) -> int:
    """Mark the letters about these submissions as printed and return how many were not before. Raises Rejected for none."""
    with transaction():
        demand(actor, "letters.send", consultation)
        query = _on_paper(consultation.id, LetterSent.round_id, LetterSent.submission_id)
        waiting = session.execute(query.where(LetterSent.printed_at.is_(None), Submission.number.in_(numbers))).all()
        if not waiting:
            raise Rejected(N_("These letters were printed already, or are no longer there."))
        for round_, submission in waiting:
            session.get_one(LetterSent, (round_, submission)).printed_at = clock.now()
        record(LettersPrinted(len(waiting)), stream=consultation.id, actor=actor.person)
        return len(waiting)
