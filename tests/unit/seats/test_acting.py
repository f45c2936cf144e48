"""Who acts for a seat: the pure rule, case by case."""

from __future__ import annotations

import uuid
from collections.abc import Set

from consult.consultations.seats.acting import Acting, Capacity, Standing, acting

A, B, C, D, E, F = (uuid.UUID(int=number) for number in range(10, 16))
ONE, TWO, THREE = (uuid.UUID(int=number) for number in range(1, 4))


def _who(
    seats: list[Standing], present: Set[uuid.UUID] | None, *, each: int = 1, afar: bool = False
) -> dict[uuid.UUID, tuple[Capacity, uuid.UUID, uuid.UUID | None]]:
    found = acting(seats, present, proxies_each=each, from_afar=afar)
    return {seat: (one.capacity, one.voter, one.represented_by) for seat, one in found.items()}


def test_the_holder_then_the_first_alternate_present_then_the_bearer_then_nobody() -> None:
    seats = [Standing(ONE, A, (B, C), bearer=D), Standing(TWO, D)]
    own = {TWO: (Capacity.HOLDER, D, None)}
    assert _who(seats, {A, B, C, D}) == own | {ONE: (Capacity.HOLDER, A, None)}
    assert _who(seats, {B, C, D}) == own | {ONE: (Capacity.ALTERNATE, B, None)}
    assert _who(seats, {C, D}) == own | {ONE: (Capacity.ALTERNATE, C, None)}
    assert _who(seats, {D}) == own | {ONE: (Capacity.PROXY, A, D)}
    assert _who(seats, frozenset()) == {}


def test_nobody_acts_in_their_own_name_for_two_seats() -> None:
    seats = [Standing(ONE, A, (C,)), Standing(TWO, B, (C, D)), Standing(THREE, None, (A,))]
    assert _who(seats, {C}) == {ONE: (Capacity.ALTERNATE, C, None)}
    assert _who(seats, {C, D}) == {ONE: (Capacity.ALTERNATE, C, None), TWO: (Capacity.ALTERNATE, D, None)}
    assert _who(seats, {A}) == {ONE: (Capacity.HOLDER, A, None)}, "a holder stands in for nobody"


def test_a_bearer_holds_a_seat_is_there_and_carries_so_many() -> None:
    seats = [Standing(ONE, A, bearer=C), Standing(TWO, B, bearer=C), Standing(THREE, C)]
    own = {THREE: (Capacity.HOLDER, C, None)}
    assert _who(seats, {C}) == own | {ONE: (Capacity.PROXY, A, C)}
    assert _who(seats, {C}, each=2) == own | {ONE: (Capacity.PROXY, A, C), TWO: (Capacity.PROXY, B, C)}
    assert _who(seats, {C}, each=0) == own
    assert _who([Standing(ONE, A, bearer=F)], {F}) == {}, "who holds no seat carries none"
    assert _who([Standing(ONE, None, bearer=C), Standing(TWO, C)], {C}) == {TWO: (Capacity.HOLDER, C, None)}


def test_a_proxy_is_not_passed_on() -> None:
    seats = [Standing(ONE, A, bearer=B), Standing(TWO, B, bearer=C), Standing(THREE, C)]
    assert _who(seats, {C}, each=2) == {TWO: (Capacity.PROXY, B, C), THREE: (Capacity.HOLDER, C, None)}


def test_without_a_room_a_proxy_speaks_and_everybody_else_for_themselves() -> None:
    seats = [Standing(ONE, A, (D,), bearer=B), Standing(TWO, B, (E,)), Standing(THREE, None, (F,))]
    assert _who(seats, None) == {
        ONE: (Capacity.PROXY, A, B),
        TWO: (Capacity.HOLDER, B, None),
        THREE: (Capacity.ALTERNATE, F, None),
    }


def test_absent_holders_vote_from_afar_where_the_rule_does_not_ask_who_is_there() -> None:
    seats = [Standing(ONE, A, (C,)), Standing(TWO, B), Standing(THREE, None, (C, D))]
    found = acting(seats, {C}, proxies_each=1, from_afar=True)
    assert found == {
        ONE: Acting(C, Capacity.ALTERNATE, True),
        TWO: Acting(B, Capacity.HOLDER, False),
        THREE: Acting(D, Capacity.ALTERNATE, False),
    }


def test_a_proxy_is_not_presence() -> None:
    seats = [Standing(ONE, A, bearer=B), Standing(TWO, B)]
    assert {seat: one.present for seat, one in acting(seats, {B}, proxies_each=1).items()} == {ONE: False, TWO: True}
    assert acting(seats, {B}, proxies_each=1)[ONE].caster == B
