"""Letters of answer that no mail brings: which are to be printed, and which were.

Nobody who acts on their texts has an address, or `bounced`, a condition on persons, says that what is sent to it comes back.
"""

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
from consult.accounts.models import Body, Person
from consult.consultations.models import Consultation, Member
from consult.db import session, transaction
from consult.errors import Rejected
from consult.events.record import record
from consult.i18n import N_, Localized, Message
from consult.outcomes.events import LettersPrinted
from consult.outcomes.models import LetterRound, LetterSent
from consult.outcomes.reach import NOBODY, Reach
from consult.submissions.authors import public_author
from consult.submissions.models import Submission
from consult.submissions.states import SubmissionState

#: Letters on one page to be printed: what a browser lays out on a weak machine.
PAGE = 50


@dataclass(frozen=True, slots=True)
class PaperLetter:
    """A letter that was sent and that no mail brings; `reads` is the language its author reads, the text's where nobody is known.

    `bounced` tells that there is an address and mail comes back from it. `author` is who stands at the text in public.
    """

    number: str
    title: str
    language: str
    reads: str
    bounced: bool
    author: Localized | Message | str
    sent_at: datetime
    printed_at: datetime | None


def _reach(consultation: uuid.UUID, bounced: sa.ColumnElement[bool]) -> Reach:
    return Reach(Submission.consultation_id == consultation, bounced)


def _last_letters(consultation: uuid.UUID, reach: Reach, *columns: Any) -> sa.Select[Any]:
    """Return a query over the last letter of each submission that was not withdrawn."""
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
        .outerjoin(Body, Body.id == Submission.body_id)
        .outerjoin(reach.rows, reach.joins(Submission.id))
        .where(
            LetterRound.consultation_id == consultation, Submission.state != SubmissionState.WITHDRAWN, sa.not_(newer)
        )
    )


@dataclass(frozen=True, slots=True)
class Tally:
    """Where the last letters of all submissions that were not withdrawn went; `unsent` have none yet."""

    by_mail: int
    bounced: int
    on_paper: int
    unsent: int

    @property
    def letters(self) -> int:
        """All of them: as many as submissions that were not withdrawn."""
        return self.by_mail + self.bounced + self.on_paper + self.unsent


def tally(consultation: uuid.UUID, bounced: sa.ColumnElement[bool]) -> Tally:
    """Count where the last letters went (2 queries)."""
    reach = _reach(consultation, bounced)
    way = sa.case((reach.on_paper, "on_paper"), (reach.in_vain, "bounced"), else_="by_mail").label("way")
    ways = _last_letters(consultation, reach, way).subquery()
    sent: dict[str, int] = dict(session.execute(sa.select(ways.c.way, sa.func.count()).group_by(ways.c.way)).all())
    standing = sa.select(sa.func.count()).where(
        Submission.consultation_id == consultation, Submission.state != SubmissionState.WITHDRAWN
    )
    unsent = session.execute(standing).scalar_one() - sum(sent.values())
    return Tally(sent.get("by_mail", 0), sent.get("bounced", 0), sent.get("on_paper", 0), unsent)


@dataclass(frozen=True, slots=True)
class OnPaper:
    """How many letters wait to be printed, and how many were."""

    waiting: int
    printed: int


def count_on_paper(
    consultation: uuid.UUID, among: sa.ColumnElement[bool] | None = None, *, bounced: sa.ColumnElement[bool] = NOBODY
) -> OnPaper:
    """Count the letters that no mail brings (1 query); `among` narrows the submissions."""
    reach = _reach(consultation, bounced)
    counts = _last_letters(consultation, reach, sa.func.count(), sa.func.count(LetterSent.printed_at))
    wanted = counts.where(reach.in_vain, sa.true() if among is None else among)
    total, printed = session.execute(wanted).one()
    return OnPaper(total - printed, printed)


def letters_on_paper(
    consultation: uuid.UUID,
    among: sa.ColumnElement[bool] | None = None,
    *,
    printed: bool,
    after: str = "",
    limit: int = PAGE,
    bounced: sa.ColumnElement[bool] = NOBODY,
) -> Sequence[PaperLetter]:
    """Return letters that no mail brings, printed or not, by receipt number from after one on (1 query).

    `among` narrows the submissions, to those that somebody may read.
    """
    reach = _reach(consultation, bounced)
    comes_back = sa.case((reach.on_paper, 0), else_=1)
    whose = (Submission.state, Submission.withheld, Body.names, Submission.author)
    columns = (Submission.number, Submission.title, Submission.language, Person.language, comes_back, *whose)
    which = LetterSent.printed_at.is_not(None) if printed else LetterSent.printed_at.is_(None)
    query = _last_letters(consultation, reach, *columns, LetterRound.sent_at, LetterSent.printed_at)
    query = query.where(reach.in_vain, which, Submission.number > after)
    query = query.where(sa.true() if among is None else among)
    return [
        PaperLetter(
            number,
            title,
            language,
            reads or language,
            bool(back),
            public_author(state, withheld=withheld, body=body, author=author),
            *moments,
        )
        for number, title, language, reads, back, state, withheld, body, author, *moments in session.execute(
            query.order_by(Submission.number).limit(limit)
        )
    ]


def mark_printed(
    numbers: Collection[str],
    *,
    consultation: Consultation,
    actor: Actor,
    bounced: sa.ColumnElement[bool] = NOBODY,
) -> int:
    """Mark the letters about these submissions as printed and return how many were not before. Raises Rejected for none."""
    with transaction():
        demand(actor, "letters.send", consultation)
        reach = _reach(consultation.id, bounced)
        query = _last_letters(consultation.id, reach, LetterSent.round_id, LetterSent.submission_id)
        query = query.where(reach.in_vain, Submission.number.in_(numbers))
        waiting = session.execute(query.where(LetterSent.printed_at.is_(None))).all()
        if not waiting:
            raise Rejected(N_("These letters were printed already, or are no longer there."))
        for round_, submission in waiting:
            session.get_one(LetterSent, (round_, submission)).printed_at = clock.now()
        record(LettersPrinted(len(waiting)), stream=consultation.id, actor=actor.person)
        return len(waiting)
