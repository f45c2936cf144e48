"""Assessments as they were handed in before they were opened again: read, and put back where nobody hands in anew."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

import sqlalchemy as sa

from consult.db import session
from consult.peer_review.models import Assessment, EarlierAssessment

#: What of an assessment is kept when it is opened again.
KEPT = ("scores", "recommendation", "inside", "to_author", "language", "handed_in_at")


def earlier_of(texts: Collection[uuid.UUID]) -> Mapping[tuple[uuid.UUID, int, uuid.UUID], Sequence[EarlierAssessment]]:
    """Return what was handed in earlier, the latest first, by text, revision and reviewer (1 query)."""
    found: defaultdict[tuple[uuid.UUID, int, uuid.UUID], list[EarlierAssessment]] = defaultdict(list)
    query = sa.select(EarlierAssessment).where(EarlierAssessment.submission_id.in_(list(texts)))
    for row in session.scalars(query.order_by(EarlierAssessment.id.desc())):
        found[row.submission_id, row.revision, row.reviewer_id].append(row)
    return found


def put_back(row: Assessment) -> bool:
    """Let what was handed in stand again in an assessment that was opened again; False where there is none of before."""
    earlier = earlier_of([row.submission_id]).get((row.submission_id, row.revision, row.reviewer_id), ())
    for latest in earlier[:1]:
        for name in KEPT:
            setattr(row, name, getattr(latest, name))
        row.version += 1
    return bool(earlier)
