"""Who signs for a body what is not its own draft, and by which rule: a co-signature, an official response.

A body may take part in several tracks, with a stricter rule in one than in another. What belongs to a track is signed by those who
take part for the body in that track; what belongs to none, or to one in which the body takes no part, by those of the track where
its rule asks most. So nobody signs by the laxer of two rules. Once the body has gone into another, that one's members take its place
(`consult.accounts.heirs`).
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping

import sqlalchemy as sa

from consult import clock
from consult.accounts.access import Actor, Membership
from consult.accounts.heirs import heirs
from consult.accounts.taking_part import takes_part
from consult.consultations.models import Consultation, Member
from consult.db import session
from consult.errors import Conflict
from consult.i18n import N_, Message
from consult.submissions.offices.sign_off import rules_of
from consult.submissions.offices.sign_off_rules import Level, SignOffRule
from consult.submissions.tracks import track_label

#: A body, and the track of what it is to sign: "" for what belongs to none.
Wanted = tuple[uuid.UUID, str]


def signing_rules(consultation: Consultation, wanted: Collection[Wanted]) -> Mapping[Wanted, SignOffRule]:
    """Return by which rule bodies sign what belongs to a track (3 queries, 0 for none): its body, its track and its members say who.

    Nothing stands there for a body for which nobody takes part under its name.
    """
    if not wanted:
        return {}
    offices = _offices(consultation, {body for body, _track in wanted})
    rules = rules_of(consultation, {office for found in offices.values() for office in found})
    return {
        (body, track): _strictest([rules[office] for office in offices[body]], track)
        for body, track in wanted
        if offices.get(body)
    }


def signing_rule(consultation: Consultation, body: uuid.UUID, track: str) -> SignOffRule | None:
    """Return by which rule a body signs what belongs to a track (3 queries); see `signing_rules`."""
    return signing_rules(consultation, [(body, track)]).get((body, track))


def signs_as(rule: SignOffRule | None, actor: Actor) -> Membership | None:
    """Return as which member somebody signs by a rule, None for whoever is not asked."""
    if rule is None:
        return None
    here = actor.memberships_in(rule.consultation)
    return next((m for m in here if (m.body, m.track) == (rule.body, rule.track)), None)


def demand_signs(rule: SignOffRule | None, actor: Actor) -> tuple[SignOffRule, Membership]:
    """Return the rule, and as which member somebody signs by it. Raises Conflict, in words, for colleagues who are not asked."""
    me = signs_as(rule, actor)
    if rule is None or me is None:
        raise Conflict(signed_elsewhere(rule))
    return rule, me


def signed_elsewhere(rule: SignOffRule | None) -> Message:
    """Return what is said to colleagues who are not asked."""
    if rule is None:
        return N_("Nobody takes part for your body under its own name, so nothing is signed for it.")
    return N_(
        "Your body signs this in the track “%(track)s”: those sign who take part for it there.",
        track=track_label(rule.track),
    )


def _offices(consultation: Consultation, bodies: Collection[uuid.UUID]) -> Mapping[uuid.UUID, list[Wanted]]:
    """Return in which tracks somebody takes part under the name of a body, or of one it went into (1 query): body -> bodies and tracks."""
    there = (Member.consultation_id == consultation.id, takes_part(Member, clock.now()))
    went = heirs()
    own = sa.select(Member.body_id.label("former"), Member.body_id.label("body"), Member.track)
    into = sa.select(went.c.former_id, went.c.body_id, went.c.track).join(
        Member,
        sa.and_(
            Member.consultation_id == went.c.consultation_id,
            Member.track == went.c.track,
            Member.body_id == went.c.body_id,
        ),
    )
    both = sa.union(
        own.where(*there, Member.body_id.in_(bodies)), into.where(*there, went.c.former_id.in_(bodies))
    ).subquery()
    found: dict[uuid.UUID, list[Wanted]] = {}
    for former, body, track in session.execute(sa.select(both).order_by(both.c.track, both.c.body)):
        found.setdefault(former, []).append((body, track))
    return found


def _strictest(rules: Collection[SignOffRule], track: str) -> SignOffRule:
    """Return the rule of the track if there is one, else the one that asks most, of equal ones the first."""
    order = list(Level)
    return max(rules, key=lambda rule: (rule.track == track, order.index(rule.level), rule.others))
