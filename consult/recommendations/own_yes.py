"""What a body has written under recommendations and submissions, and which of it waits for somebody's own yes."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence, Set

import sqlalchemy as sa

from consult.accounts.access import Actor
from consult.consultations.models import Consultation
from consult.db import session
from consult.recommendations import reservations, responses
from consult.recommendations.reservation_models import UnsignedReservation
from consult.recommendations.responders import rules_for
from consult.recommendations.response_models import OfficialResponse
from consult.submissions.offices.sign_off import rules_of, signers_of
from consult.submissions.offices.sign_off_rules import Level, SignOffRule, waits_for
from consult.submissions.offices.speaking import signs_as


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
    """Return the ids of those responses and reservations that wait for the yes of the actor (7 queries at most, 0 for none)."""
    digests = {row.id: responses.digest_of(row) for row in written}
    digests |= {row.id: reservations.digest_of(row) for row in reserved}
    rules = {**rules_for(written, consultation), **_rules_of(reserved, consultation)}
    speaks = {text: me.member for text, rule in rules.items() if (me := signs_as(rule, actor)) is not None}
    signed = signers_of(speaks, digests) if speaks else {}
    return {
        text
        for text, member in speaks.items()
        if rules[text].level is Level.MEMBER or waits_for(member, rules[text], signed.get(text, {}).keys())
    }


def _rules_of(reserved: Sequence[UnsignedReservation], consultation: Consultation) -> Mapping[uuid.UUID, SignOffRule]:
    rules = rules_of(consultation, {(row.body_id, row.track) for row in reserved})
    return {row.id: rules[row.body_id, row.track] for row in reserved}
