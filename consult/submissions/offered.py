"""What the register of a consultation can be narrowed by: its topics, the regions of bodies, bodies under their own name."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import sqlalchemy as sa

from consult.accounts.models import Body
from consult.consultations.models import Member, Topic
from consult.db import read
from consult.i18n import Localized, localized_of

#: A row as the database has it: an id, a key, names as JSON.
Written = tuple[str, str, str]
_here = sa.bindparam("consultation", type_=sa.Uuid())
_TOPICS = (
    sa.select(sa.cast(Topic.id, sa.String()), Topic.scheme + "-" + Topic.code, sa.cast(Topic.names, sa.Text()))
    .where(Topic.consultation_id == _here)
    .order_by(Topic.position)
)
_REGIONS = sa.select(Body.region).where(Body.region != "").distinct().order_by(Body.region)
_BODIES = (
    sa.select(sa.cast(Body.id, sa.String()), Body.key, sa.cast(Body.names, sa.Text()))
    .where(Body.id.in_(sa.select(Member.body_id).where(Member.consultation_id == _here)))
    .order_by(Body.key)
)


@dataclass(frozen=True, slots=True, eq=False)
class Offered:
    """Topics and bodies (id, key, names) in order, and keys of regions; one object as long as nothing of it changes."""

    topics: Sequence[tuple[uuid.UUID, str, Localized]]
    regions: Sequence[str]
    bodies: Sequence[tuple[uuid.UUID, str, Localized]]


def offered(consultation: uuid.UUID) -> Offered:
    """Return what the register of a consultation can be narrowed by (3 queries).

    It is asked for whenever something happens, and hardly ever another than before: what the database says is compared as it is,
    and understood where it changed. To understand two hundred names takes ten times as long as to read them.
    """
    given = {"consultation": consultation}
    topics, bodies = (tuple((row[0], row[1], row[2]) for row in read(query, given)) for query in (_TOPICS, _BODIES))
    return _understood(topics, tuple(row[0] for row in read(_REGIONS)), bodies)


@lru_cache(64)
def _understood(topics: Sequence[Written], regions: Sequence[str], bodies: Sequence[Written]) -> Offered:
    return Offered(_named(topics), regions, _named(bodies))


def _named(rows: Sequence[Written]) -> Sequence[tuple[uuid.UUID, str, Localized]]:
    return [(uuid.UUID(one), key, localized_of(names)) for one, key, names in rows]
