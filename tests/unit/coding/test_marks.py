"""Marks as coders write them, sentences, differences: pure."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consult.coding.marks import Mark, WrittenMark, differences, place_mark, read_line, sentences, together, write_line
from consult.db import new_id

TEXT = "تمر بغات أقدم طرق القوافل. ولا تعرف البلدية عددهم؟ Enough!\nA last line"


def test_codes_stances_and_sentences_are_read_in_any_spelling() -> None:
    assert read_line("3, 15+ ٨-:٢-٣ ؛ 9؟:1،12:4+") == (
        [
            WrittenMark(3),
            WrittenMark(15, "for"),
            WrittenMark(8, "against", 2, 3),
            WrittenMark(9, "unclear", 1, 1),
            WrittenMark(12, "for", 4, 4),
        ],
        None,
    )
    assert read_line(" ") == ([], None)
    assert read_line("4 4-") == ([WrittenMark(4, "against")], None)


@pytest.mark.parametrize("line", ["x", "3:", "3+-", "1:-2", "3+:1-2+", "1" * 301])
def test_what_is_no_code_is_said(line: str) -> None:
    marks, problem = read_line(line)
    assert marks == []
    assert problem is not None


def test_a_passage_has_its_sentences_in_both_directions_of_writing() -> None:
    assert [TEXT[one.begins : one.ends] for one in sentences(TEXT)] == [
        "تمر بغات أقدم طرق القوافل.",
        "ولا تعرف البلدية عددهم؟",
        "Enough!",
        "A last line",
    ]
    assert [TEXT[m.begins : m.ends] for m in [place_mark(WrittenMark(1, "", 2, 3), new_id(), TEXT)] if m] == [
        "ولا تعرف البلدية عددهم؟ Enough!"
    ]
    assert place_mark(WrittenMark(1, "", 4, 5), new_id(), TEXT) is None
    assert place_mark(WrittenMark(1, "", 3, 2), new_id(), TEXT) is None


@given(st.text(max_size=200))
def test_sentences_cover_everything_that_is_written(text: str) -> None:
    parts = sentences(text)
    covered = "".join(text[one.begins : one.ends] for one in parts)
    assert "".join(covered.split()) == "".join(text.split())
    assert all(one.begins < one.ends for one in parts)


@given(st.lists(st.tuples(st.integers(1, 40), st.sampled_from(["", "for", "against"]), st.integers(0, 4)), max_size=9))
def test_what_is_written_reads_back_to_the_same(marks: list[tuple[int, str, int]]) -> None:
    codes = {number: new_id() for number, *_ in marks}
    placed = {
        number: place_mark(WrittenMark(number, stance, first, first), codes[number], TEXT)
        for number, stance, first in marks
    }
    line = write_line([m for m in placed.values() if m], {identity: n for n, identity in codes.items()}, TEXT)
    again = {one.number: place_mark(one, codes[one.number], TEXT) for one in read_line(line)[0]}
    assert again == placed


def test_coders_differ_on_codes_and_stances_and_not_on_extent() -> None:
    passage, one, two, three = (new_id() for _ in range(4))
    first = {passage: {one: Mark(one, 0, 9), two: Mark(two, 0, 9, "for")}}
    second = {passage: {one: Mark(one, 2, 5), two: Mark(two, 0, 9, "against"), three: Mark(three, 0, 9)}}
    assert list(differences([first, second])) == [(passage, two), (passage, three)]
    assert list(differences([first])) == []
    assert together([Mark(one, 2, 5, "for"), Mark(one, 0, 4, "for")]) == Mark(one, 0, 5, "for")
    assert together([Mark(one, 2, 5, "for"), Mark(one, 0, 4)]) == Mark(one, 0, 5, "unclear")
