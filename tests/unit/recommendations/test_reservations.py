"""Reservations of bodies: nothing is on record, and nobody outside is told, before whom the body's rule asks for has said yes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from consult import clock
from consult.accounts.access import allowed
from consult.db import new_id, session, transaction
from consult.errors import Conflict, Forbidden, NotFound
from consult.events.models import INSTANCE
from consult.events.stream import events_after
from consult.notifications.models import Notice
from consult.recommendations.models import Recommendation
from consult.recommendations.reservation_models import Reservation, UnsignedReservation
from consult.recommendations.reservation_queries import (
    inherited_reservations,
    left_reservations,
    own_reservation,
    unsigned_of,
    waiting_reservations,
)
from consult.recommendations.reservations import (
    digest_of,
    drop_reservation,
    record_reservation,
    rewrite_reservation,
    sign_reservation,
    withdraw_reservation,
)
from consult.recommendations.surroundings import read_surroundings
from consult.submissions.offices.sign_off import RuleDraft, set_rule
from consult.testing.acts import deliver
from consult.testing.colleagues import colleague
from consult.testing.plenary import propose_recommendation
from consult.testing.winding import comes_back, goes_into
from consult.testing.world import World


@pytest.fixture
def row(world: World) -> Recommendation:
    """A recommendation; a colleague of Ghat's lead; in Ghat the lead and one other member sign off."""
    colleague(world, "colleague")
    rule = RuleDraft("council", 1, world.members["ghat"])
    set_rule(
        rule,
        body=world.bodies["ghat"],
        track="municipal",
        consultation=world.consultation,
        actor=world.actor("organiser"),
    )
    return propose_recommendation(world)


def _types(world: World) -> list[str]:
    """Return what was told in the order in which it was: the consultation's stream has what is on record alone."""
    inside = {"SignOffAsked", "SignOffFell", "TextSignedOff"}
    public = events_after(world.consultation_id)
    assert not inside & {event.type for event in public}
    told = [event for event in public if event.type.startswith("Reservation")]
    told += [event for event in events_after(INSTANCE) if event.type in inside]
    return [event.type for event in sorted(told, key=lambda event: (event.at, event.id))]


def _write(world: World, row: Recommendation, text: str = "نتحفظ على الكلفة.") -> UnsignedReservation:
    made = record_reservation(
        text, language="ar", recommendation=row, member=world.members["ghat"], actor=world.actor("ghat")
    )
    assert isinstance(made, UnsignedReservation)
    return made


def _recorded(world: World, row: Recommendation) -> Reservation:
    kept = _write(world, row)
    made = sign_reservation(kept, digest_of(kept), actor=world.actor("colleague"))
    assert isinstance(made, Reservation)
    return made


def _told(kind: str) -> list[object]:
    return list(session.scalars(sa.select(Notice.person_id).where(Notice.kind == kind)))


def _shown(row: Recommendation) -> list[tuple[str, bool]]:
    return [(one.text, one.withdrawn_at is not None) for one in read_surroundings(row.id).reservations]


def test_it_is_on_record_with_the_last_yes_and_under_the_name_of_the_body(world: World, row: Recommendation) -> None:
    kept = _write(world, row)
    deliver()
    assert (_shown(row), _told("reservation_to_sign")) == ([], [world.people["colleague"]])
    for key in ("organiser", "moderator", "derna", "administrator"):
        assert not allowed(world.actor(key), "reservation.sign", kept)
        assert waiting_reservations(world.actor(key), world.consultation_id) == []
    [waiting] = waiting_reservations(world.actor("colleague"), world.consultation_id)
    assert (waiting.row.id, waiting.number) == (kept.id, row.number)
    made = sign_reservation(kept, digest_of(kept), actor=world.actor("colleague"))
    assert isinstance(made, Reservation)
    assert (made.member_id, made.body_id, made.track) == (None, world.bodies["ghat"], "municipal")
    [read] = read_surroundings(row.id).reservations
    assert (read.text, read.by) == ("نتحفظ على الكلفة.", {"ar": "غات", "en": "Ghat"})
    assert session.scalars(sa.select(UnsignedReservation)).all() == []
    assert _types(world) == ["SignOffAsked", "ReservationRecorded"]
    facts = [e.facts for e in events_after(INSTANCE) if e.type == "SignOffAsked"]
    assert [set(one) for one in facts] == [{"text", "digest"}]


def test_a_yes_is_for_these_words_alone(world: World, row: Recommendation) -> None:
    kept = _write(world, row)
    before = digest_of(kept)
    rewrite_reservation("نتحفظ على موعده.", language="ar", version=1, unsigned=kept, actor=world.actor("colleague"))
    assert (kept.text, kept.version, _shown(row)) == ("نتحفظ على موعده.", 2, [])
    with pytest.raises(Conflict, match="text has changed"):
        sign_reservation(kept, before, actor=world.actor("ghat"))
    with pytest.raises(Conflict, match="colleague has saved"):
        rewrite_reservation("كلام آخر", language="ar", version=1, unsigned=kept, actor=world.actor("ghat"))
    sign_reservation(kept, digest_of(kept), actor=world.actor("ghat"))
    assert _shown(row) == [("نتحفظ على موعده.", False)]
    assert _types(world) == ["SignOffAsked", "SignOffFell", "SignOffAsked", "ReservationRecorded"]


def test_there_is_one_of_a_body_at_a_time(world: World, row: Recommendation) -> None:
    kept = _write(world, row)
    with pytest.raises(Conflict, match="colleague is writing"):
        _write(world, row)
    drop_reservation(kept, actor=world.actor("colleague"))
    assert (unsigned_of(row.id, world.actor("ghat").memberships), _shown(row)) == (None, [])
    made = _recorded(world, row)
    with pytest.raises(Conflict, match="already on record"):
        _write(world, row)
    assert own_reservation(row.id, world.actor("colleague").memberships) == made
    assert own_reservation(row.id, world.actor("derna").memberships) is None
    with pytest.raises(NotFound):
        sign_reservation(kept, "", actor=world.actor("ghat"))


def test_it_is_taken_back_by_the_same_rule_and_stays_to_be_read(world: World, row: Recommendation) -> None:
    made = _recorded(world, row)
    with pytest.raises(Forbidden):
        withdraw_reservation(made, actor=world.actor("derna"))
    kept = withdraw_reservation(made, actor=world.actor("colleague"))
    assert isinstance(kept, UnsignedReservation)
    assert _shown(row) == [("نتحفظ على الكلفة.", False)]
    with pytest.raises(Conflict):
        rewrite_reservation("كلام", language="ar", version=1, unsigned=kept, actor=world.actor("ghat"))
    assert withdraw_reservation(made, actor=world.actor("ghat")) == made
    assert (_shown(row), _types(world)[-2:]) == (
        [("نتحفظ على الكلفة.", True)],
        ["SignOffAsked", "ReservationWithdrawn"],
    )
    with pytest.raises(Conflict, match="withdrawn already"):
        withdraw_reservation(made, actor=world.actor("ghat"))
    _write(world, row, "تحفظ جديد")


def test_whoever_withholds_their_name_speaks_for_themselves(world: World, row: Recommendation) -> None:
    colleague(world, "league", "cso")
    rule = RuleDraft("council", 1, world.members["cso"])
    set_rule(
        rule, body=world.bodies["cso"], track="cso", consultation=world.consultation, actor=world.actor("organiser")
    )
    cso = world.actor("cso")
    made = record_reservation("تحفظ", language="ar", recommendation=row, member=world.members["cso"], actor=cso)
    assert isinstance(made, Reservation)
    assert (made.member_id, made.body_id) == (world.members["cso"], None)
    assert not allowed(world.actor("league"), "reservation.withdraw", made)
    assert withdraw_reservation(made, actor=cso) == made
    assert [e.actor for e in events_after(world.consultation_id) if e.type.startswith("Reservation")] == [None, None]


def test_what_colleagues_write_is_in_nobodys_way_who_withholds_their_name(world: World, row: Recommendation) -> None:
    kept = _write(world, row)
    with transaction():
        world.member("ghat").withheld = True
    ghat, other = world.actor("ghat"), world.actor("colleague")
    assert (unsigned_of(row.id, ghat.memberships), unsigned_of(row.id, other.memberships)) == (None, kept)
    assert [one.row for one in waiting_reservations(ghat, world.consultation_id)] == [kept]
    made = record_reservation("تحفظي أنا", language="ar", recommendation=row, member=world.members["ghat"], actor=ghat)
    assert isinstance(made, Reservation)
    assert made.member_id == world.members["ghat"]
    assert (withdraw_reservation(made, actor=ghat), session.get(UnsignedReservation, kept.id)) == (made, kept)


def test_a_yes_to_taking_one_back_is_no_yes_to_anything_else(world: World, row: Recommendation) -> None:
    with transaction():
        for order, key in enumerate(("ghat", "colleague")):
            old = Reservation(id=new_id(), recommendation_id=row.id, member_id=world.members[key], text=key)
            old.language, old.at = "ar", clock.now() - timedelta(days=2 - order)
            session.add(old)
    first, second = session.scalars(sa.select(Reservation).order_by(Reservation.at)).all()
    withdraw_reservation(first, actor=world.actor("ghat"))
    with pytest.raises(Conflict, match="something else"):
        withdraw_reservation(second, actor=world.actor("colleague"))
    assert _shown(row) == [("ghat", False), ("colleague", False)]


def test_one_that_a_member_entered_alone_before_stays_and_goes_by_the_rule(world: World, row: Recommendation) -> None:
    with transaction():
        old = Reservation(id=new_id(), recommendation_id=row.id, member_id=world.members["ghat"], text="قديم")
        old.language, old.at = "ar", clock.now() - timedelta(days=1)
        session.add(old)
    assert _shown(row) == [("قديم", False)]
    assert own_reservation(row.id, world.actor("colleague").memberships) == old
    with pytest.raises(Conflict, match="already on record"):
        _write(world, row)
    kept = withdraw_reservation(old, actor=world.actor("ghat"))
    assert isinstance(kept, UnsignedReservation)
    assert sign_reservation(kept, digest_of(kept), actor=world.actor("colleague")) == old
    assert _shown(row) == [("قديم", True)]


def test_no_yes_of_whoever_has_left_counts(world: World, row: Recommendation) -> None:
    kept = _write(world, row)
    with transaction():
        world.member("ghat").part_ended_at = clock.now() - timedelta(minutes=1)
    made = sign_reservation(kept, digest_of(kept), actor=world.actor("colleague"))
    assert isinstance(made, UnsignedReservation)


def _derna_asks_for_two(world: World) -> None:
    colleague(world, "second", "derna")
    where = {"body": world.bodies["derna"], "track": "municipal", "consultation": world.consultation}
    set_rule(RuleDraft("council", 1, world.members["derna"]), actor=world.actor("derna"), **where)


def test_the_body_that_another_went_into_takes_it_back_by_its_own_rule(world: World, row: Recommendation) -> None:
    made = _recorded(world, row)
    _derna_asks_for_two(world)
    goes_into(world, "ghat", "derna")
    for key, may in {"ghat": True, "derna": True, "second": True, "zuwara": False, "organiser": False}.items():
        assert allowed(world.actor(key), "reservation.withdraw", made) is may, key
    here = world.actor("second").memberships
    assert [(one, names["en"]) for one, names in inherited_reservations(row.id, here)] == [(made, "Ghat")]
    assert own_reservation(row.id, here) is None  # the body may still put its own on record
    kept = withdraw_reservation(made, actor=world.actor("second"))
    assert isinstance(kept, UnsignedReservation)
    assert (kept.body_id, _shown(row)) == (world.bodies["derna"], [("نتحفظ على الكلفة.", False)])
    assert sign_reservation(kept, digest_of(kept), actor=world.actor("derna")) == made
    [read] = read_surroundings(row.id).reservations
    assert (read.by, read.instead) == ({"ar": "غات", "en": "Ghat"}, {"ar": "درنة", "en": "Derna"})
    facts = [e.facts["instead"] for e in events_after(world.consultation_id) if e.type == "ReservationWithdrawn"]
    assert facts == [str(world.bodies["derna"])]
    assert inherited_reservations(row.id, here) == []


def test_an_end_undone_takes_it_out_of_the_other_bodys_hands(world: World, row: Recommendation) -> None:
    made = _recorded(world, row)
    _derna_asks_for_two(world)
    goes_into(world, "ghat", "derna")
    kept = withdraw_reservation(made, actor=world.actor("second"))
    assert isinstance(kept, UnsignedReservation)
    comes_back(world, "ghat")
    with pytest.raises(Conflict, match="take back any more"):
        sign_reservation(kept, digest_of(kept), actor=world.actor("derna"))
    with pytest.raises(Forbidden):
        withdraw_reservation(made, actor=world.actor("derna"))
    drop_reservation(kept, actor=world.actor("derna"))
    again = withdraw_reservation(made, actor=world.actor("colleague"))
    assert isinstance(again, UnsignedReservation)
    assert again.body_id == world.bodies["ghat"]
    assert sign_reservation(again, digest_of(again), actor=world.actor("ghat")) == made
    assert (made.withdrawn_by_id, _shown(row)) == (None, [("نتحفظ على الكلفة.", True)])


def test_a_lead_who_withholds_their_name_agrees_to_take_one_back_for_another_body(
    world: World, row: Recommendation
) -> None:
    made = _recorded(world, row)
    colleague(world, "second", "derna")
    where = {"body": world.bodies["derna"], "track": "municipal", "consultation": world.consultation}
    set_rule(RuleDraft("lead", 0, world.members["second"]), actor=world.actor("derna"), **where)
    with transaction():
        world.member("second").withheld = True
    goes_into(world, "ghat", "derna")
    with pytest.raises(Forbidden):  # they do not begin it: they speak for themselves
        withdraw_reservation(made, actor=world.actor("second"))
    kept = withdraw_reservation(made, actor=world.actor("derna"))
    assert isinstance(kept, UnsignedReservation)
    assert sign_reservation(kept, digest_of(kept), actor=world.actor("second")) == made
    assert [e.actor for e in events_after(world.consultation_id) if e.type == "ReservationWithdrawn"] == [None]


def test_what_was_not_on_record_does_not_pass_and_is_read_by_those_alone_who_went_along(
    world: World, row: Recommendation
) -> None:
    kept, here = _write(world, row), world.consultation_id
    assert left_reservations(world.actor("ghat"), here) == ()
    goes_into(world, "ghat", "derna")
    for key in ("ghat", "colleague"):
        [left] = left_reservations(world.actor(key), here)
        assert (left.body["en"], left.row, left.number) == ("Ghat", kept, row.number)
    for key in ("derna", "zuwara"):
        assert not left_reservations(world.actor(key), here)
    for key in ("ghat", "derna"):
        with pytest.raises(Forbidden):
            sign_reservation(kept, digest_of(kept), actor=world.actor(key))
    own = {"recommendation": row, "member": world.members["derna"], "actor": world.actor("derna")}
    assert isinstance(record_reservation(kept.text, language="ar", **own), Reservation)  # in the same words or others
    comes_back(world, "ghat")
    assert left_reservations(world.actor("ghat"), here) == ()
    assert unsigned_of(row.id, world.actor("ghat").memberships) == kept


def test_only_in_the_consultation_in_which_it_was_decided(world: World, row: Recommendation) -> None:
    made = _recorded(world, row)
    goes_into(world, "ghat", "derna")
    derna = world.actor("derna")
    (me,) = derna.memberships
    elsewhere = replace(derna, memberships=(replace(me, consultation=new_id()),))
    assert (allowed(derna, "reservation.withdraw", made), allowed(elsewhere, "reservation.withdraw", made)) == (
        *(True, False),
    )
