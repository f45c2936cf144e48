"""What a body has written under recommendations and submissions, and which of it waits for somebody's own yes."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence, Set

import sqlalchemy as sa

from consult.accounts.access import Actor
from consult.consultations.models import Consultation
from consult.db import session
from consult.recommendations import reservations, responses
from consult.recommendations.reservation_models import UnsignedReservation
from consult.recommendations.response_models import OfficialResponse
from consult.submissions.offices.sign_off import rules_of, signers_of
from consult.submissions.offices.sign_off_rules import Level, waits_for


def written_responses(wanted: Collection[uuid.UUID]) -> Sequence[OfficialResponse]:
    """Return those of some responses that are written and not published yet (1 query, 0 for none)."""
    if not wanted:
        return ()
    rows = sa.select(OfficialResponse).where(
        OfficialResponse.id.in_(list(wanted)), OfficialResponse.published_at.is_(None)
    )
    return [row for row in session.scalars(rows) if responses.is_whole(row)]


def waits_for_own_yes(
    written: Sequence[OfficialResponse],
    reserved: Sequence[UnsignedReservation],
    *,
    consultation: Consultation,
    actor: Actor,
) -> Set[uuid.UUID]:
    """Return the ids of those responses and reservations that wait for the yes of the actor.

    3 queries, 0 for none; one more for each response to a text of a body for which they take part in several tracks.
    """
    digests = {row.id: responses.digest_of(row) for row in written}
    digests |= {row.id: reservations.digest_of(row) for row in reserved}
    speaks = {row.id: responses.membership_for(row, actor) for row in written}
    speaks |= {row.id: reservations.membership_for(row, actor) for row in reserved}
    if not speaks:
        return set()
    bodies = {row.id: row.body_id for row in written} | {row.id: row.body_id for row in reserved}
    offices = {text: (body, speaks[text].track) for text, body in bodies.items()}
    rules, signed = rules_of(consultation, set(offices.values())), signers_of(speaks, digests)
    return {
        text
        for text, office in offices.items()
        if rules[office].level is Level.MEMBER
        or waits_for(speaks[text].member, rules[office], signed.get(text, {}).keys())
    }
