"""Decision rules that can be used in a consultation: shipped, of plugins, and added by its organisers."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from consult import clock
from consult.accounts.access import Actor, demand
from consult.ballots.events import DecisionRuleAdded
from consult.ballots.models import CustomRule
from consult.ballots.rules import DecisionRule, as_mapping, parse_rule, shipped_rules
from consult.consultations.models import Consultation
from consult.db import new_id, session, transaction
from consult.errors import Problem, Rejected
from consult.events.record import record
from consult.i18n import N_
from consult.runtime import runtime


def rules_for(consultation: uuid.UUID) -> Mapping[str, DecisionRule]:
    """Return the rules of a consultation by id (1 query): shipped ones, then those of plugins, then its own."""
    own = session.scalars(
        sa.select(CustomRule).where(CustomRule.consultation_id == consultation).order_by(CustomRule.key)
    )
    return {
        **shipped_rules(),
        **{rule.id: rule for rule in runtime().hooks.decision_rules()},
        **{row.key: parse_rule(row.data) for row in own},
    }


def add_rule(mapping: Mapping[str, Any], *, consultation: Consultation, actor: Actor) -> CustomRule:
    """Add a decision rule to a consultation; it is never changed afterwards, because ballots may refer to it.

    Raises InvalidRule for a mapping that is no rule, Rejected for an id that is taken or a next rule that is unknown.
    """
    with transaction():
        demand(actor, "rule.add", consultation)
        rule = parse_rule(mapping)
        known = rules_for(consultation.id)
        problems = []
        if rule.slug in {other.slug for other in known.values()}:
            problems.append(Problem("id", N_("There is already a rule called %(rule)s.", rule=rule.id)))
        if rule.next is not None and rule.next not in known:
            problems.append(Problem("next", N_("There is no decision rule “%(rule)s”.", rule=rule.next)))
        if problems:
            raise Rejected(problems)
        row = CustomRule(
            id=new_id(),
            consultation_id=consultation.id,
            key=rule.id,
            data=as_mapping(rule),
            made_by=actor.person,
            at=clock.now(),
        )
        session.add(row)
        record(DecisionRuleAdded(rule.id), stream=consultation.id, actor=actor.person)
    return row
