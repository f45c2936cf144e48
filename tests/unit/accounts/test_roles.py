"""Roles: who grants them, to whom, until when; and the first administrator."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from consult import clock
from consult.accounts.access import ANONYMOUS, OPERATOR, Held, Role, allowed
from consult.accounts.models import Person, RoleGrant
from consult.accounts.people import PersonDraft
from consult.accounts.roles import RoleDraft
from consult.accounts.separation import COUNTING
from consult.accounts.services import begin, consume_link, grant_role, revoke_role
from consult.accounts.signing_in.sign_in import load_actor, load_actors
from consult.consultations.models import Consultation
from consult.db import session
from consult.errors import Conflict, Forbidden, Rejected
from consult.events.models import INSTANCE
from consult.events.stream import events_after
from consult.testing.world import World


def _draft(world: World, email: str = "ghat@example.org", role: Role = Role.MODERATOR, **other: object) -> RoleDraft:
    given = {
        "person": PersonDraft("Sara Ali", email, "en"),
        "role": role,
        "consultation": None if role is Role.ADMINISTRATOR else world.consultation_id,
        "ends_at": clock.now() + timedelta(days=30),
        "reason": "Runs the hearings in Sebha",
    } | other
    return RoleDraft(**given)  # type: ignore[arg-type]


def test_an_administrator_grants_a_role_that_ends_by_itself(world: World) -> None:
    grant = grant_role(_draft(world), actor=world.actor("administrator"))
    assert world.actor("ghat").moderates(world.consultation_id)
    assert session.get_one(Person, world.people["ghat"]).name == "عيسى كوسا"
    assert [(e.type, e.facts["role"]) for e in events_after(INSTANCE)] == [("RoleGranted", "moderator")]
    with clock.at(grant.ends_at or clock.now()):
        assert not world.actor("ghat").moderates(world.consultation_id)


def test_somebody_new_is_entered_with_the_role(world: World) -> None:
    grant_role(_draft(world, "sara@example.org"), actor=world.actor("administrator"))
    sara = session.scalars(sa.select(Person).where(Person.email_key == "sara@example.org")).one()
    assert (sara.name, sara.language) == ("Sara Ali", "en")
    assert load_actor(sara.id).roles == frozenset({Held(Role.MODERATOR, world.consultation_id)})
    everybody = [sara.id, *world.people.values()]
    assert load_actors(everybody) == {one: load_actor(one) for one in everybody}
    assert [e.type for e in events_after(INSTANCE)] == ["PersonRegistered", "RoleGranted"]


@pytest.mark.parametrize("who", ["organiser", "moderator", "ghat"])
def test_nobody_else_grants_or_revokes(world: World, who: str) -> None:
    with pytest.raises(Forbidden):
        grant_role(_draft(world), actor=world.actor(who))
    grant = session.scalars(sa.select(RoleGrant.id).where(RoleGrant.role == "moderator")).one()
    with pytest.raises(Forbidden):
        revoke_role(grant, reason="x", actor=world.actor(who))
    with pytest.raises(Forbidden):
        grant_role(_draft(world), actor=ANONYMOUS)


@pytest.mark.parametrize(
    ("changed", "fields"),
    [
        ({"reason": "  "}, ["reason"]),
        ({"ends_at": None}, ["ends_at"]),
        ({"consultation": None}, ["consultation"]),
        ({"consultation": uuid.UUID(int=7)}, ["consultation"]),
        ({"person": PersonDraft("Sara", "")}, ["email"]),
        ({"person": PersonDraft("", "sara@example.org", "de")}, ["name", "language"]),
    ],
)
def test_what_is_missing_is_told_at_its_field(world: World, changed: dict[str, object], fields: list[str]) -> None:
    with pytest.raises(Rejected) as refused:
        grant_role(_draft(world, **changed), actor=world.actor("administrator"))
    assert [problem.field for problem in refused.value.problems] == fields
    assert events_after(INSTANCE) == []


def test_a_date_gone_by_and_a_consultation_for_an_administrator_are_refused(world: World) -> None:
    past = _draft(
        world, role=Role.ADMINISTRATOR, ends_at=clock.now() - timedelta(days=1), consultation=uuid.UUID(int=7)
    )
    with pytest.raises(Rejected) as refused:
        grant_role(past, actor=world.actor("administrator"))
    assert [problem.field for problem in refused.value.problems] == ["consultation", "ends_at"]


def test_the_same_role_twice_is_refused(world: World) -> None:
    with pytest.raises(Rejected) as refused:
        grant_role(_draft(world, "moderator@example.org"), actor=world.actor("administrator"))
    assert refused.value.problems[0].field == "role"


def test_a_role_is_taken_back_with_a_reason_and_once(world: World) -> None:
    grant = session.scalars(sa.select(RoleGrant.id).where(RoleGrant.role == "moderator")).one()
    with pytest.raises(Rejected):
        revoke_role(grant, reason=" ", actor=world.actor("administrator"))
    revoke_role(grant, reason="Left the secretariat", actor=world.actor("administrator"))
    assert not world.actor("moderator").moderates(world.consultation_id)
    with pytest.raises(Conflict):
        revoke_role(grant, reason="again", actor=world.actor("administrator"))


def test_the_last_administrator_stays(world: World) -> None:
    grant = session.scalars(sa.select(RoleGrant.id).where(RoleGrant.role == "administrator")).one()
    with pytest.raises(Conflict):
        revoke_role(grant, reason="no", actor=world.actor("administrator"))
    grant_role(_draft(world, role=Role.ADMINISTRATOR), actor=world.actor("administrator"))
    revoke_role(grant, reason="now there are two", actor=world.actor("administrator"))
    assert not world.actor("administrator").administrator


def test_the_first_administrator_gets_a_link_and_only_the_first(app: Flask) -> None:
    address = begin(name="Salem", email="salem@example.org", language="en")
    assert address is not None
    assert address.startswith("http://localhost/en/invitation/")
    assert begin(name="Other", email="other@example.org", language="en") is None
    again = begin(name="Salem", email="salem@example.org", language="en")
    assert again is not None
    opened = consume_link(again.rsplit("/", 1)[1], actor=ANONYMOUS)
    assert load_actor(opened.person).administrator
    assert begin(name="Salem", email="salem@example.org", language="en") is None
    assert [e.type for e in events_after(INSTANCE)] == [
        "PersonRegistered",
        "RoleGranted",
        "SignInLinkMade",
        "SignInLinkMade",
        "SignedIn",
    ]


def test_every_role_ends_but_what_is_granted_at_the_terminal(world: World) -> None:
    for role in Role:
        with pytest.raises(Rejected, match="until when"):
            grant_role(_draft(world, role=role, ends_at=None), actor=world.actor("administrator"))
    assert grant_role(_draft(world, role=Role.ADMINISTRATOR, ends_at=None), actor=OPERATOR).ends_at is None
    with pytest.raises(Rejected, match="until when"):
        grant_role(_draft(world, "sabha@example.org", ends_at=None), actor=OPERATOR)


@pytest.mark.parametrize("role", Role)
def test_who_counts_does_not_administer(world: World, role: Role) -> None:
    """Every role that conducts ballots is kept apart from an administrator's, whichever of the two came first."""
    grant_role(_draft(world, role=role), actor=world.actor("administrator"))
    here = session.get_one(Consultation, world.consultation_id)
    conducts = allowed(world.actor("ghat"), "ballot.conduct", here)
    assert conducts == (role in COUNTING)
    if conducts:
        with pytest.raises(Rejected, match="Who counts does not administer"):
            grant_role(_draft(world, role=Role.ADMINISTRATOR), actor=world.actor("administrator"))
    if role is Role.ADMINISTRATOR:
        for counting in COUNTING:
            with pytest.raises(Rejected, match="Who counts does not administer"):
                grant_role(_draft(world, role=counting), actor=world.actor("administrator"))
    assert not (world.actor("ghat").administrator and allowed(world.actor("ghat"), "ballot.conduct", here))
