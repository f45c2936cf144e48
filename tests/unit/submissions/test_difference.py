"""The difference by word: what is struck out, what is new, what counts as the same."""

from __future__ import annotations

import time

from hypothesis import given
from hypothesis import strategies as st

from consult.folding import fold
from consult.submissions.difference import PassageChange, difference, passage_changes


def test_one_word_replaced() -> None:
    assert difference("A broker takes two thirds.", "A broker takes one third.") == [
        ("plain", "A broker takes "),
        ("del", "two thirds. "),
        ("ins", "one third."),
    ]


def test_arabic_word_for_word() -> None:
    assert difference("نقترح سجلا بلديا مشتركا.", "نقترح سجلا مشتركا للمدن.") == [
        ("plain", "نقترح سجلا "),
        ("del", "بلديا مشتركا. "),
        ("ins", "مشتركا للمدن."),
    ]


def test_tashkeel_case_and_alef_are_no_change_and_the_later_spelling_is_shown() -> None:
    assert difference("إدارة الهجرة Data", "اداره الهِجرة data") == [("plain", "اداره الهِجرة data")]


def test_punctuation_is_a_change() -> None:
    assert difference("نعم, ثم", "نعم، ثم") == [("del", "نعم, "), ("ins", "نعم، "), ("plain", "ثم")]


def test_what_was_struck_out_at_the_end_keeps_its_distance() -> None:
    assert difference("1 1", "1") == [("plain", "1"), ("del", " 1")]


def test_from_nothing_and_to_nothing() -> None:
    assert difference("", "new text") == [("ins", "new text")]
    assert difference("old text", "") == [("del", "old text")]
    assert difference("", "") == []


@given(st.text(alphabet="اأبت ab.,\n_1٢", max_size=60), st.text(alphabet="اأبت ab.,\n_1٢", max_size=60))
def test_no_character_of_either_text_is_lost(before: str, after: str) -> None:
    parts = difference(before, after)
    assert "".join(text for op, text in parts if op != "del") == after
    assert fold("".join(text for op, text in parts if op != "ins")) == fold(before)


def test_passages_are_set_against_each_other() -> None:
    before = [("text", "One."), ("text", "Two names a person."), ("text", "Three."), ("proposal", "Do it.")]
    after = [("text", "One."), ("text", "Two names a broker."), ("proposal", "Do it."), ("proposal", "And this.")]
    assert passage_changes(before, after) == [
        PassageChange(1, "text", (("plain", "One."),)),
        PassageChange(2, "text", (("plain", "Two names a "), ("del", "person. "), ("ins", "broker."))),
        PassageChange(None, "text", (("del", "Three."),)),
        PassageChange(3, "proposal", (("plain", "Do it."),)),
        PassageChange(4, "proposal", (("ins", "And this."),)),
    ]
    assert [change.changed for change in passage_changes(before, after)] == [False, True, True, False, True]


def test_a_long_text_costs_as_much_as_it_is_long() -> None:
    """Four times the words take about four times as long; comparing each with each would take sixteen times."""
    assert _cost(16000) < 9 * max(_cost(4000), 0.02)


def _cost(count: int) -> float:
    """Return the least of three times, in seconds of CPU, to compare so many words with themselves but for one."""
    words = [f"w{i % 97}" for i in range(count)]
    changed = " ".join([*words[: count // 2], "changed", *words[count // 2 + 1 :]])
    taken = []
    for _ in range(3):
        begun = time.process_time()
        parts = difference(" ".join(words), changed)
        taken.append(time.process_time() - begun)
        assert sum(len(text) for op, text in parts if op == "ins") >= len("changed")
    return min(taken)
