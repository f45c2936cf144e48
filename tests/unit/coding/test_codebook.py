"""The codebook: started once, kept as a tree, and nothing that was coded is ever lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from consult.coding.codebook import DEEPEST, NAME_LIMIT
from consult.coding.models import Code
from consult.coding.queries import CodeLine, codebook, uses_of_codes
from consult.coding.services import CodeDraft, ThemeDraft, merge_code, move_code, retire_code, save_code, save_theme
from consult.coding.services import start_codebook as start
from consult.coding.states import TextState
from consult.db import new_id
from consult.errors import Conflict, Forbidden, NotFound, Rejected
from consult.i18n import Localized
from consult.testing.acts import recorded, said
from consult.testing.coding import FIRST, SECOND, Room
from consult.testing.world import World


def lines(world: World) -> dict[int, CodeLine]:
    return {line.number: line for line in codebook(world.consultation_id)}


def save(world: World, draft: CodeDraft, number: int | None = None) -> Code:
    return save_code(draft, consultation=world.consultation, actor=world.actor("organiser"), number=number)


def named(name: str, **more: Any) -> CodeDraft:
    return CodeDraft(Localized(en=name), **more)


def test_a_scheme_starts_it_once_below_its_head(world: World) -> None:
    here, organiser = world.consultation, world.actor("organiser")
    assert start("gcm", consultation=here, actor=organiser) == 23
    assert start("gcm", consultation=here, actor=organiser) == 0
    assert start("jvap", consultation=here, actor=organiser) == 5
    found = lines(world)
    assert (found[1].key, found[1].level, found[2].key, found[2].level, found[2].parent) == ("gcm", 0, "gcm:1", 1, 1)
    assert found[1].names["ar"] != found[1].names["en"] != found[1].names["fr"]
    assert found[2].memos["en"].startswith("Collect and utilize accurate")
    assert [(e.facts["scheme"], e.facts["codes"]) for e in recorded("CodebookStarted")] == [("gcm", 23), ("jvap", 5)]
    with pytest.raises(Rejected):
        start("none", consultation=here, actor=organiser)
    with pytest.raises(Forbidden):
        start("gcm", consultation=here, actor=world.actor("moderator"))


def test_codes_are_added_changed_and_moved_by_one_place(world: World) -> None:
    theme = save_theme(ThemeDraft(Localized(en="T")), consultation=world.consultation, actor=world.actor("organiser"))
    one = save(
        world, named("One", memos=Localized(ar="ما يشمله"), examples=Localized(fr="Par exemple"), theme=theme.id)
    )
    two, three = save(world, named("Two")), save(world, named("Three", parent=one.id))
    assert [(c.number, c.level) for c in codebook(world.consultation_id)] == [(1, 0), (3, 1), (2, 0)]
    assert (one.key, one.theme_id, lines(world)[1].known.text) == ("c1", theme.id, "One\nما يشمله\nPar exemple")
    move = {"consultation": world.consultation, "actor": world.actor("organiser")}
    move_code(two.number, "up", **move)
    move_code(two.number, "up", **move)
    assert [c.number for c in codebook(world.consultation_id)] == [2, 1, 3]
    save(world, named("Zwei", parent=three.id), two.number)
    assert [(c.number, c.names["en"], c.level) for c in codebook(world.consultation_id)] == [
        (1, "One", 0),
        (3, "Three", 1),
        (2, "Zwei", 2),
    ]
    assert len(recorded("CodeSaved")) == 5


WRONG: list[tuple[str, Callable[[World], CodeDraft]]] = [
    ("names", lambda _: CodeDraft(Localized())),
    ("names_ar", lambda _: CodeDraft(Localized(ar="ا" * (NAME_LIMIT + 1)))),
    ("parent", lambda _: named("x", parent=new_id())),
    ("theme", lambda _: named("x", theme=new_id())),
]


@pytest.mark.parametrize(("field", "draft"), WRONG)
def test_what_is_wrong_is_said_at_its_field(world: World, field: str, draft: Callable[[World], CodeDraft]) -> None:
    with pytest.raises(Rejected) as refused:
        save(world, draft(world))
    assert [where for where, _ in said(refused.value)] == [field]


def test_the_tree_has_no_ring_and_few_levels(world: World) -> None:
    codes = [save(world, named("0"))]
    for level in range(1, DEEPEST):
        codes.append(save(world, named(str(level), parent=codes[-1].id)))
    for draft, number in ((named("x", parent=codes[-1].id), None), (named("0", parent=codes[-1].id), codes[0].number)):
        with pytest.raises(Rejected) as refused:
            save(world, draft, number)
        assert [where for where, _ in said(refused.value)] == ["parent"]


def test_a_merged_code_counts_in_another_and_what_was_coded_stays(room: Room) -> None:
    world = room.world
    for key in (FIRST, SECOND):
        room.code(key, "TT-2026-00001", {1: "2 5", 2: "3"})
    here, organiser = world.consultation, world.actor("organiser")
    uses = uses_of_codes(here.id)
    assert [uses.get(lines(world)[n].id, 0) for n in (2, 3, 5)] == [1, 1, 1]
    merge_code(3, 2, consultation=here, actor=organiser)
    merge_code(2, 5, consultation=here, actor=organiser)
    found, uses = lines(world), uses_of_codes(here.id)
    assert (found[3].into, found[2].into, uses) == (5, 5, {found[5].id: 2})
    assert [(e.facts["number"], e.facts["into"]) for e in recorded("CodeMerged")] == [(3, 2), (2, 5)]
    for number, into in ((2, 5), (5, 5), (5, 2), (5, 99)):
        with pytest.raises((Rejected, Conflict)):
            merge_code(number, into, consultation=here, actor=organiser)
    with pytest.raises(NotFound):
        merge_code(99, 5, consultation=here, actor=organiser)
    with pytest.raises(Conflict):
        save(world, named("x"), 2)


def test_a_retired_code_is_given_no_more_but_stays_where_it_was_given(room: Room) -> None:
    world, number = room.world, "TT-2026-00001"
    room.save(FIRST, number, {1: "4"})
    retire_code(4, consultation=world.consultation, actor=world.actor("organiser"))
    assert (lines(world)[4].retired, len(recorded("CodeRetired"))) == (True, 1)
    room.save(FIRST, number, {1: "4+"})
    with pytest.raises(Rejected) as refused:
        room.save(FIRST, number, {1: "4", 2: "4"})
    assert said(refused.value) == [("codes_2", "There is no code 4 in the codebook.")]
    assert room.code(SECOND, number, {}) == TextState.OPEN
    retire_code(1, consultation=world.consultation, actor=world.actor("organiser"))
    assert {line.level for line in codebook(world.consultation_id)} == {0}


def test_a_code_whose_heir_was_retired_is_given_no_more_either(room: Room) -> None:
    """Its number leads to the code it was merged into: that one is asked for, not the one that was typed."""
    world, number = room.world, "TT-2026-00001"
    here, organiser = world.consultation, world.actor("organiser")
    room.save(FIRST, number, {1: "3"})
    merge_code(3, 4, consultation=here, actor=organiser)
    retire_code(4, consultation=here, actor=organiser)
    room.save(FIRST, number, {1: "3+"})
    with pytest.raises(Rejected) as refused:
        room.save(FIRST, number, {1: "3", 2: "3"})
    assert said(refused.value) == [("codes_2", "There is no code 3 in the codebook.")]
