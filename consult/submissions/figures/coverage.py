"""Who is charged with what: the topics of a consultation and the bodies whose mandates cover them today; gaps and overlaps."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from consult.accounts.bodies.models import Mandate, MandateTopic
from consult.accounts.bodies.queries import holds_today
from consult.accounts.models import Body
from consult.consultations.queries import topics_of
from consult.db import session
from consult.i18n import LANGUAGES, N_, Localized, Message, translate
from consult.submissions.bodies import shown_here

#: So many bodies of a topic are named on the page; the spreadsheet has them all.
NAMED = 25
#: So many other bodies are named beside a topic on the page of a body; the table of topics has more.
BESIDE = 5
COLUMNS = (
    "topic",
    *(f"topic_{code}" for code in LANGUAGES),
    "coverage",
    *(f"coverage_{code}" for code in LANGUAGES),
    "body",
    *(f"body_{code}" for code in LANGUAGES),
    "kind",
    "level",
    "region",
    *(f"mandate_{code}" for code in LANGUAGES),
    "legal_basis",
    "source",
    "valid_from",
    "valid_to",
)


class Cover(StrEnum):
    """How many bodies are charged with a topic."""

    GAP = "gap"
    SINGLE = "single"
    OVERLAP = "overlap"

    @classmethod
    def of(cls, bodies: int) -> Cover:
        """Return what a number of bodies is called."""
        return cls.OVERLAP if bodies > 1 else cls.SINGLE if bodies else cls.GAP


COVER_LABELS: Mapping[Cover, Message] = {
    Cover.GAP: N_("Gap: no body with a mandate is on record"),
    Cover.SINGLE: N_("One body alone is charged with it"),
    Cover.OVERLAP: N_("Overlap: several bodies are charged with it"),
}


@dataclass(frozen=True, slots=True)
class MandateLine:
    """The words of a mandate that covers a topic, and the law it rests on."""

    texts: Localized
    legal_basis: str


@dataclass(frozen=True, slots=True)
class Holder:
    """A body that is charged with a topic, by which mandates."""

    key: str
    names: Localized
    kind: str
    mandates: list[MandateLine]


@dataclass(frozen=True, slots=True)
class CoveredTopic:
    """A topic, how many bodies are charged with it, and the first of them by name."""

    slug: str
    names: Localized
    total: int
    holders: Sequence[Holder]

    @property
    def cover(self) -> Cover:
        """Return whether it is a gap, covered once, or an overlap."""
        return Cover.of(self.total)


@dataclass(frozen=True, slots=True)
class Beside:
    """The other bodies charged with a topic at the same level and in the same region: how many, and the first by name."""

    total: int
    bodies: Sequence[tuple[str, Localized]]


def coverage(here: uuid.UUID) -> Sequence[CoveredTopic]:
    """Return the topics of a consultation in order, each with the bodies charged with it today (2 queries)."""
    topics = topics_of(here)
    held = (
        sa.select(MandateTopic.topic, Body.id)
        .join(Mandate, Mandate.id == MandateTopic.mandate_id)
        .join(Body, Body.id == Mandate.body_id)
        .where(*_present(here, [topic.slug for topic in topics]))
        .distinct()
        .subquery()
    )
    place = sa.func.row_number().over(partition_by=held.c.topic, order_by=(Body.search_names, Body.key))
    total = sa.func.count().over(partition_by=held.c.topic)
    ranked = (
        sa.select(held.c.topic, Body.id, Body.key, Body.names, Body.kind, place.label("place"), total.label("total"))
        .join(Body, Body.id == held.c.id)
        .subquery()
    )
    rows = session.execute(
        sa.select(ranked, Mandate.texts, Mandate.legal_basis)
        .join(Mandate, Mandate.body_id == ranked.c.id)
        .join(MandateTopic, sa.and_(MandateTopic.mandate_id == Mandate.id, MandateTopic.topic == ranked.c.topic))
        .where(ranked.c.place <= NAMED, holds_today())
        .order_by(ranked.c.topic, ranked.c.place, Mandate.id)
    )
    found: dict[str, tuple[int, dict[str, Holder]]] = {}
    for row in rows:
        holders = found.setdefault(row.topic, (row.total, {}))[1]
        holder = holders.setdefault(row.key, Holder(row.key, row.names, row.kind, []))
        holder.mandates.append(MandateLine(row.texts, row.legal_basis))
    return [_covered(topic.slug, topic.names, *found.get(topic.slug, (0, {}))) for topic in topics]


def _covered(slug: str, names: Localized, total: int, holders: Mapping[str, Holder]) -> CoveredTopic:
    return CoveredTopic(slug, names, total, list(holders.values()))


def held_beside(here: uuid.UUID, row: Body) -> Mapping[str, Beside]:
    """Return, for each topic that a body is charged with today, the others that are at its level and in its region (1 query)."""
    own = aliased(Mandate)
    mine = sa.select(MandateTopic.topic).join(own, own.id == MandateTopic.mandate_id)
    mine = mine.where(own.body_id == row.id, holds_today(own))
    held = (
        sa.select(MandateTopic.topic, Body.id)
        .join(Mandate, Mandate.id == MandateTopic.mandate_id)
        .join(Body, Body.id == Mandate.body_id)
        .where(MandateTopic.topic.in_(mine), holds_today(), Body.valid_to.is_(None), shown_here(here))
        .where(Body.id != row.id, Body.level == row.level, Body.region == row.region)
        .distinct()
        .subquery()
    )
    place = sa.func.row_number().over(partition_by=held.c.topic, order_by=(Body.search_names, Body.key))
    total = sa.func.count().over(partition_by=held.c.topic)
    ranked = (
        sa.select(held.c.topic, Body.key, Body.names, place.label("place"), total.label("total"))
        .join(Body, Body.id == held.c.id)
        .subquery()
    )
    rows = session.execute(sa.select(ranked).where(ranked.c.place <= BESIDE).order_by(ranked.c.topic, ranked.c.place))
    found: dict[str, tuple[int, list[tuple[str, Localized]]]] = {}
    for one in rows:
        found.setdefault(one.topic, (one.total, []))[1].append((one.key, one.names))
    return {topic: Beside(*others) for topic, others in found.items()}


def _present(here: uuid.UUID, topics: Sequence[str]) -> tuple[sa.ColumnElement[bool], ...]:
    """Return the conditions of a mandate that holds today, of a body that is there and stands here."""
    return (MandateTopic.topic.in_(topics), holds_today(), Body.valid_to.is_(None), shown_here(here))


def coverage_rows(here: uuid.UUID) -> Iterator[Mapping[str, Any]]:
    """Yield the table as COLUMNS: a row for each topic and mandate, and one with an empty body for a topic without any."""
    topics = topics_of(here)
    rows = session.execute(
        sa.select(MandateTopic.topic, Body, Mandate)
        .join(Mandate, Mandate.id == MandateTopic.mandate_id)
        .join(Body, Body.id == Mandate.body_id)
        .where(*_present(here, [topic.slug for topic in topics]))
        .order_by(MandateTopic.topic, Body.search_names, Body.key, Mandate.id)
    )
    by_topic: dict[str, list[Mapping[str, Any]]] = {}
    for slug, body, mandate in rows:
        by_topic.setdefault(slug, []).append(_as_row(body, mandate))
    for topic in topics:
        lines = by_topic.get(topic.slug, [])
        about = {"topic": topic.slug, **_texts("topic", topic.names)}
        for row in lines or [{}]:
            yield {**about, **_said(Cover.of(len({line["body"] for line in lines}))), **row}


def _said(cover: Cover) -> Mapping[str, str]:
    words = {f"coverage_{code}": translate(COVER_LABELS[cover], code) for code in LANGUAGES}
    return {"coverage": cover.value} | words


def _as_row(body: Body, mandate: Mandate) -> Mapping[str, Any]:
    facts = {"body": body.key, "kind": body.kind, "level": body.level, "region": body.region}
    law = {"legal_basis": mandate.legal_basis, "source": mandate.source}
    days = {"valid_from": mandate.valid_from, "valid_to": mandate.valid_to}
    return facts | law | days | _texts("body", body.names) | _texts("mandate", mandate.texts)


def _texts(name: str, texts: Localized) -> dict[str, Any]:
    return {f"{name}_{code}": texts.get(code, "") for code in LANGUAGES}
