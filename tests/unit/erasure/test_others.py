"""Erasing somebody who asked on paper: never by one alone, never unannounced."""

from __future__ import annotations

import uuid

import pytest
import sqlalchemy as sa

from consult import clock
from consult.accounts.access import Role
from consult.accounts.bodies.models import Contact
from consult.accounts.four_eyes import Kind, kind_of_act, waiting_acts
from consult.accounts.four_eyes_models import GraveAct
from consult.accounts.models import ERASED_NAME, Person, RoleGrant
from consult.db import new_id, session, transaction
from consult.erasure.again import erase_again
from consult.erasure.erase import erase_due
from consult.erasure.listing import list_path, note_erased
from consult.erasure.plan import waiting_erasure
from consult.erasure.services import (
    PaperRequest,
    ask_erasure_of,
    confirm_erasure_of,
    contacts_that_go,
    proposed_contacts,
    stop_erasure_of,
    withdraw_erasure_of,
)
from consult.errors import Conflict, Forbidden, NotFound, Rejected
from consult.notifications.models import Mail
from consult.runtime import runtime
from consult.testing.acts import accept, deliver, hand_in, recorded, said
from consult.testing.world import World

GHAT, WHY = "ghat@example.org", "Letter of 3 May, shown with the passport"
ENDORSED = {"council_date": "2025-03-30", "council_decision": "31/2026"}


@pytest.fixture
def pair(world: World) -> World:
    """The world with the one from Derna as a second administrator."""
    with transaction():
        grant = RoleGrant(id=new_id(), person_id=world.people["derna"], role=Role.ADMINISTRATOR)
        grant.granted_at = clock.now()
        session.add(grant)
    return world


def _asked(world: World, *, texts: bool = False) -> GraveAct:
    return ask_erasure_of(PaperRequest(GHAT, f" {WHY} ", texts=texts), actor=world.actor("administrator"))


def test_two_administrators_erase_and_the_person_hears_of_it_before(pair: World) -> None:
    number = accept(pair, hand_in(pair, "ghat", ENDORSED)).number
    act = _asked(pair, texts=True).id
    assert (kind_of_act(act, None), waiting_erasure(pair.people["ghat"])) == (Kind.ERASE, None)
    with pytest.raises(Forbidden):
        confirm_erasure_of(act, actor=pair.actor("administrator"))
    row = confirm_erasure_of(act, actor=pair.actor("derna"))
    due, texts = row.due_at, list(row.texts)
    assert len(texts) == 1
    deliver()
    letter = session.scalars(sa.select(Mail).where(Mail.kind == "erasure_asked")).one()
    assert (letter.address, "/account/erase" in letter.text) == (GHAT, True)
    assert not erase_due()
    with clock.at(due):
        assert erase_due()
    assert session.get_one(Person, pair.people["ghat"]).name == ERASED_NAME
    assert session.get_one(GraveAct, act).details == {}
    assert number not in {asked.details.get("reason") for asked in waiting_acts(None)}


def test_it_is_stopped_before_and_after_the_second_administrator(pair: World) -> None:
    withdraw_erasure_of(_asked(pair).id, actor=pair.actor("derna"))
    assert waiting_acts(None) == []
    confirm_erasure_of(_asked(pair).id, actor=pair.actor("derna"))
    with pytest.raises(Conflict, match="waits to be erased already"):
        _asked(pair)
    stop_erasure_of(GHAT, actor=pair.actor("administrator"))
    assert waiting_erasure(pair.people["ghat"]) is None
    with pytest.raises(Conflict, match="Nothing waits"):
        stop_erasure_of(GHAT, actor=pair.actor("administrator"))


def test_what_changed_since_is_not_confirmed(pair: World) -> None:
    act = _asked(pair).id
    with transaction():
        person = session.get_one(Person, pair.people["ghat"])
        person.email, person.email_key = "other@example.org", "other@example.org"
    with pytest.raises(Conflict, match="has changed since"):
        confirm_erasure_of(act, actor=pair.actor("derna"))


def _contact(world: World, body: str, label: str, email: str = "") -> uuid.UUID:
    row = Contact(id=new_id(), body_id=world.bodies[body], audience="public", label=label, email=email, phone="091")
    with transaction():
        session.add(row)
    return row.id


def _contacts() -> set[uuid.UUID]:
    return set(session.scalars(sa.select(Contact.id)))


def test_contacts_that_bear_the_name_go_where_two_administrators_say_that_it_is_the_person(pair: World) -> None:
    with transaction():
        session.get_one(Person, pair.people["ghat"]).name = "أحمد الفاسي"
    same = _contact(pair, "derna", "مدير المكتب: احمد الفاسى")
    namesake = _contact(pair, "zuwara", "أحمد الفاسي", "another@example.org")
    _other, addressed = _contact(pair, "derna", "أحمد الفاسية"), _contact(pair, "ghat", "البلدية", GHAT.upper())
    administrator = pair.actor("administrator")
    found = {one.id: (one.body["en"], one.email) for one in proposed_contacts(GHAT, actor=administrator)}
    assert found == {same: ("Derna", ""), namesake: ("Zwara", "another@example.org")}
    with pytest.raises(Forbidden):
        proposed_contacts(GHAT, actor=pair.actor("organiser"))
    for wrong in (_other, addressed, new_id()):
        with pytest.raises(Rejected) as refused:
            ask_erasure_of(PaperRequest(GHAT, WHY, contacts=frozenset({wrong})), actor=administrator)
        assert [field for field, _message in said(refused.value)] == ["contacts"]
    act = ask_erasure_of(PaperRequest(GHAT, WHY, contacts=frozenset({same})), actor=administrator)
    assert [one.id for one in contacts_that_go(act.details, act.subject_id)] == [same]
    row = confirm_erasure_of(act.id, actor=pair.actor("derna"))
    with clock.at(row.due_at):
        assert erase_due()
    assert _contacts() & {same, namesake, _other, addressed} == {namesake, _other}
    assert (recorded("PersonErased")[0].facts["contacts"], row.contacts) == (2, [])


def test_a_contact_that_was_changed_since_is_not_confirmed_nor_erased(pair: World) -> None:
    name = session.get_one(Person, pair.people["ghat"]).name
    one = _contact(pair, "derna", name)
    request = PaperRequest(GHAT, WHY, contacts=frozenset({one}))
    act = ask_erasure_of(request, actor=pair.actor("administrator"))
    with transaction():
        session.get_one(Contact, one).phone = "092"
    with pytest.raises(Conflict, match="has changed since"):
        confirm_erasure_of(act.id, actor=pair.actor("derna"))
    withdraw_erasure_of(act.id, actor=pair.actor("derna"))
    row = confirm_erasure_of(ask_erasure_of(request, actor=pair.actor("administrator")).id, actor=pair.actor("derna"))
    with transaction():
        session.get_one(Contact, one).label = "somebody who came after them"
    with clock.at(row.due_at):
        assert erase_due()
    assert one in _contacts()


def test_they_are_erased_again_from_the_list_after_a_restore(pair: World) -> None:
    name = session.get_one(Person, pair.people["ghat"]).name
    one, other = _contact(pair, "derna", name), _contact(pair, "zuwara", name)
    note_erased(pair.people["ghat"], [one])
    assert erase_again(list_path(runtime().settings.instance_path)) == 1
    assert _contacts() & {one, other} == {other}


def test_one_administrator_erases_nobody(world: World) -> None:
    with pytest.raises(Conflict, match="nobody could confirm"):
        _asked(world)


def test_who_may_and_whom(pair: World) -> None:
    request = PaperRequest(GHAT, WHY)
    for key in ("ghat", "moderator", "organiser"):
        with pytest.raises(Forbidden):
            ask_erasure_of(request, actor=pair.actor(key))
    administrator = pair.actor("administrator")
    for address, refusal in (
        ("nobody@example.org", NotFound),
        ("administrator@example.org", Conflict),
        ("moderator@example.org", Conflict),
    ):
        with pytest.raises(refusal):
            ask_erasure_of(PaperRequest(address, WHY), actor=administrator)
    for reason in (" ", "x" * 501):
        with pytest.raises(Rejected) as refused:
            ask_erasure_of(PaperRequest(GHAT, reason), actor=administrator)
        assert [field for field, _message in said(refused.value)] == ["reason"]
