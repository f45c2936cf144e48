"""Where pages of texts begin, by the receipt number in an address."""

from __future__ import annotations

import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from consult import search
from consult.submissions.models import Submission


def numbered(consultation: Any, number: Any) -> sa.ScalarSelect[uuid.UUID]:
    """Return, as part of a query, the id of the submission with a receipt number; both may be bound parameters."""
    edge = aliased(Submission)
    return sa.select(edge.id).where(edge.consultation_id == consultation, edge.number == number).scalar_subquery()


def edge_at(consultation: Any, number: Any, *, by_place: bool = False) -> Any:
    """Return, as part of a query, where the submission with a receipt number stands: moment and id, or place in the index.

    Consultation and number may be bound parameters.
    """
    identity = numbered(consultation, number)
    if by_place:
        return search.place_of(identity)
    edge = aliased(Submission)
    of = (edge.consultation_id == consultation, edge.number == number)
    return sa.tuple_(sa.select(edge.received_at).where(*of).scalar_subquery(), identity)
