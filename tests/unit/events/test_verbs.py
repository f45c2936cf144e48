"""Verbs whose event is all that others see of them."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
import sqlalchemy as sa

from consult import clock
from consult.accounts.access import Role
from consult.accounts.models import RoleGrant
from consult.accounts.people import PersonDraft
from consult.accounts.services import change_account, request_sign_in_link, revoke_role
from consult.ballots.rules import as_mapping, shipped_rules
from consult.ballots.services import add_rule
from consult.db import session
from consult.errors import Rejected
from consult.events.models import INSTANCE
from consult.events.stream import current_seq, events_after
from consult.recommendations.services import DetailsDraft, change_details
from consult.testing.plenary import propose_recommendation
from consult.testing.world import World


def last(stream: uuid.UUID) -> tuple[str, dict[str, object]]:
    """Return type and facts of a stream's newest event."""
    [event] = events_after(stream, limit=1, newest_first=True)
    return event.type, dict(event.facts)


def test_changing_ones_account(world: World) -> None:
    change_account(PersonDraft("عيسى كوسا الجديد", language="fr"), actor=world.actor("ghat"))
    assert last(INSTANCE) == ("AccountChanged", {"person": str(world.people["ghat"])})


def test_changing_nothing_is_no_event(world: World) -> None:
    before = current_seq(INSTANCE)
    change_account(PersonDraft("عيسى كوسا"), actor=world.actor("ghat"))
    assert current_seq(INSTANCE) == before


def test_asking_for_a_link_tells_nothing_of_who_asked(world: World) -> None:
    request_sign_in_link("ghat@example.org", origin="198.51.100.7")
    kind, facts = last(INSTANCE)
    assert (kind, list(facts)) == ("SignInLinkRequested", ["request"])


def test_taking_a_role_back(world: World) -> None:
    grant = session.scalars(sa.select(RoleGrant).where(RoleGrant.role == Role.MODERATOR)).one()
    revoke_role(grant.id, reason="انتهت المهمة", actor=world.actor("administrator"))
    assert last(INSTANCE) == (
        "RoleRevoked",
        {"grant": str(grant.id), "person": str(world.people["moderator"]), "role": "moderator"},
    )


def test_adding_a_rule(world: World) -> None:
    rule = {**as_mapping(shipped_rules()["GA-2/3"]), "id": "TT-2/3"}
    add_rule(rule, consultation=world.consultation, actor=world.actor("organiser"))
    assert last(world.consultation_id) == ("DecisionRuleAdded", {"rule": "TT-2/3"})


def test_changing_the_details_of_a_recommendation(world: World) -> None:
    row = propose_recommendation(world)
    due = (clock.now() + timedelta(days=365)).date()
    change_details(DetailsDraft(world.topics["gcm-1"], (), due), recommendation=row, actor=world.actor("organiser"))
    assert last(world.consultation_id) == (
        "RecommendationDetailsChanged",
        {"recommendation": str(row.id), "number": row.number},
    )


def test_what_is_refused_is_no_event(world: World) -> None:
    grant = session.scalars(sa.select(RoleGrant).where(RoleGrant.role == Role.MODERATOR)).one()
    before = current_seq(INSTANCE)
    with pytest.raises(Rejected):
        revoke_role(grant.id, reason=" ", actor=world.actor("administrator"))
    assert current_seq(INSTANCE) == before
