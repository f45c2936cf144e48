"""The life of a region without the database: what may be done when, and that no act but an explicit one changes a text."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consult.errors import Conflict
from consult.outcomes import regions
from consult.outcomes.regions import RegionWords
from consult.outcomes.states import TRANSITIONS, RegionMode, RegionState

EDITED = RegionWords(RegionMode.EDITED, "mine", "generated")


def test_an_edit_remembers_what_it_came_from() -> None:
    """The first edit takes the generated text as its base; later ones keep it."""
    first = regions.edited(RegionWords(), "mine", "generated")
    assert first == EDITED
    assert regions.edited(first, "mine again", "generated anew") == RegionWords(
        RegionMode.EDITED, "mine again", "generated"
    )


def test_an_edit_that_says_what_is_generated_is_none() -> None:
    """The region follows the record again."""
    assert regions.edited(EDITED, "generated", "generated") == RegionWords()


def test_a_moved_source_makes_an_edited_region_stale() -> None:
    """And only an edited one."""
    assert EDITED.state("generated") is RegionState.EDITED
    assert EDITED.state("moved") is RegionState.STALE
    assert RegionWords().state("moved") is RegionState.AUTO
    assert regions.locked(EDITED, "generated").state("moved") is RegionState.LOCKED
    assert regions.hidden(EDITED).state("moved") is RegionState.HIDDEN


def test_keep_take_and_merge_answer_a_stale_region() -> None:
    """Each leaves nothing stale."""
    assert regions.kept(EDITED, "moved") == RegionWords(RegionMode.EDITED, "mine", "moved")
    assert regions.merged(EDITED, "mine, moved", "moved") == RegionWords(RegionMode.EDITED, "mine, moved", "moved")
    assert regions.merged(EDITED, "moved", "moved") == RegionWords()
    assert regions.taken(EDITED) == RegionWords()


def test_nothing_is_decided_while_the_source_stands() -> None:
    """Keep and merge are for a source that moved."""
    with pytest.raises(Conflict):
        regions.kept(EDITED, "generated")
    with pytest.raises(Conflict):
        regions.merged(EDITED, "x", "generated")
    with pytest.raises(Conflict):
        regions.taken(RegionWords())


def test_a_lock_holds_the_text_whatever_is_generated() -> None:
    """An automatic text that was locked stays; unlocked, it is automatic only if that changes nothing."""
    locked = regions.locked(RegionWords(), "generated")
    assert locked.shown("moved") == "generated"
    assert regions.unlocked(locked, "generated") == RegionWords()
    assert regions.unlocked(locked, "moved").state("moved") is RegionState.STALE
    for act in (
        lambda: regions.edited(locked, "x", "moved"),
        lambda: regions.hidden(locked),
        lambda: regions.taken(locked),
        lambda: regions.locked(locked, "x"),
    ):
        with pytest.raises(Conflict):
            act()


def test_a_hidden_region_keeps_its_text() -> None:
    """Nothing is printed of it, and it comes back as it was."""
    hidden = regions.hidden(EDITED)
    assert hidden.shown("generated") is None
    assert regions.shown(hidden) == EDITED
    assert regions.shown(regions.hidden(RegionWords())) == RegionWords()
    with pytest.raises(Conflict):
        regions.edited(hidden, "x", "generated")
    with pytest.raises(Conflict):
        regions.locked(hidden, "generated")
    with pytest.raises(Conflict):
        regions.shown(EDITED)


def test_every_mode_has_its_transitions() -> None:
    """As data: a hidden or locked one returns to what it was, an automatic one goes anywhere."""
    assert {mode: set(after) for mode, after in TRANSITIONS.items()} == {
        RegionMode.AUTO: {RegionMode.EDITED, RegionMode.LOCKED, RegionMode.HIDDEN},
        RegionMode.EDITED: {RegionMode.EDITED, RegionMode.AUTO, RegionMode.LOCKED, RegionMode.HIDDEN},
        RegionMode.LOCKED: {RegionMode.EDITED, RegionMode.AUTO},
        RegionMode.HIDDEN: {RegionMode.EDITED, RegionMode.AUTO},
    }


@dataclass
class _Desk:
    """A region, what is generated now, and the last text an organiser decided on (None: the generated one)."""

    words: RegionWords = field(default_factory=RegionWords)
    generated: str = "g0"
    mine: str | None = None


_TEXT = st.text(alphabet="abج ", min_size=1, max_size=6)
_ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("edit"), _TEXT),
        st.tuples(st.just("merge"), _TEXT),
        st.tuples(st.just("move"), _TEXT),
        st.tuples(st.sampled_from(["keep", "take", "lock", "unlock", "hide", "show"]), st.just("")),
    ),
    max_size=30,
)


def _do(desk: _Desk, act: str, text: str) -> None:
    before, g = desk.words, desk.generated
    match act:
        case "move":
            desk.generated = text
        case "edit":
            desk.words, desk.mine = regions.edited(before, text, g), text
        case "merge":
            desk.words, desk.mine = regions.merged(before, text, g), text
        case "take":
            desk.words, desk.mine = regions.taken(before), None
        case "keep":
            desk.words = regions.kept(before, g)
        case "lock":
            desk.mine = g if before.mode is RegionMode.AUTO else desk.mine
            desk.words = regions.locked(before, g)
        case "unlock":
            desk.words = regions.unlocked(before, g)
        case "hide":
            desk.words = regions.hidden(before)
        case _:
            desk.words = regions.shown(before)


@given(_ACTS)
def test_no_edited_character_is_ever_lost(acts: list[tuple[str, str]]) -> None:
    """Whatever moves, is locked, hidden, shown: what stands there is the last text somebody decided on, letter by letter.

    A refused act changes nothing. A text that says exactly what is generated follows the record from there on.
    """
    desk = _Desk()
    for act, text in acts:
        mine_before = desk.mine
        try:
            _do(desk, act, text)
        except Conflict:
            desk.mine = mine_before
            continue
        if desk.words.mode is RegionMode.AUTO:
            assert desk.mine in (None, desk.generated)
            desk.mine = None
        elif desk.words.mode is RegionMode.HIDDEN:
            assert desk.words.text == (desk.mine or "")
        else:
            assert desk.words.shown(desk.generated) == desk.mine
