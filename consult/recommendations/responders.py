"""Who responds officially for a body, and by which rule: those who take part for it in the track of the text, and sign there."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping

import sqlalchemy as sa

from consult.accounts.access import Actor, Membership
from consult.consultations.models import Consultation
from consult.db import session
from consult.errors import NotFound
from consult.recommendations.response_models import OfficialResponse
from consult.submissions.models import Submission
from consult.submissions.offices.sign_off_rules import SignOffRule
from consult.submissions.offices.speaking import signing_rules, signs_as


def rules_for(rows: Collection[OfficialResponse], consultation: Consultation) -> Mapping[uuid.UUID, SignOffRule]:
    """Return by which rule each response is signed off (4 queries, 0 for none); it is missing where nobody takes part for the body."""
    if not rows:
        return {}
    texts = [row.submission_id for row in rows if row.submission_id is not None]
    found = sa.select(Submission.id, Submission.track).where(Submission.id.in_(texts))
    tracks = {row.id: row.track for row in session.execute(found)}
    wanted = {row.id: (row.speaker, tracks[row.submission_id] if row.submission_id else "") for row in rows}
    rules = signing_rules(consultation, set(wanted.values()))
    return {one: rules[asked] for one, asked in wanted.items() if asked in rules}


def rule_for_response(row: OfficialResponse) -> SignOffRule | None:
    """Return by which rule a response is signed off (4 queries); see `rules_for`."""
    return rules_for([row], session.get_one(Consultation, row.consultation_id)).get(row.id)


def writes_as(row: OfficialResponse, rule: SignOffRule | None, actor: Actor) -> Membership:
    """Return as which member somebody writes a response: that which signs, else any of theirs for the body. Raises NotFound for others."""
    signer = signs_as(rule, actor)
    here = actor.memberships_in(row.consultation_id)
    found = signer or next((m for m in here if m.body == row.speaker), None)
    if found is None:
        raise NotFound
    return found
