"""Quotes of confidential testimonies as sources of recommendations, beside passages of submissions.

A quote is cited by its public number, and nothing here knows which testimony it comes from. One that its author took back
stays among the sources without its words, as a passage of a withdrawn submission does, and can be cited no more.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection

import sqlalchemy as sa

from consult import clock
from consult.accounts.access import Actor
from consult.db import new_id, session, transaction
from consult.errors import Conflict, Rejected
from consult.events.record import record
from consult.i18n import N_
from consult.recommendations.events import QuoteSourceAdded, QuoteSourceRemoved
from consult.recommendations.models import Recommendation, Source
from consult.recommendations.sources import writable
from consult.testimony.models import Quote


def choose_quotes(
    chosen: Collection[int], *, among: Collection[int], recommendation: Recommendation, actor: Actor
) -> None:
    """Let, of the quotes `among` which somebody chose, exactly these be sources: by their public numbers.

    Raises Rejected at `quotes` for one that may not be cited, Conflict once the recommendation was put to the vote.
    """
    with transaction():
        row = writable(recommendation.id, actor)
        cited = quotes_cited(row.id)
        for number in sorted(cited & set(among) - set(chosen)):
            remove_quote(number, recommendation=row, actor=actor)
        for number in sorted(set(chosen) - cited):
            _add(number, row, actor)


def remove_quote(number: int, *, recommendation: Recommendation, actor: Actor) -> None:
    """Take a quote off the sources, until the recommendation is put to the vote. Raises Conflict if it is not among them."""
    with transaction():
        row = writable(recommendation.id, actor)
        found = session.scalars(
            sa.select(Source)
            .join(Quote, Quote.id == Source.quote_id)
            .where(Source.recommendation_id == row.id, Quote.number == number)
        ).first()
        if found is None:
            raise Conflict(N_("This quote is not among the sources."))
        session.delete(found)
        record(QuoteSourceRemoved(row.id, row.number, number), stream=row.consultation_id, actor=actor.person)


def _add(number: int, row: Recommendation, actor: Actor) -> None:
    quote = session.scalars(
        sa.select(Quote.id).where(
            Quote.consultation_id == row.consultation_id, Quote.number == number, Quote.withdrawn.is_(False)
        )
    ).first()
    if quote is None:
        raise Rejected(N_("Choose quotes of this consultation that their authors have not taken back."), "quotes")
    session.add(
        Source(id=new_id(), recommendation_id=row.id, quote_id=quote, version=row.version, added_at=clock.now())
    )
    session.flush()
    record(QuoteSourceAdded(row.id, row.number, number), stream=row.consultation_id, actor=actor.person)


def quotes_cited(recommendation: uuid.UUID) -> frozenset[int]:
    """Return the public numbers of the quotes that are already sources (1 query)."""
    query = sa.select(Quote.number).join(Source, Source.quote_id == Quote.id)
    return frozenset(session.scalars(query.where(Source.recommendation_id == recommendation)))
