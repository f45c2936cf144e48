"""A body ends: followed by nobody, one or several, in a chain that is kept as it happened; a mistaken end is undone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial

import pytest
import sqlalchemy as sa

from consult import clock
from consult.accounts.access import ANONYMOUS
from consult.accounts.bodies.ending import EndDraft, UndoDraft
from consult.accounts.bodies.life import ChangeDraft
from consult.accounts.bodies.models import Mandate
from consult.accounts.bodies.queries import line_before, mandates_of, record_of
from consult.accounts.bodies.record import MandateDraft
from consult.accounts.bodies.services import BodyDraft
from consult.accounts.models import Body
from consult.accounts.queries import bodies
from consult.accounts.services import change_body, end_body, register_body, save_mandate, undo_end
from consult.consultations.services import admit_bodies
from consult.db import session
from consult.errors import Conflict, Forbidden, Rejected
from consult.events.models import INSTANCE
from consult.events.stream import events_after
from consult.i18n import Localized
from consult.testing.acts import said
from consult.testing.world import World

DAY = date(2026, 3, 1)
LATER = DAY + timedelta(days=30)
MANDATE = MandateDraft(Localized(ar="تسجيل العمال الأجانب"), ("gcm-1", "gcm-15"), "Official Gazette 12", "Law 12/2010")
MISTAKE = UndoDraft("The decree was never published.", "en")


def _body(world: World, key: str, *, district: str = "") -> Body:
    draft = BodyDraft(key, "ministry", Localized(ar=key), district=district, level="national", since=date(2011, 1, 5))
    return register_body(draft, actor=world.actor("organiser"))


def _end(world: World, row: Body, *successors: str, since: date = DAY, mandates_to: str = "") -> Body:
    draft = EndDraft(since, "Law 3/2026", successors, mandates_to)
    return end_body(draft, body=row.id, actor=world.actor("organiser"))


def _types() -> list[str]:
    return [event.type for event in events_after(INSTANCE) if event.type.startswith("Body")]


def _refused(act: Callable[[], object]) -> list[str]:
    with pytest.raises(Rejected) as refused:
        act()
    return [field for field, _ in said(refused.value)]


def _spans() -> list[tuple[object, ...]]:
    query = sa.select(Mandate.body_id, Mandate.valid_from, Mandate.valid_to).order_by(Mandate.id)
    return [tuple(row) for row in session.execute(query)]


def test_a_chain_of_mergers_is_kept_as_it_happened(world: World) -> None:
    first, second, third, other = (_body(world, key) for key in ("OLD", "MID", "NEW", "OTHER"))
    save_mandate(MANDATE, body=first.id, actor=world.actor("organiser"))
    _end(world, first, "MID", mandates_to="MID")
    _end(world, other, "MID", since=DAY + timedelta(days=1))
    _end(world, second, "NEW", since=LATER)
    assert [[one.key for one in record_of(row, ANONYMOUS).successors] for row in (first, second, third)] == [
        ["MID"],
        ["NEW"],
        [],
    ]
    assert [one.key for one in record_of(third, ANONYMOUS).predecessors] == ["MID"]
    assert [one.key for one in record_of(second, ANONYMOUS).predecessors] == ["OLD", "OTHER"]
    assert [one.key for one in line_before(third.id)] == ["OLD", "OTHER", "MID"]
    end = record_of(second, ANONYMOUS).end
    assert end is not None
    assert (end.since, end.source) == (LATER, "Law 3/2026")
    assert [line.key for line in bodies(kinds=["ministry"]).lines] == ["NEW"]
    assert _spans() == [(first.id, None, DAY), (second.id, DAY, LATER)]
    assert _types()[4:] == ["BodyMerged"] * 3


def test_a_split_has_several_successors_and_hands_its_mandates_to_the_one_that_is_named(world: World) -> None:
    whole, west, south = (_body(world, key, district="LY0321") for key in ("WHOLE", "WEST", "SOUTH"))
    save_mandate(MANDATE, body=whole.id, actor=world.actor("organiser"))
    _end(world, whole, "SOUTH", "WEST", "SOUTH", mandates_to="WEST")
    assert [one.key for one in record_of(whole, ANONYMOUS).successors] == ["SOUTH", "WEST"]
    assert [[one.key for one in record_of(row, ANONYMOUS).predecessors] for row in (west, south)] == [["WHOLE"]] * 2
    assert _spans() == [(whole.id, None, DAY), (west.id, DAY, None)]
    told = events_after(INSTANCE)[-1]
    assert (told.type, told.facts["successors"]) == ("BodyDivided", [str(south.id), str(west.id)])


def test_two_bodies_may_claim_the_same_territory_by_the_same_name_and_mandate(world: World) -> None:
    organiser = world.actor("organiser")
    for key in ("EAST-GOV", "WEST-GOV"):
        draft = BodyDraft(key, "municipality", Localized(ar="بلدية غات"), "south", "LY0321", level="local")
        save_mandate(MANDATE, body=register_body(draft, actor=organiser).id, actor=organiser)
    assert {"EAST-GOV", "WEST-GOV"} <= {line.key for line in bodies(text="غات", region="south", level="local").lines}


def test_an_end_that_cannot_be_is_refused_at_its_fields(world: World) -> None:
    gone, there, third = (_body(world, key) for key in ("GONE", "THERE", "THIRD"))
    _end(world, gone, "THERE")
    for draft, fields in (
        (EndDraft(date(2100, 1, 1), ""), ["since", "source"]),
        (EndDraft(DAY, "x", ("NOWHERE", "THERE")), ["successors", "successors"]),
        (EndDraft(LATER, "x", ("GONE",)), ["successors"]),
        (EndDraft(LATER, "x", ("THIRD",), mandates_to="GONE"), ["mandates_to"]),
        (EndDraft(DAY - timedelta(days=1), "x"), ["since"]),
    ):
        assert _refused(partial(end_body, draft, body=there.id, actor=world.actor("organiser"))) == fields
    _end(world, third, "THERE")
    _end(world, there, since=LATER)
    late = _body(world, "LATE")
    _end(world, late, "THERE")  # what happened long ago is entered in any order, if the other was there then
    assert [one.key for one in record_of(late, ANONYMOUS).successors] == ["THERE"]


def test_a_mistaken_end_is_undone_with_what_ended_and_what_another_changed_stays_there(world: World) -> None:
    body, heir, organiser = _body(world, "MOL"), _body(world, "HEIR"), world.actor("organiser")
    mandates = [save_mandate(MANDATE, body=body.id, actor=organiser).id for _ in range(2)]
    _end(world, body, "HEIR", mandates_to="HEIR")
    taken = mandates_of(heir.id)[0].id
    save_mandate(MandateDraft(MANDATE.texts, ("gcm-6",), "x"), body=heir.id, mandate=taken, actor=organiser)
    with pytest.raises(Conflict):
        change_body(ChangeDraft(DAY, "x", Localized(ar="ا")), body=body.id, actor=organiser)
    for draft, fields in ((UndoDraft(" ", "it"), ["reason", "language"]), (UndoDraft("x" * 1001, "en"), ["reason"])):
        assert _refused(partial(undo_end, draft, body=body.id, actor=organiser)) == fields
    undo_end(MISTAKE, body=body.id, actor=organiser)
    record = record_of(body, ANONYMOUS)
    assert (body.valid_to, record.end, record.successors) == (None, None, [])
    assert [(one.since, one.undone_because, one.language) for one in record.undone] == [(DAY, MISTAKE.reason, "en")]
    assert sorted(one.id for one in record.in_force) == sorted(mandates)
    assert [one.id for one in mandates_of(heir.id)] == [taken]
    with pytest.raises(Conflict):
        undo_end(MISTAKE, body=body.id, actor=organiser)
    _end(world, body)  # and it may end again
    assert _types()[2:] == ["BodyMerged", "BodyEndUndone", "BodyEnded"]


@pytest.mark.parametrize("who", ["moderator", "ghat"])
def test_others_may_neither_end_nor_undo(world: World, who: str) -> None:
    body, actor = _body(world, "MOL"), world.actor(who)
    with pytest.raises(Forbidden):
        end_body(EndDraft(DAY, "x"), body=body.id, actor=actor)
    _end(world, body)
    with pytest.raises(Forbidden):
        undo_end(MISTAKE, body=body.id, actor=actor)


def test_what_has_ended_is_not_changed_any_more(world: World) -> None:
    body, organiser = _body(world, "MOL"), world.actor("organiser")
    _end(world, body, since=clock.now().date())
    acts: list[Callable[[], object]] = [
        lambda: save_mandate(MANDATE, body=body.id, actor=organiser),
        lambda: change_body(ChangeDraft(DAY, "x", Localized(ar="ا")), body=body.id, actor=organiser),
        lambda: _end(world, body),
    ]
    for act in acts:
        with pytest.raises(Conflict):
            act()
    admit = partial(admit_bodies, "institutions", ["MOL"], consultation=world.consultation, actor=organiser)
    assert _refused(admit) == ["bodies"]
    assert _types() == ["BodyRegistered", "BodyEnded"]
