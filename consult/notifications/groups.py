"""Groups that organisers write to: who is in one now, as numbers; nobody is named.

Region and kind of body pass over those whose name is withheld: a number would tell for whom they take part. Who has handed in is,
by anything but the track, told of texts under a name alone: whoever wrote another counts there as one who has handed in nothing.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from consult import clock
from consult.accounts.models import Body, Person
from consult.accounts.taking_part import takes_part
from consult.consent.queries import agrees
from consult.consent.uses import Use
from consult.consultations.models import Member, Phase
from consult.db import session
from consult.notifications.models import FailingAddress
from consult.sessions.models import Attendance, Session
from consult.submissions.belonging import has_text

#: Whether somebody has handed in a text, or the body for which they take part one that it signed off.
HANDED_IN = ("no", "yes")


@dataclass(frozen=True, slots=True)
class Group:
    """What narrows a group down; what is empty narrows nothing.

    `session` is the number of one that they came to, `language` the one in which they get their letters.
    """

    track: str = ""
    region: str = ""
    kind: str = ""
    handed_in: str = ""
    session: int = 0
    language: str = ""

    def kept(self) -> list[str]:
        """Return it as it is kept with a message."""
        parts = {
            "track": self.track,
            "region": self.region,
            "kind": self.kind,
            "handed_in": self.handed_in,
            "language": self.language,
        }
        return [f"{name}={value}" for name, value in {**parts, "session": self.session or ""}.items() if value]

    @classmethod
    def of(cls, kept: Sequence[str]) -> Group:
        """Return a group as it was kept."""
        parts = dict(one.split("=", 1) for one in kept)
        return cls(**{**parts, "session": int(parts.get("session", 0))})  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Reached:
    """Somebody in a group: the language they read, whether mail reaches them, whether their name is withheld."""

    person: uuid.UUID
    language: str
    by_mail: bool
    withheld: bool


@dataclass(frozen=True, slots=True)
class Counted:
    """How many a group has: in all, by language, those whom mail reaches, those whose name is withheld."""

    people: int
    languages: Mapping[str, int]
    by_mail: int
    withheld: int


def reached(consultation: uuid.UUID, group: Group) -> Sequence[Reached]:
    """Return everybody in a group who takes part now, once each (1 query)."""
    stopped = sa.and_(FailingAddress.person_id == Person.id, FailingAddress.address == Person.email)
    query = (
        sa.select(Person.id, Person.language, Person.email, FailingAddress.stopped_at, Member.withheld)
        .join(Member, Member.person_id == Person.id)
        .outerjoin(Body, Body.id == Member.body_id)
        .outerjoin(FailingAddress, stopped)
        .where(Member.consultation_id == consultation, takes_part(Member, clock.now()), Person.closed_at.is_(None))
        .where(*_narrowed(consultation, group), *_after(consultation))
        .order_by(Person.id)
    )
    found: dict[uuid.UUID, Reached] = {}
    for person, language, email, given_up, withheld in session.execute(query):
        hidden = withheld or (person in found and found[person].withheld)
        found[person] = Reached(person, language, bool(email) and given_up is None, hidden)
    return list(found.values())


def is_over(consultation: uuid.UUID) -> bool:
    """Tell whether the last phase of a consultation has ended (1 query)."""
    ends = session.scalar(sa.select(sa.func.max(Phase.closes_at)).where(Phase.consultation_id == consultation))
    return ends is not None and ends <= clock.now()


def _after(consultation: uuid.UUID) -> list[sa.ColumnElement[bool]]:
    """Return the condition that somebody may be written to: when all is over, only those who agreed to that."""
    return [agrees(Use.CONTACT, Person.id, consultation)] if is_over(consultation) else []


def _narrowed(consultation: uuid.UUID, group: Group) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if group.track:
        conditions.append(Member.track == group.track)
    if group.region or group.kind:
        conditions.append(sa.not_(Member.withheld))
    if group.region:
        conditions.append(Body.region == group.region)
    if group.kind:
        conditions.append(Body.kind == group.kind)
    if group.language:
        conditions.append(Person.language == group.language)
    if group.handed_in:
        has = has_text(named=bool(group.region or group.kind or group.session or group.language))
        conditions.append(has if group.handed_in == "yes" else sa.not_(has))
    if group.session:
        sitting = sa.select(Session.id).where(Session.consultation_id == consultation, Session.number == group.session)
        conditions.append(
            sa.exists().where(Attendance.member_id == Member.id, Attendance.session_id == sitting.scalar_subquery())
        )
    return conditions


def counted(people: Sequence[Reached]) -> Counted:
    """Count a group."""
    by_mail, withheld = sum(one.by_mail for one in people), sum(one.withheld for one in people)
    return Counted(len(people), Counter(one.language for one in people), by_mail, withheld)
