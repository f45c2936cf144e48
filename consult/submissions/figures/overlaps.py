"""Overlaps of mandates that were recorded by hand, as a consultation shows them; and the table of bodies and topics as a matrix."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from consult.accounts.bodies.models import Mandate, MandateOverlap, MandateTopic
from consult.accounts.bodies.queries import holds_today
from consult.accounts.models import Body
from consult.consultations.queries import topics_of
from consult.db import session
from consult.i18n import LANGUAGES, Localized
from consult.submissions.bodies import shown_here

#: So many are named on the page; the spreadsheet has them all.
NAMED_OVERLAPS = 50
OVERLAP_COLUMNS = (
    *(name for side in ("one", "two") for name in (f"{side}_body", *(f"{side}_body_{code}" for code in LANGUAGES))),
    *(f"{side}_mandate_{code}" for side in ("one", "two") for code in LANGUAGES),
    *(f"{side}_legal_basis" for side in ("one", "two")),
    *(f"note_{code}" for code in LANGUAGES),
    "source",
)
#: What begins the matrix, before a column for each topic.
MATRIX_COLUMNS = ("body", *(f"body_{code}" for code in LANGUAGES), "kind", "level", "region")
#: Characters of a mandate in a cell of the matrix; the list has all of it.
SHORT = 200


@dataclass(frozen=True, slots=True)
class Side:
    """A body and the mandate of its that overlaps another's."""

    key: str
    names: Localized
    texts: Localized
    legal_basis: str


@dataclass(frozen=True, slots=True)
class RecordedOverlap:
    """That two mandates which hold today overlap: both, what both claim, and where that was read."""

    sides: tuple[Side, Side]
    notes: Localized
    source: str


def recorded_overlaps(here: uuid.UUID, limit: int | None = None) -> Sequence[RecordedOverlap]:
    """Return the overlaps on record of mandates that hold today, of bodies that stand here, on its topics (2 queries)."""
    one, two, first, second = aliased(Mandate), aliased(Mandate), aliased(Body), aliased(Body)
    topics = [topic.slug for topic in topics_of(here)]
    touches = sa.exists().where(MandateTopic.mandate_id.in_([one.id, two.id]), MandateTopic.topic.in_(topics))
    stands = sa.select(Body.id).where(shown_here(here), Body.valid_to.is_(None))
    rows = session.execute(
        sa.select(MandateOverlap, one, two, first, second)
        .join(one, one.id == MandateOverlap.mandate_id)
        .join(two, two.id == MandateOverlap.other_id)
        .join(first, first.id == one.body_id)
        .join(second, second.id == two.body_id)
        .where(holds_today(one), holds_today(two), touches, first.id.in_(stands), second.id.in_(stands))
        .order_by(first.search_names, second.search_names, MandateOverlap.id)
        .limit(limit)
    )
    return [RecordedOverlap((_side(a, m), _side(b, n)), row.notes, row.source) for row, m, n, a, b in rows]


def _side(body: Body, mandate: Mandate) -> Side:
    return Side(body.key, body.names, mandate.texts, mandate.legal_basis)


def overlap_rows(here: uuid.UUID) -> Iterator[Mapping[str, Any]]:
    """Yield the overlaps on record as OVERLAP_COLUMNS."""
    for overlap in recorded_overlaps(here):
        row: dict[str, Any] = {f"note_{code}": overlap.notes.get(code, "") for code in LANGUAGES}
        row["source"] = overlap.source
        for name, side in zip(("one", "two"), overlap.sides, strict=True):
            row |= {f"{name}_body": side.key, f"{name}_legal_basis": side.legal_basis}
            row |= {f"{name}_body_{code}": side.names.get(code, "") for code in LANGUAGES}
            row |= {f"{name}_mandate_{code}": side.texts.get(code, "") for code in LANGUAGES}
        yield row


def matrix(here: uuid.UUID) -> tuple[Sequence[str], Sequence[Mapping[str, Any]]]:
    """Return the columns and rows of bodies and topics (2 queries): a cell says by which mandates a body is charged with a topic.

    The first rows name the topics in each language and say how many bodies are charged with each: 0 is a gap, more than 1 an overlap.
    """
    topics = topics_of(here)
    slugs = [topic.slug for topic in topics]
    rows = session.execute(
        sa.select(Body, MandateTopic.topic, Mandate.texts, Mandate.legal_basis)
        .join(Mandate, Mandate.body_id == Body.id)
        .join(MandateTopic, MandateTopic.mandate_id == Mandate.id)
        .where(MandateTopic.topic.in_(slugs), holds_today(), Body.valid_to.is_(None), shown_here(here))
        .order_by(Body.search_names, Body.key, MandateTopic.topic, Mandate.id)
    )
    lines: dict[str, dict[str, Any]] = {}
    for body, slug, texts, legal_basis in rows:
        about = {"body": body.key, "kind": body.kind, "level": body.level, "region": body.region}
        line = lines.setdefault(body.key, about | {f"body_{code}": body.names.get(code, "") for code in LANGUAGES})
        said = legal_basis or next(iter(texts.values()), "")
        line[slug] = f"{line[slug]}; {said[:SHORT]}" if slug in line else said[:SHORT]
    heads = [{"body": code, **{topic.slug: topic.names.get(code, "") for topic in topics}} for code in LANGUAGES]
    counts = {slug: str(sum(slug in line for line in lines.values())) for slug in slugs}
    return [*MATRIX_COLUMNS, *slugs], [*heads, {"body": "bodies", **counts}, *lines.values()]
