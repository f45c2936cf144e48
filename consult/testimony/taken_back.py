"""Quotes that their authors took back, as the log tells of them: later, and of each by itself.

At its moment the event would say when a witness reached the platform, and those of one moment that they are of one testimony.
"""

from __future__ import annotations

import secrets
from datetime import date, timedelta

import sqlalchemy as sa

from consult import clock
from consult.db import session, transaction
from consult.events.record import record
from consult.testimony.events import QuoteWithdrawn
from consult.testimony.models import Quote

#: Days after a quote was taken back, of which one is drawn.
DAYS = 7


def a_later_day() -> date:
    """Draw the day on which the log tells of a quote that is taken back now."""
    return clock.now().date() + timedelta(days=1 + secrets.randbelow(DAYS))


def tell_of_quotes_taken_back() -> bool:
    """Record of each quote whose day has come that it was taken back; tell whether there was any (1 query if none). For the worker."""
    due = sa.select(Quote).where(Quote.told_on <= clock.now().date()).order_by(Quote.consultation_id, Quote.number)
    if not session.scalar(sa.select(due.exists())):
        return False
    with transaction():
        for row in session.scalars(due.with_for_update(), execution_options={"populate_existing": True}):
            row.told_on = None
            record(QuoteWithdrawn(row.number), stream=row.consultation_id, actor=None)
    return True
