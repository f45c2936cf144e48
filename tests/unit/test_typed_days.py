"""Days and moments that people type: bounds, digits of either kind, and the hours of a clock that goes forward and back."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

import consult
from consult.i18n import translate
from consult.typed_days import A_DAY, FIRST, LAST, SKIPPED, comes_twice, read_day, read_moment

PARIS = ZoneInfo("Europe/Paris")
HERE = Path(consult.__file__).parent
#: Who reads a day that a service has written, or a table that comes with the source: no one types into these.
WRITTEN_BY_US = {
    "demo/decisions.py": 1,
    "demo/sample_files.py": 2,
    "notifications/letters/many.py": 3,
    "recommendations/responses_together.py": 1,
    "testimony/giving.py": 1,
    "testimony/opened.py": 2,
    "testimony/queries.py": 1,
    "typed_days.py": 2,
    "web/account/provider.py": 1,
    "web/evaluate/figures.py": 1,
    "web/public/statistics.py": 1,
    "web/submissions.py": 1,
    "web/take_part/responding.py": 1,
}


@pytest.mark.parametrize("text", ["2026-09-01", "٢٠٢٦-٠٩-٠١", " ۲۰۲۶-۰۹-۰۱ ", "\u200f2026-09-01"])
def test_a_day_is_read_in_digits_of_either_kind(text: str) -> None:
    assert read_day(text) == (date(2026, 9, 1), None)
    assert read_moment(text, UTC) == (datetime(2026, 9, 1, tzinfo=UTC), None)


@pytest.mark.parametrize("text", ["9999-12-31", "0001-01-01", "1799-12-31", "2200-01-01", "0206-01-01"])
def test_what_lies_outside_of_the_bounds_is_refused(text: str) -> None:
    said = "Give a day from 1800-01-01 to 2199-12-31."
    assert [str(read_day(text)[1]), str(read_moment(f"{text}T23:59-12:00", UTC)[1])] == [said, said]


def test_the_bounds_themselves_are_in() -> None:
    for day in (FIRST, LAST):
        assert read_day(day.isoformat()) == (day, None)
    assert read_day("soon") == read_moment("soon", UTC) == (None, A_DAY)


def test_an_hour_that_the_clock_leaves_out_is_refused_and_of_two_the_first_is_meant() -> None:
    assert read_moment("2027-03-28 02:30", PARIS) == (None, SKIPPED)
    assert read_moment("2027-03-28 03:00", PARIS) == (datetime(2027, 3, 28, 1, tzinfo=UTC), None)
    moment, _ = read_moment("2026-10-25 02:30", PARIS)
    assert moment is not None
    assert moment.astimezone(UTC) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert [comes_twice(one) for one in (moment, moment.replace(day=24), datetime.now(UTC))] == [True, False, False]


def test_nobody_else_reads_a_day() -> None:
    found = {
        file.relative_to(HERE).as_posix(): count
        for file in HERE.rglob("*.py")
        if (count := len(re.findall(r"fromisoformat|strptime", file.read_text("utf-8"))))
    }
    assert found == WRITTEN_BY_US
    dates = [file for file in HERE.rglob("*.py") if re.search(r"""type["']: ["']date["']""", file.read_text("utf-8"))]
    assert [file.name for file in dates] == ["forms.py"]


def test_a_day_among_arabic_words_keeps_its_order() -> None:
    """Without the signs around it, it is drawn as 01-01-1800: digits after Arabic letters do not hold together."""
    _, wrong = read_day("1799-12-31")
    assert wrong is not None
    assert translate(wrong, "ar") == "اكتب يومًا من \u20661800-01-01\u2069 إلى \u20662199-12-31\u2069."
    assert translate(wrong, "en") == "Give a day from 1800-01-01 to 2199-12-31."
