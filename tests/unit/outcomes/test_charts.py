"""Geometry of bars: literal numbers."""

from __future__ import annotations

from consult.outcomes.renderers.charts import ChartRow, Needle, Segment, columns, meter, rows
from consult.outcomes.tree import Bar, BarChart, ChartBar, Part, PartKind


def chart(*values: int) -> BarChart:
    return BarChart("t", "d", "h", "u", tuple(ChartBar(str(value), value) for value in values))


def test_a_bar_stands_on_the_base_of_its_rule() -> None:
    parts = (Part(PartKind.FOR, "yes", 508), Part(PartKind.AGAINST, "no", 40), Part(PartKind.REST, "rest", 17))
    drawn = meter(Bar(565, parts, "in words", 509))
    assert drawn.segments == (
        Segment(PartKind.FOR, "yes", 508, "0%", "89.91%", "89.91%"),
        Segment(PartKind.AGAINST, "no", 40, "89.91%", "96.99%", "7.08%"),
        Segment(PartKind.REST, "rest", 17, "96.99%", "100%", "3.01%"),
    )
    assert drawn.needle == Needle(509, "90.09%", "end")
    assert drawn.description == "in words"


def test_a_base_of_zero_is_an_empty_frame() -> None:
    assert meter(Bar(0, (Part(PartKind.FOR, "yes", 0),), "", 0)).segments == ()
    assert meter(Bar(0, (), "", 0)).needle is None


def test_the_label_of_the_needle_stays_inside() -> None:
    assert [
        needle and needle.anchor for needed in (0, 50, 100) for needle in (meter(Bar(100, (), "", needed)).needle,)
    ] == [
        "start",
        "middle",
        "end",
    ]
    assert meter(Bar(100, (), "", 101)).needle is None


def test_lying_bars() -> None:
    assert rows(chart(132, 33, 0)) == (
        ChartRow("132", 132, False, "100%"),
        ChartRow("33", 33, False, "25%"),
        ChartRow("0", 0, False, "0%"),
    )
    assert rows(chart(0))[0].width == "0%"
    assert rows(chart()) == ()


def test_standing_bars_and_no_more_than_six_labels() -> None:
    first, second = columns(chart(30, 120))
    assert (first.x, first.middle, first.width, first.y, first.height) == ("7.5%", "25%", "35%", "90", "30")
    assert (second.x, second.middle, second.width, second.y, second.height) == ("57.5%", "75%", "35%", "0", "120")
    assert [bar.labelled for bar in columns(chart(*range(1, 9)))] == [True, False] * 4
    assert columns(chart()) == ()
