"""Own names that stand in public: nobody comes to be called like whoever holds an office, and organisers are told of another name."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
import sqlalchemy as sa

from consult.accounts.access import ANONYMOUS
from consult.accounts.models import Person
from consult.accounts.people import PersonDraft
from consult.consultations.models import Member
from consult.consultations.own_names import name_refusal, renames_in_public, stands_in
from consult.consultations.registration import RegistrationDraft
from consult.consultations.services import ask_to_register, change_details, confirm_registration
from consult.db import session, transaction
from consult.errors import Conflict, Rejected
from consult.events.stream import events_after
from consult.notifications.models import Mail, Notice
from consult.testing.acts import deliver, open_track
from consult.testing.world import World

ORGANISER = "هدى الزوي"  # who organises in the small consultation
DRAFT = RegistrationDraft(PersonDraft("آمنة القماطي", "amina@example.org", "ar"), "cso")


def _rename(world: World, who: str, name: str) -> Person:
    return change_details(PersonDraft(name, language="ar"), actor=world.actor(who))


def _register(world: World, name: str, *, withheld: bool = False) -> None:
    draft = replace(DRAFT, person=replace(DRAFT.person, name=name), withheld=withheld)
    ask_to_register(draft, consultation=world.consultation, origin="192.0.2.1", actor=ANONYMOUS)


def _mailed() -> str:
    deliver()
    text = session.scalars(sa.select(Mail.text).order_by(Mail.created_at.desc(), Mail.id.desc()).limit(1)).one()
    found = re.search(r"/c/test/register/([\w-]+)/", text)
    assert found is not None
    return found[1]


@pytest.mark.parametrize(
    "name", [ORGANISER, "هدي  الزوى", "غات", "Ghat", "Derna", "منظّم", "المنظّم", "Organiser", "Нuda"]
)
def test_a_name_of_an_office_a_body_or_two_scripts_is_refused(world: World, name: str) -> None:
    assert name_refusal(name, world.consultation_id) is not None
    with pytest.raises(Rejected) as refused:
        _rename(world, "derna", name)
    assert [problem.field for problem in refused.value.problems] == ["name"]
    assert session.get_one(Person, world.people["derna"], populate_existing=True).name == "سعاد الحصادي"
    open_track(world, "cso")
    with pytest.raises(Rejected) as refused:
        _register(world, name)
    assert [problem.field for problem in refused.value.problems] == ["name"]
    _register(world, name, withheld=True)  # it stands nowhere


def test_people_may_have_the_same_name_and_staff_keep_theirs(world: World) -> None:
    assert _rename(world, "derna", "عيسى كوسا").name == "عيسى كوسا"
    assert name_refusal(ORGANISER, world.consultation_id, world.people["organiser"]) is None
    assert _rename(world, "organiser", "هدى محمد الزوي").name == "هدى محمد الزوي"
    with pytest.raises(Rejected, match="Write the name"):
        _rename(world, "derna", " ")


def test_organisers_are_told_of_another_name_that_stands_in_public_and_of_no_other(world: World) -> None:
    deliver()
    _rename(world, "ghat", "عيسى علي كوسا")
    _rename(world, "ghat", "عيسى علي كوسا")  # the same again
    _rename(world, "cso", "اسم آخر")  # withheld
    _rename(world, "administrator", "سالم علي المنفي")  # takes no part
    deliver()
    told = session.execute(sa.select(Notice.person_id, Notice.about).where(Notice.kind == "own_name_changed")).all()
    assert [tuple(row) for row in told] == [(world.people["organiser"], str(world.member("ghat").number))]
    (event,) = [one for one in events_after(world.consultation_id) if one.type == "OwnNameChanged"]
    assert (event.actor, event.facts) == (None, {"member": str(world.members["ghat"])})


def test_where_a_name_stands(world: World) -> None:
    assert [member.id for member, _ in stands_in(world.people["ghat"])] == [world.members["ghat"]]
    assert stands_in(world.people["cso"]) == []
    assert (
        renames_in_public("عيسى", world.people["ghat"]),
        renames_in_public(" عيسى كوسا ", world.people["ghat"]),
    ) == (
        True,
        False,
    )


def test_an_account_that_took_a_name_before_does_not_register_with_it(world: World) -> None:
    open_track(world, "cso")
    with transaction():
        session.get_one(Person, world.people["administrator"]).name = "Ghat"
    draft = replace(DRAFT, person=replace(DRAFT.person, email="administrator@example.org"))
    ask_to_register(draft, consultation=world.consultation, origin="192.0.2.1", actor=ANONYMOUS)
    with pytest.raises(Conflict, match="too like"):
        confirm_registration(_mailed(), consultation=world.consultation, actor=ANONYMOUS)
    mine = sa.exists().where(Member.person_id == world.people["administrator"])
    assert session.scalar(sa.select(mine)) is False
