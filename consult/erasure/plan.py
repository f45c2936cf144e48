"""What erasing a person would do, found from the rows there are: what goes, what stays without them, what stays and why."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from consult import clock
from consult.accounts.taking_part import takes_part
from consult.consultations.models import Consultation, Member
from consult.db import Base, session
from consult.erasure.models import Erasure
from consult.erasure.rules import ROOTS, Rule, Treatment, tables_of_people, ways_to_person
from consult.erasure.states import ErasureState
from consult.i18n import N_, Localized, Message
from consult.outcomes.models import Citation, Edition
from consult.recommendations.models import Recommendation, Source
from consult.submissions.belonging import of_office
from consult.submissions.models import Draft, Passage, Submission

_TOGETHER = N_(
    "Your body writes it together: a colleague goes on with it. Your comments in it and its history as you saved it go."
)


@dataclass(frozen=True, slots=True)
class Line:
    """A table with rows of the person: how many, and, where they stay, why."""

    table: str
    rows: int
    why: Message | None


@dataclass(frozen=True, slots=True)
class OwnText:
    """A text of the person: where, its number, title and language, whether their body signed it off, and what cites it.

    One that is cited stays, without a name; so does one that is the body's, which alone withdraws it, by its rule.
    """

    id: uuid.UUID
    member: uuid.UUID | None
    slug: str
    consultation: Localized
    number: str
    title: str
    language: str
    state: str
    of_body: bool = False
    recommendations: Sequence[int] = ()
    editions: Sequence[int] = ()

    @property
    def cited(self) -> bool:
        """Tell whether the record rests on it."""
        return bool(self.recommendations or self.editions)

    @property
    def stays(self) -> bool:
        """Tell whether its text does not go with the person."""
        return self.of_body or self.cited


@dataclass(frozen=True, slots=True)
class Plan:
    """What an erasure does: the tables by what becomes of their rows, and the texts, which their author decides on."""

    lines: Mapping[Treatment, Sequence[Line]]
    texts: Sequence[OwnText]


def plan_of(person: uuid.UUID) -> Plan:
    """Return what erasing a person would do now (1 query for each table with people, 3 for the texts, 1 for shared drafts)."""
    lines: dict[Treatment, list[Line]] = {treatment: [] for treatment in Treatment}
    if passed := drafts_passed_on(person):
        lines[Treatment.DETACH].append(Line(Draft.__tablename__, len(passed), _TOGETHER))
    for table, rule in tables_there():
        which = of_person(table, rule, person, but=passed)
        rows = session.scalar(sa.select(sa.func.count()).select_from(table).where(which)) or 0
        if rows:
            lines[rule.treatment].append(Line(table.name, rows, rule.reason))
    return Plan(lines, texts_of(person))


def tables_there() -> Sequence[tuple[sa.Table, Rule]]:
    """Return the tables with something of people that this database has: a plugin may not have made its own yet."""
    there = set(sa.inspect(session.connection()).get_table_names())
    return [(table, rule) for table, rule in tables_of_people() if table.name in there]


def drafts_passed_on(person: uuid.UUID) -> Mapping[uuid.UUID, uuid.UUID]:
    """Return the drafts of a person that their body writes together, each with the colleague who has it after them (1 query).

    It is the first who takes part for the body then; where nobody does, the draft goes with its person.
    """
    own, colleague = aliased(Member), aliased(Member)
    at = (colleague.consultation_id == Draft.consultation_id, colleague.track == Draft.shared_track)
    there = (colleague.own_body_id == Draft.shared_body_id, takes_part(colleague, clock.now()))
    rows = session.execute(
        sa.select(Draft.id, colleague.id.label("member"))
        .join(own, own.id == Draft.member_id)
        .join(colleague, sa.and_(*at, *there, colleague.person_id != person))
        .where(own.person_id == person)
        .order_by(colleague.number.desc())
    )
    return {row.id: row.member for row in rows}


def of_person(
    table: sa.Table, rule: Rule, person: uuid.UUID, *, but: Collection[uuid.UUID] = ()
) -> sa.ColumnElement[bool]:
    """Return the condition that a row of a table is a person's; the drafts `but`, and what belongs to them alone, are not."""
    ways = (table.c[name].in_(_ids(root, person, but)) for name, root in ways_to_person(table, rule).items())
    kept = [table.c.id.not_in(but)] if but and table.name == Draft.__tablename__ else []
    return sa.and_(sa.or_(sa.false(), *ways), *kept)


def _ids(root: str, person: uuid.UUID, but: Collection[uuid.UUID]) -> sa.Select[tuple[uuid.UUID]] | list[uuid.UUID]:
    """Return the ids of what is a person's in one of the tables to which others lead."""
    if root == "person":
        return [person]
    table, (column, parent) = Base.metadata.tables[root], ROOTS[root]
    kept = [table.c.id.not_in(but)] if but and root == Draft.__tablename__ else []
    return sa.select(table.c.id).where(table.c[column].in_(_ids(parent, person, but)), *kept)


def texts_of(person: uuid.UUID) -> Sequence[OwnText]:
    """Return what a person handed in, the oldest first, with what cites it (3 queries)."""
    rows = session.execute(
        sa.select(
            Submission.id,
            Submission.member_id,
            Consultation.slug,
            Consultation.names,
            Submission.number,
            Submission.title,
            Submission.language,
            Submission.state,
            of_office(),
        )
        .join(Member, Member.id == Submission.member_id)
        .join(Consultation, Consultation.id == Submission.consultation_id)
        .where(Member.person_id == person)
        .order_by(Submission.received_at, Submission.id)
    ).all()
    ids = [row.id for row in rows]
    recommendations, editions = _cited_by_recommendations(ids), _cited_by_editions(ids)
    return [OwnText(*row, recommendations.get(row.id, ()), editions.get(row.id, ())) for row in rows]


def _cited_by_recommendations(ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, Sequence[int]]:
    query = (
        sa.select(Source.submission_id, Recommendation.number)
        .join(Recommendation, Recommendation.id == Source.recommendation_id)
        .where(Source.submission_id.in_(ids))
        .distinct()
    )
    return _gathered(query)


def _cited_by_editions(ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, Sequence[int]]:
    """Return the editions in which a submission or a passage of it stands."""
    whole = sa.select(Citation.subject_id, Edition.number).where(Citation.subject_id.in_(ids))
    part = (
        sa.select(Passage.submission_id, Edition.number)
        .join(Citation, Citation.subject_id == Passage.id)
        .where(Passage.submission_id.in_(ids))
    )
    both = (query.join(Edition, Edition.id == Citation.edition_id) for query in (whole, part))
    return _gathered(sa.union(*both))


def _gathered(query: sa.Executable) -> Mapping[uuid.UUID, Sequence[int]]:
    found: dict[uuid.UUID, list[int]] = {}
    for submission, number in session.execute(query):
        found.setdefault(submission, []).append(number)
    return {submission: sorted(numbers) for submission, numbers in found.items()}


def waiting_erasure(person: uuid.UUID) -> Erasure | None:
    """Return the wish of a person that waits, None if there is none (1 query)."""
    waits = (Erasure.person_id == person, Erasure.state == ErasureState.WAITING)
    return session.scalars(sa.select(Erasure).where(*waits)).first()
