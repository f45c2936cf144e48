"""What is asked, what somebody answered, and whose yes stands."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from consult.consent.models import Consent, Purpose, PurposeVersion
from consult.consent.uses import USES, Use
from consult.db import session
from consult.i18n import N_, Localized

#: What somebody reads who hands in without a yes that is needed.
NEEDED = N_("Before you hand in, answer the question about the use of what you write.")


@dataclass(frozen=True, slots=True)
class AskedVersion:
    """A version of a purpose: its words, what changed, whether in substance, and when it was published."""

    number: int
    titles: Localized
    texts: Localized
    changes: Localized
    substance: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class Asked:
    """A purpose that people are asked for now, with all its versions, the newest first."""

    id: uuid.UUID
    consultation: uuid.UUID
    use: Use
    version: int
    stands_from: int
    versions: Sequence[AskedVersion]

    @property
    def now(self) -> AskedVersion:
        """Return the present version."""
        return self.versions[0]

    @property
    def needed(self) -> bool:
        """Tell whether a yes is needed to hand in."""
        return USES[self.use].needed


@dataclass(frozen=True, slots=True)
class Answer:
    """Somebody's answer to a version: yes or no, when, and whether it is the one in force."""

    version: int
    given: bool
    at: datetime
    in_force: bool


def asked_in(consultations: Sequence[uuid.UUID]) -> Sequence[Asked]:
    """Return what people are asked for in consultations, in the order of `Use` (2 queries)."""
    rows = session.scalars(
        sa.select(Purpose).where(Purpose.consultation_id.in_(consultations), Purpose.ended_at.is_(None))
    ).all()
    versions: dict[uuid.UUID, list[AskedVersion]] = {}
    if rows:
        query = sa.select(PurposeVersion).where(PurposeVersion.purpose_id.in_([row.id for row in rows]))
        for one in session.scalars(query.order_by(PurposeVersion.number.desc())):
            versions.setdefault(one.purpose_id, []).append(
                AskedVersion(one.number, one.titles, one.texts, one.changes, one.substance, one.published_at)
            )
    order = list(Use)
    found = [
        Asked(row.id, row.consultation_id, Use(row.use), row.version, row.stands_from, versions[row.id]) for row in rows
    ]
    return sorted(found, key=lambda one: (str(one.consultation), order.index(one.use)))


def purpose_of(consultation: uuid.UUID, use: Use) -> Purpose | None:
    """Return the row of a purpose, whether people are asked for it or not (1 query)."""
    return session.scalars(
        sa.select(Purpose).where(Purpose.consultation_id == consultation, Purpose.use == use)
    ).first()


def answers_of(person: uuid.UUID, purposes: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, Sequence[Answer]]:
    """Return all that somebody answered to purposes, the newest first (1 query)."""
    found: dict[uuid.UUID, list[Answer]] = {}
    query = sa.select(Consent).where(Consent.person_id == person, Consent.purpose_id.in_(purposes))
    for row in session.scalars(query.order_by(Consent.id.desc())):
        answer = Answer(row.version, row.given, row.at, row.replaced_at is None)
        found.setdefault(row.purpose_id, []).append(answer)
    return found


def stands(asked: Asked, answers: Sequence[Answer]) -> bool | None:
    """Return yes or no as it holds now; None where nothing was answered since the text last changed in substance."""
    newest = answers[0] if answers else None
    return None if newest is None or newest.version < asked.stands_from else newest.given


def open_questions(consultation: uuid.UUID, person: uuid.UUID) -> int:
    """Count what somebody has not answered, or has to answer anew (1 query)."""
    answered = sa.exists().where(
        Consent.purpose_id == Purpose.id,
        Consent.person_id == person,
        Consent.replaced_at.is_(None),
        Consent.version >= Purpose.stands_from,
    )
    here = (Purpose.consultation_id == consultation, Purpose.ended_at.is_(None))
    return session.scalar(sa.select(sa.func.count()).select_from(Purpose).where(*here, ~answered)) or 0


def agrees(use: Use, person: Any, consultation: Any) -> sa.ColumnElement[bool]:
    """Return the condition that somebody's yes to a purpose stands; both are columns or ids."""
    yes = sa.exists().where(
        Purpose.consultation_id == consultation,
        Purpose.use == use,
        Purpose.ended_at.is_(None),
        Consent.purpose_id == Purpose.id,
        Consent.person_id == person,
        Consent.replaced_at.is_(None),
        Consent.given,
        Consent.version >= Purpose.stands_from,
    )
    return yes.correlate_except(Purpose, Consent)


def is_asked(consultation: uuid.UUID, use: Use) -> bool:
    """Tell whether people are asked for a purpose now (1 query)."""
    here = (Purpose.consultation_id == consultation, Purpose.use == use, Purpose.ended_at.is_(None))
    return session.execute(sa.select(sa.exists().where(*here))).scalar_one()


def lacks_needed(consultation: uuid.UUID, person: uuid.UUID | None) -> bool:
    """Tell whether somebody has not said yes to what handing in needs (1 query)."""
    here = (Purpose.consultation_id == consultation, Purpose.ended_at.is_(None))
    needed = [use for use, words in USES.items() if words.needed]
    yes = sa.exists().where(
        Consent.purpose_id == Purpose.id,
        Consent.person_id == person,
        Consent.replaced_at.is_(None),
        Consent.given,
        Consent.version >= Purpose.stands_from,
    )
    return session.execute(sa.select(sa.exists().where(*here, Purpose.use.in_(needed), ~yes))).scalar_one()


def counts_of(purposes: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, tuple[int, int]]:
    """Return of each purpose how many said yes and how many no, as it holds now (1 query)."""
    yes = sa.func.count().filter(Consent.given)
    query = (
        sa.select(Consent.purpose_id, yes, sa.func.count() - yes)
        .join(Purpose, Purpose.id == Consent.purpose_id)
        .where(Purpose.id.in_(purposes), Consent.replaced_at.is_(None), Consent.version >= Purpose.stands_from)
        .group_by(Consent.purpose_id)
    )
    return {purpose: (agreed, refused) for purpose, agreed, refused in session.execute(query)}
