"""Three texts word by word: nothing that only one side changed is lost, and what both changed is a conflict."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from consult.outcomes.merge import Side, merge

BASE = "The southern municipalities agreed on a register; two had reservations about its cost."

_TEXTS = st.lists(
    st.sampled_from(["one", "two", "three", "بلدية", " ", "\n\n", ".", "{{ballot:1}}", "**"]), max_size=14
).map("".join)


def test_what_only_the_source_changed_is_taken() -> None:
    """The design's own example: the number moved in the minutes, the organiser had added a sentence."""
    mine = BASE + " The debate was long."
    theirs = BASE.replace("two", "three")
    merged = merge(BASE, mine, theirs)
    assert merged.text == BASE.replace("two", "three") + " The debate was long."
    assert merged.conflicts == ()


def test_what_both_changed_is_a_conflict_and_keeps_my_words() -> None:
    """Neither side is preferred silently: the conflict holds all three."""
    merged = merge(BASE, BASE.replace("two", "some"), BASE.replace("two", "three"))
    assert merged.text == BASE.replace("two", "some")
    assert [(c.base, c.mine, c.theirs) for c in merged.conflicts] == [("two", "some", "three")]


def test_the_same_change_on_both_sides_is_no_conflict() -> None:
    """Both corrected the same word."""
    both = BASE.replace("two", "three")
    merged = merge(BASE, both, both)
    assert (merged.text, merged.conflicts) == (both, ())


def test_figures_are_whole_words() -> None:
    """A figure that follows the record is never torn apart."""
    merged = merge("adopted by {{ballot:1}}.", "adopted with {{ballot:1}}.", "adopted by {{ballot:12}}.")
    assert merged.text == "adopted with {{ballot:12}}."


@given(base=_TEXTS, mine=_TEXTS)
def test_a_source_that_did_not_move_changes_nothing(base: str, mine: str) -> None:
    """Mine against an unmoved source is mine."""
    merged = merge(base, mine, base)
    assert (merged.text, merged.conflicts) == (mine, ())


@given(base=_TEXTS, theirs=_TEXTS)
def test_an_unedited_text_becomes_the_source(base: str, theirs: str) -> None:
    """Nothing of mine stands in the way."""
    merged = merge(base, base, theirs)
    assert (merged.text, merged.conflicts) == (theirs, ())


@given(base=_TEXTS, mine=_TEXTS, theirs=_TEXTS)
def test_every_stretch_accounts_for_all_three_texts(base: str, mine: str, theirs: str) -> None:
    """Joined, the stretches are the three texts; and each is labelled with who changed it."""
    merged = merge(base, mine, theirs)
    assert "".join(s.base for s in merged.stretches) == base
    assert "".join(s.mine for s in merged.stretches) == mine
    assert "".join(s.theirs for s in merged.stretches) == theirs
    for stretch in merged.stretches:
        if stretch.side is Side.NONE:
            assert stretch.base == stretch.mine == stretch.theirs
        elif stretch.side is Side.THEIRS:
            assert stretch.mine == stretch.base != stretch.theirs
        elif stretch.side is Side.MINE:
            assert stretch.theirs in (stretch.base, stretch.mine)


def test_a_very_long_text_is_compared_by_line() -> None:
    """The comparison stays fast; a changed line is taken whole."""
    base = "\n".join(f"line {n}" for n in range(15_000))
    merged = merge(base, base.replace("line 7\n", "my line 7\n"), base.replace("line 9\n", "their line 9\n"))
    assert "my line 7\n" in merged.text
    assert "their line 9\n" in merged.text
