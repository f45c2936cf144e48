"""Changes of a text: made to what was kept, checked as a whole, counted in characters of any script."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from consult.submissions.drafting.splices import LONGEST, OtherText, Splice, check_of, plain, spliced, with_splices

TEMPLATES = Path(__file__).parents[3] / "templates"
TEXTS = some.text(some.characters(exclude_categories=["Cs", "Cc"]), max_size=40)


@given(TEXTS, TEXTS, TEXTS, TEXTS)
def test_a_change_gives_the_new_text_whatever_the_script(head: str, before: str, after: str, tail: str) -> None:
    whole = head + after + tail
    change = Splice(len(head), len(before), after, check_of(whole))
    assert spliced(head + before + tail, change) == whole


@pytest.mark.parametrize(
    "change",
    [
        Splice(3, 0, "x", check_of("xغات")),  # at another place than the page meant
        Splice(0, 3, "سبها", check_of("سبها") ^ 1),
        Splice(0, 0, "a" * LONGEST, check_of("a" * LONGEST + "غات")),
    ],
    ids=["place", "check", "too long"],
)
def test_what_does_not_fit_is_refused(change: Splice) -> None:
    with pytest.raises(OtherText):
        spliced("غات", change)


def test_what_no_database_keeps_is_left_out() -> None:
    assert spliced("غات", Splice(0, 0, "\ud83d", check_of("غات"))) == "غات", "half a sign"


def test_a_text_as_the_page_shows_it_may_be_changed_too() -> None:
    kept = "غات \n\n"  # shown without its end
    assert spliced(kept, Splice(3, 0, "!", check_of("غات!"))) == "غات!"
    assert spliced(None, Splice(0, 0, "a\x00\r\nb", check_of("a\nb"))) == plain("a\nb")


def test_answers_to_questions_are_changed_beside_the_others() -> None:
    kept = {"text": "x", "track": {"q1": "ab", "q2": 3}}
    change = Splice(1, 1, "c", check_of("ac"))
    assert with_splices(kept, {"track": {"q1": change}}) == {"track": {"q1": "ac"}}


def test_a_testimony_is_never_kept_on_a_device_nor_saved_by_itself() -> None:
    pages = "".join(path.read_text("utf-8") for path in (TEMPLATES / "testimony").glob("*.html"))
    assert [word for word in ("autosave", "draft.js", "keep=", "draft_line", "upload.js") if word in pages] == []
