"""Reading sheets: lists by state, runs that were printed, how often two entries differ."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from consult.accounts.access import Actor
from consult.accounts.clauses import permitted
from consult.accounts.models import Person
from consult.attachments import path_of
from consult.consultations.models import Member
from consult.db import session
from consult.paper.models import Comparison, Entry, Scan, Sheet
from consult.paper.states import Channel
from consult.submissions.figures.suppression import LEAST
from consult.submissions.models import ReviewDecision, Submission
from consult.submissions.states import SubmissionState

#: Sheets and runs that a page shows.
PAGE, RUNS, PAIRS = 25, 20, 50
#: Sheets in one PDF.
FILE = 50


@dataclass(frozen=True, slots=True)
class ListedSheet:
    """A sheet as a list shows it; `mine` tells that the viewer entered it, so that somebody else has to go on."""

    number: int
    track: str
    state: str
    channel: str
    mine: bool


@dataclass(frozen=True, slots=True)
class Run:
    """Sheets printed together, and how many of them came back."""

    run: int
    last: int
    track: str
    language: str
    printed_at: datetime
    done: int

    @property
    def count(self) -> int:
        """How many sheets."""
        return self.last - self.run + 1

    @property
    def parts(self) -> Sequence[tuple[int, int]]:
        """The first and the last number of each file: a file of two hundred sheets would take a gigabyte to set."""
        return [(first, min(first + FILE - 1, self.last)) for first in range(self.run, self.last + 1, FILE)]


@dataclass(frozen=True, slots=True)
class BoxRate:
    """How often the entries of a box differed: of so many sheets in which it was filled."""

    track: str
    box: str
    questionnaire: uuid.UUID | None
    filled: int
    differed: int


@dataclass(frozen=True, slots=True)
class PairRate:
    """How often the entries of two clerks differed, over all boxes of the sheets that both entered."""

    first: str
    second: str
    sheets: int
    filled: int
    differed: int


@dataclass(frozen=True, slots=True)
class Agreement:
    """How two entries of so many sheets agreed: of `filled` boxes so many `differed`."""

    sheets: int
    filled: int
    differed: int


def sheet_by_number(consultation: uuid.UUID, number: int) -> Sheet | None:
    """Return a sheet by its number (1 query)."""
    return session.scalars(
        sa.select(Sheet).where(Sheet.consultation_id == consultation, Sheet.number == number)
    ).first()


def counts_of(consultation: uuid.UUID, actor: Actor) -> dict[str, int]:
    """Return how many sheets are in each state (1 query)."""
    query = sa.select(Sheet.state, sa.func.count()).where(permitted(actor, "paper.desk", consultation))
    return dict(session.execute(query.group_by(Sheet.state)).all())


def sheets_in(consultation: uuid.UUID, state: str, actor: Actor, *, after: int = 0) -> Sequence[ListedSheet]:
    """Return sheets in a state by their number, one more than a page shows (1 query)."""
    mine = sa.exists().where(Entry.sheet_id == Sheet.id, Entry.entered_by == actor.person)
    query = (
        sa.select(Sheet.number, Sheet.track, Sheet.state, Sheet.channel, mine)
        .where(
            Sheet.state == state,
            Sheet.number > after,
            permitted(actor, "paper.desk", consultation),
        )
        .order_by(Sheet.number)
        .limit(PAGE + 1)
    )
    return [ListedSheet(*row) for row in session.execute(query)]


def runs_of(consultation: uuid.UUID, actor: Actor) -> Sequence[Run]:
    """Return the newest runs of printed sheets (1 query)."""
    query = (
        sa.select(
            Sheet.run,
            sa.func.max(Sheet.number),
            Sheet.track,
            Sheet.language,
            sa.func.min(Sheet.printed_at),
            sa.func.count(Sheet.submission_id),
        )
        .where(
            Sheet.channel == Channel.PAPER,
            permitted(actor, "paper.desk", consultation),
        )
        .group_by(Sheet.run, Sheet.track, Sheet.language)
        .order_by(Sheet.run.desc())
        .limit(RUNS)
    )
    return [Run(*row) for row in session.execute(query)]


def sheets_of_run(consultation: uuid.UUID, run: int, first: int = 0) -> Sequence[Sheet]:
    """Return the sheets of one file of a run, in order: as many as a file has, beginning with a number (1 query)."""
    where = (Sheet.consultation_id == consultation, Sheet.run == run, Sheet.channel == Channel.PAPER)
    query = sa.select(Sheet).where(*where, Sheet.number >= first).order_by(Sheet.number)
    return session.scalars(query.limit(FILE)).all()


def differing_of(sheet: uuid.UUID) -> Collection[str]:
    """Return the keys of the boxes in which the two entries of a sheet differ (1 query)."""
    return set(session.scalars(sa.select(Comparison.box).where(Comparison.sheet_id == sheet, Comparison.differed)))


def scans_of(sheet: Sheet) -> Sequence[Scan]:
    """Return the pictures of a sheet; none once its text was withdrawn (1 query)."""
    taken_back = sa.exists().where(Submission.id == sheet.submission_id, Submission.state == SubmissionState.WITHDRAWN)
    return session.scalars(sa.select(Scan).where(Scan.sheet_id == sheet.id, ~taken_back).order_by(Scan.id)).all()


def places_of_scans(person: uuid.UUID) -> Sequence[str]:
    """Return where the pictures of sheets lie whose texts are somebody's (1 query)."""
    return session.scalars(
        sa.select(Scan.place)
        .join(Sheet, Sheet.id == Scan.sheet_id)
        .join(Submission, Submission.id == Sheet.submission_id)
        .join(Member, Member.id == Submission.member_id)
        .where(Member.person_id == person)
        .order_by(Scan.id)
    ).all()


def own_scans(person: uuid.UUID) -> dict[str, Path]:
    """Return the pictures of a person's sheets by a name that no other file of theirs has, and where they lie (1 query)."""
    lie = (path_of(place) for place in places_of_scans(person))
    return {f"sheets/{number}": path for number, path in enumerate(lie, start=1) if path.is_file()}


def told_as_paper() -> sa.ColumnElement[bool]:
    """Return, as a condition on sheets, that everybody reads of its text that it came on paper: the name is not withheld.

    How many others there are would tell how texts without a name came in.
    """
    told = (Submission.state == SubmissionState.ACCEPTED, sa.not_(Submission.withheld))
    return sa.exists().where(Submission.id == Sheet.submission_id, *told)


def box_rates(consultation: uuid.UUID, *which: sa.ColumnElement[bool]) -> Sequence[BoxRate]:
    """Return how often the entries of each box differed, the most often first, of sheets of which the conditions hold (1 query)."""
    differed = _count_differing()
    query = (
        sa.select(Sheet.track, Comparison.box, Sheet.questionnaire_id, sa.func.count(), differed)
        .join(Sheet, Sheet.id == Comparison.sheet_id)
        .where(Sheet.consultation_id == consultation, *which)
        .group_by(Sheet.track, Comparison.box, Sheet.questionnaire_id)
        .order_by((differed * 1.0 / sa.func.count()).desc(), Sheet.track, Comparison.box)
    )
    return [BoxRate(*row) for row in session.execute(query)]


def pair_rates(consultation: uuid.UUID, *which: sa.ColumnElement[bool]) -> Sequence[PairRate]:
    """Return how often the entries of each two clerks differed, whoever of them came first, as `box_rates` does (1 query)."""
    one, other = aliased(Entry), aliased(Entry)
    name, name_of_other = aliased(Person), aliased(Person)
    differed = _count_differing()
    query = (
        sa.select(
            name.name,
            name_of_other.name,
            sa.func.count(sa.distinct(Comparison.sheet_id)),
            sa.func.count(),
            differed,
        )
        .select_from(Comparison)
        .join(Sheet, Sheet.id == Comparison.sheet_id)
        .join(one, one.sheet_id == Sheet.id)
        .join(other, sa.and_(other.sheet_id == Sheet.id, other.entered_by > one.entered_by))
        .join(name, name.id == one.entered_by)
        .join(name_of_other, name_of_other.id == other.entered_by)
        .where(Sheet.consultation_id == consultation, *which)
        .group_by(name.id, name.name, name_of_other.id, name_of_other.name)
        .order_by((differed * 1.0 / sa.func.count()).desc(), name.name, name_of_other.name)
        .limit(PAIRS)
    )
    return [PairRate(*row) for row in session.execute(query)]


def public_agreement(consultation: uuid.UUID) -> Agreement | None:
    """Return how the entries agreed of those sheets whose text everybody reads as one of paper; None below `LEAST` (1 query)."""
    found = session.execute(
        sa.select(sa.func.count(sa.distinct(Sheet.id)), sa.func.count(), _count_differing())
        .select_from(Comparison)
        .join(Sheet, Sheet.id == Comparison.sheet_id)
        .where(Sheet.consultation_id == consultation, told_as_paper())
    ).one()
    return Agreement(*found) if found[0] >= LEAST else None


def _count_differing() -> sa.ColumnElement[int]:
    return sa.func.sum(sa.case((Comparison.differed, 1), else_=0))


def decision_on(submission: uuid.UUID) -> ReviewDecision | None:
    """Return the latest decision of a moderator on a text (1 query)."""
    return session.scalars(
        sa.select(ReviewDecision)
        .where(ReviewDecision.submission_id == submission)
        .order_by(ReviewDecision.at.desc(), ReviewDecision.id.desc())
        .limit(1)
    ).first()
