"""Who is charged with what: the topics of a consultation and the bodies whose mandates cover them today."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from consult.accounts.body_models import Mandate, MandateTopic
from consult.accounts.body_queries import holds_today
from consult.accounts.models import Body
from consult.consultations.queries import topics_of
from consult.db import session
from consult.i18n import LANGUAGES, Localized
from consult.submissions.bodies import shown_here

#: So many bodies of a topic are named on the page; the spreadsheet has them all.
NAMED = 25
COLUMNS = (
    "topic",
    *(f"topic_{code}" for code in LANGUAGES),
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


@dataclass(frozen=True, slots=True)
class Holder:
    """A body that is charged with a topic."""

    key: str
    names: Localized
    kind: str


@dataclass(frozen=True, slots=True)
class CoveredTopic:
    """A topic, how many bodies are charged with it, and the first of them by name."""

    slug: str
    names: Localized
    total: int
    holders: Sequence[Holder]


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
        sa.select(held.c.topic, Body.key, Body.names, Body.kind, place.label("place"), total.label("total"))
        .join(Body, Body.id == held.c.id)
        .subquery()
    )
    rows = session.execute(sa.select(ranked).where(ranked.c.place <= NAMED).order_by(ranked.c.topic, ranked.c.place))
    found: dict[str, tuple[int, list[Holder]]] = {}
    for row in rows:
        found.setdefault(row.topic, (row.total, []))[1].append(Holder(row.key, row.names, row.kind))
    return [CoveredTopic(topic.slug, topic.names, *found.get(topic.slug, (0, []))) for topic in topics]


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
        about = {"topic": topic.slug, **_texts("topic", topic.names)}
        for row in by_topic.get(topic.slug, [{}]):
            yield {**about, **row}


def _as_row(body: Body, mandate: Mandate) -> Mapping[str, Any]:
    facts = {"body": body.key, "kind": body.kind, "level": body.level, "region": body.region}
    law = {"legal_basis": mandate.legal_basis, "source": mandate.source}
    days = {"valid_from": mandate.valid_from, "valid_to": mandate.valid_to}
    return facts | law | days | _texts("body", body.names) | _texts("mandate", mandate.texts)


def _texts(name: str, texts: Localized) -> dict[str, Any]:
    return {f"{name}_{code}": texts.get(code, "") for code in LANGUAGES}
