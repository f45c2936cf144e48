"""Registration: nothing before the mailed link, the same for everybody, and no way back for whoever was taken off."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from consult import clock
from consult.accounts.access import ANONYMOUS
from consult.accounts.models import Person
from consult.accounts.people import PersonDraft
from consult.accounts.signing_in.sign_in import Halfway, Opened, visit_for_token
from consult.consultations.models import Member
from consult.consultations.queries import members_page
from consult.consultations.registration import (
    RegistrationDraft,
    forget_past_registrations,
    registration_of,
    tracks_to_register,
)
from consult.consultations.registration_models import Registration
from consult.consultations.services import ask_to_register, confirm_registration, end_membership
from consult.db import session, transaction
from consult.errors import Conflict, LinkSpent, Rejected, TooManyTries
from consult.events.models import INSTANCE
from consult.events.stream import events_after
from consult.notifications.models import Mail
from consult.testing.acts import deliver, open_track
from consult.testing.factors import set_up_app
from consult.testing.world import World

AMINA = RegistrationDraft(PersonDraft("آمنة", "amina@example.org", "ar"), "cso")


@pytest.fixture
def open_world(world: World) -> World:
    """The world with the track of organisations open to persons."""
    open_track(world, "cso")
    return world


def _ask(world: World, email: str = "amina@example.org", **changes: Any) -> None:
    draft = replace(AMINA, person=replace(AMINA.person, email=email), **changes)
    ask_to_register(draft, consultation=world.consultation, origin="192.0.2.1", actor=ANONYMOUS)


def _mailed() -> str:
    """Return the token in the newest letter."""
    deliver()
    text = session.scalars(sa.select(Mail.text).order_by(Mail.created_at.desc(), Mail.id.desc()).limit(1)).one()
    found = re.search(r"/ar/c/test/register/([\w-]+)/", text)
    assert found is not None
    return found[1]


def _confirm(world: World, token: str) -> Opened | Halfway:
    return confirm_registration(token, consultation=world.consultation, actor=ANONYMOUS)


def _count(model: type) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


def test_before_the_link_there_is_nobody_and_afterwards_a_member_without_a_seat(open_world: World) -> None:
    people, members = _count(Person), _count(Member)
    _ask(open_world)
    token = _mailed()
    assert (_count(Person), _count(Member), _count(Registration)) == (people, members, 1)
    opened = _confirm(open_world, token)
    assert isinstance(opened, Opened)
    actor = visit_for_token(opened.token).actor
    (membership,) = actor.memberships
    assert (actor.name, membership.track, membership.seated) == ("آمنة", "cso", False)
    assert opened.consultation == open_world.consultation_id
    assert (_count(Person), _count(Member), _count(Registration)) == (people + 1, members + 1, 0)
    line = members_page(open_world.consultation_id, text="آمنة").lines[0]
    assert (line.registered, line.seat, line.came) == (True, None, True)
    with pytest.raises(LinkSpent):
        _confirm(open_world, token)


def test_events_name_nobody(open_world: World) -> None:
    _ask(open_world)
    _confirm(open_world, _mailed())
    asked = next(event for event in events_after(INSTANCE) if event.type == "RegistrationAsked")
    joined = next(e for e in events_after(open_world.consultation_id) if e.type == "MemberRegistered")
    assert (asked.actor, set(asked.facts)) == (None, {"registration"})
    assert set(joined.facts) == {"member", "track"}


def test_a_known_address_gets_the_same_work_and_its_person_stays_as_they_are(
    open_world: World, count_queries: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    _ask(open_world, "first@example.org")
    costs = []
    for address in ("ghat@example.org", "nobody@example.org"):
        with count_queries() as statements:
            _ask(open_world, address)
        costs.append(tuple(statements))
    assert costs[0] == costs[1]
    assert "email_key" not in " ".join(costs[0])


def test_somebody_known_takes_part_in_the_track_too(open_world: World) -> None:
    _ask(open_world, "GHAT@example.org")
    opened = _confirm(open_world, _mailed())
    assert isinstance(opened, Opened)
    actor = visit_for_token(opened.token).actor
    assert (actor.person, actor.name) == (open_world.people["ghat"], "عيسى كوسا")
    assert sorted(m.track for m in actor.memberships) == ["cso", "municipal"]


def test_whoever_takes_part_already_is_signed_in_and_nothing_changes(open_world: World) -> None:
    members = _count(Member)
    _ask(open_world, "cso@example.org", withheld=True)
    assert isinstance(_confirm(open_world, _mailed()), Opened)
    assert (_count(Member), open_world.member("cso").registered) == (members, False)


def test_whoever_has_a_second_factor_shows_it(open_world: World) -> None:
    set_up_app(open_world, "ghat")
    _ask(open_world, "ghat@example.org")
    assert isinstance(_confirm(open_world, _mailed()), Halfway)


def test_registering_again_is_no_way_back(open_world: World) -> None:
    organiser = open_world.actor("organiser")
    end_membership(open_world.member("cso"), consultation=open_world.consultation, actor=organiser)
    _ask(open_world, "cso@example.org")
    token = _mailed()
    with pytest.raises(Conflict, match="Your part in this track has ended"):
        _confirm(open_world, token)
    assert open_world.member("cso").part_ended_at is not None


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"track": "municipal"}, "track"),
        ({"track": "nonsense"}, "track"),
        ({"person": PersonDraft("", "amina@example.org", "ar")}, "name"),
        ({"person": PersonDraft("آمنة", "", "ar")}, "email"),
        ({"person": PersonDraft("آمنة", "amina", "ar")}, "email"),
        ({"person": PersonDraft("آ" * 201, "amina@example.org", "ar")}, "name"),
        ({"person": PersonDraft("آمنة", "amina@example.org", "de")}, "language"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(open_world: World, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(Rejected) as refused:
        ask_to_register(
            replace(AMINA, **changes), consultation=open_world.consultation, origin="192.0.2.1", actor=ANONYMOUS
        )
    assert [problem.field for problem in refused.value.problems] == [field]
    assert _count(Registration) == 0


def test_a_track_that_withholds_no_names_refuses_to(world: World) -> None:
    open_track(world, "municipal")
    with pytest.raises(Rejected) as refused:
        _ask(world, track="municipal", withheld=True)
    assert [problem.field for problem in refused.value.problems] == ["withheld"]


def test_only_open_tracks_in_an_open_phase(open_world: World) -> None:
    assert [track.key for track in tracks_to_register(open_world.consultation)] == ["cso"]
    _ask(open_world)
    token = _mailed()
    with clock.at(clock.now() + timedelta(days=31)):
        assert tracks_to_register(open_world.consultation) == []
        with pytest.raises(Conflict):
            _ask(open_world)
    open_track(open_world, "cso", to_persons=False)
    with pytest.raises(Conflict, match="no longer open to registration"):
        _confirm(open_world, token)
    assert _count(Registration) == 1


def test_links_expire_and_what_was_typed_is_forgotten(open_world: World) -> None:
    _ask(open_world)
    token = _mailed()
    assert forget_past_registrations() is False
    with clock.at(clock.now() + timedelta(hours=24)):
        with pytest.raises(LinkSpent):
            registration_of(open_world.consultation_id, token)
        assert (forget_past_registrations(), forget_past_registrations()) == (True, False)
    assert _count(Registration) == 0


def test_the_fourth_registration_of_one_address_has_to_wait(open_world: World) -> None:
    for _ in range(3):
        _ask(open_world)
    with pytest.raises(TooManyTries):
        _ask(open_world, "AMINA@example.org")


def test_the_letter_belongs_to_nobody(app: Flask, open_world: World) -> None:
    _ask(open_world)
    _mailed()
    mail = session.scalars(sa.select(Mail)).one()
    assert (mail.person_id, mail.kind, mail.address) == (None, "registration", "amina@example.org")
    with transaction():
        session.delete(mail)
