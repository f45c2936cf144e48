"""The board: counted from what is settled, told apart by track, region and language; themes found by a person."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from consult.coding.board_queries import QuoteFilter, Side, board, counts_of_codes, quotes_page
from consult.coding.models import Theme
from consult.coding.queries import codebook, themes_of
from consult.coding.services import ThemeDraft, ThemeFinding, decide_theme, merge_code, save_theme
from consult.coding.states import Stance
from consult.db import session
from consult.errors import Forbidden, NotFound, Rejected
from consult.i18n import Localized
from consult.submissions.models import Submission
from consult.testing.acts import recorded, said, withdraw
from consult.testing.coding import FIRST, SECOND, Room, add_theme

ONE, TWO, THREE = (f"TT-2026-0000{number}" for number in (1, 2, 3))
Counting = Callable[[], AbstractContextManager[list[str]]]


def settle(room: Room) -> None:
    """Both coders: Ghat for 2, the professor against 2 and for 3, the withheld organisation 2 without a stance."""
    for key in (FIRST, SECOND):
        room.code(key, ONE, {1: "2+", 2: "2+:1"})
        room.code(key, TWO, {1: "2-", 2: "3+"})
        room.code(key, THREE, {1: "2"})


def test_texts_and_passages_are_counted_once_whatever_their_codes(room: Room) -> None:
    settle(room)
    here = room.world.consultation_id
    theme = add_theme(room.world, 2, 3)
    counts = board(here)[theme]
    assert (counts.texts, counts.passages, counts.marked) == (3, 5, 4)
    assert counts.stances == {Stance.FOR: 3, Stance.AGAINST: 1, Stance.UNCLEAR: 0}
    assert counts.sides == {
        Side.TRACK: {"municipal": 1, "academic": 1, "cso": 1},
        Side.REGION: {"south": 1, "west": 1, "": 1},
        Side.LANGUAGE: {"ar": 1, "en": 1, "fr": 1},
    }
    numbers = {line.id: line.number for line in codebook(here)}
    assert {numbers[code]: of.texts for code, of in counts_of_codes(here).items()} == {2: 3, 3: 1}


def test_what_is_open_differs_or_is_gone_does_not_count(room: Room) -> None:
    here = room.world.consultation_id
    room.code(FIRST, ONE, {1: "2"})
    room.code(FIRST, TWO, {1: "2"})
    room.code(SECOND, TWO, {1: "3"})
    assert board(here) == {}
    room.code(SECOND, ONE, {1: "2"})
    assert board(here)[None].texts == 1
    withdraw(room.world, "ghat", session.query(Submission).filter_by(number=ONE).one())
    assert board(here) == {}


def test_a_merged_code_counts_in_the_theme_of_the_other(room: Room) -> None:
    settle(room)
    world = room.world
    theme = add_theme(world, 3)
    assert board(world.consultation_id)[theme].texts == 1
    merge_code(2, 3, consultation=world.consultation, actor=world.actor("organiser"))
    assert board(world.consultation_id)[theme].passages == 5


def test_quotes_are_passages_with_what_was_marked_and_can_be_narrowed(room: Room) -> None:
    settle(room)
    here, theme = room.world.consultation_id, add_theme(room.world, 2, 3)
    rows = quotes_page(here, theme, QuoteFilter()).rows
    assert [row.key for row in rows] == [f"{ONE}.1.1", f"{ONE}.1.2", f"{TWO}.1.1", f"{TWO}.1.2", f"{THREE}.1.1"]
    assert [(row.codes, row.stance) for row in rows] == [
        ([2], "for"),
        ([2], "for"),
        ([2], "against"),
        ([3], "for"),
        ([2], ""),
    ]
    assert rows[1].text[rows[1].begins : rows[1].ends].startswith("ولا تعرف")
    for wanted, keys in (
        (QuoteFilter(code=3), [f"{TWO}.1.2"]),
        (QuoteFilter(stance="against"), [f"{TWO}.1.1"]),
        (QuoteFilter(track="cso"), [f"{THREE}.1.1"]),
        (QuoteFilter(region="south", language="ar"), [f"{ONE}.1.1", f"{ONE}.1.2"]),
        (QuoteFilter(code=99), []),
    ):
        assert [row.key for row in quotes_page(here, theme, wanted).rows] == keys
    assert [row.key for row in quotes_page(here, theme, QuoteFilter(), after=f"{TWO}.1").rows] == [
        f"{TWO}.1.2",
        f"{THREE}.1.1",
    ]
    assert quotes_page(here, None, QuoteFilter()).rows == []


def test_the_board_costs_the_same_for_any_number_of_texts(room: Room, count_queries: Counting) -> None:
    room.code(FIRST, ONE, {1: "2"})
    room.code(SECOND, ONE, {1: "2"})
    here = room.world.consultation_id
    with count_queries() as few:
        board(here)
    for key in (FIRST, SECOND):
        room.code(key, TWO, {1: "2 3"})
        room.code(key, THREE, {1: "4"})
    with count_queries() as many:
        board(here)
    assert len(few) == len(many) == 4


def test_a_theme_takes_its_codes_from_others_and_is_found_by_a_person(room: Room) -> None:
    world = room.world
    here, organiser = world.consultation, world.actor("organiser")
    first, second = add_theme(world, 2, 3), add_theme(world, 3, 4)
    assert {line.number: line.theme for line in codebook(here.id) if line.theme} == {2: first, 3: second, 4: second}
    save_theme(ThemeDraft(Localized(fr="Compter"), frozenset({2})), consultation=here, actor=organiser, number=2)
    assert {line.number: line.theme for line in codebook(here.id) if line.theme} == {2: second}
    decide_theme(ThemeFinding("contested", " لا اتفاق. ", "ar"), number=2, consultation=here, actor=organiser)
    row = session.get_one(Theme, second)
    assert (row.state, row.note, row.language, row.decided_by) == ("contested", "لا اتفاق.", "ar", organiser.person)
    assert [theme.number for theme in themes_of(here.id)] == [1, 2]
    assert [e.facts["state"] for e in recorded("ThemeDecided")] == ["contested"]
    assert len(recorded("ThemeSaved")) == 3
    for finding, fields in (
        (ThemeFinding("perhaps"), ["state"]),
        (ThemeFinding("agreed"), ["note"]),
        (ThemeFinding("agreed", "x" * 2001, "!"), ["note", "language"]),
    ):
        with pytest.raises(Rejected) as refused:
            decide_theme(finding, number=1, consultation=here, actor=organiser)
        assert [where for where, _ in said(refused.value)] == fields
    for draft, field in (
        (ThemeDraft(Localized()), "names"),
        (ThemeDraft(Localized(en="x" * 121)), "names_en"),
        (ThemeDraft(Localized(en="x"), frozenset({99})), "codes"),
    ):
        with pytest.raises(Rejected) as refused:
            save_theme(draft, consultation=here, actor=organiser)
        assert [where for where, _ in said(refused.value)] == [field]
    with pytest.raises(NotFound):
        decide_theme(ThemeFinding("open"), number=9, consultation=here, actor=organiser)
    with pytest.raises(Forbidden):
        save_theme(ThemeDraft(Localized(en="x")), consultation=here, actor=world.actor("moderator"))
