"""Geometry of the result bar and of bar charts: numbers only; templates draw them.

Everything runs from the left: an SVG root is `direction="ltr"` with explicit anchors, because it would inherit the page's
direction and flip `text-anchor`; in a page from the right the style sheet mirrors the picture and turns its words back.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from consult.outcomes.tree import Bar, BarChart, PartKind

COLUMN_HEIGHT = 120  # pixels of the tallest column
COLUMN_LABELS = 6  # at most so many labels under the columns, or they run into each other on a phone
EDGE = 14  # per cent from an edge within which a label is anchored to that edge


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a result bar: where it begins and ends and how wide it is, in per cent of the bar, as SVG lengths."""

    kind: PartKind
    label: str
    count: int
    x: str
    end: str
    width: str


@dataclass(frozen=True, slots=True)
class Needle:
    """Where the needed count stands on the bar, and how its label is anchored so that it stays inside."""

    count: int
    x: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Meter:
    """A result bar on the base of its rule."""

    segments: tuple[Segment, ...]
    needle: Needle | None
    description: str


@dataclass(frozen=True, slots=True)
class ChartRow:
    """A lying bar and how wide it is, the widest being the whole width."""

    label: str
    value: int
    now: bool
    width: str


@dataclass(frozen=True, slots=True)
class ChartColumn:
    """A standing bar: its left edge, middle and width in per cent, its top and height in pixels; `labelled` or not."""

    label: str
    value: int
    now: bool
    x: str
    middle: str
    width: str
    y: str
    height: str
    labelled: bool


def meter(bar: Bar) -> Meter:
    """Return the geometry of a result bar; a base of zero gives an empty frame."""
    at = Fraction(0)
    segments = []
    for part in bar.parts:
        width = _share(part.count, bar.base)
        if width:
            segments.append(
                Segment(part.kind, part.label, part.count, _percent(at), _percent(at + width), _percent(width))
            )
        at += width
    return Meter(tuple(segments), _needle(bar), bar.description)


def _needle(bar: Bar) -> Needle | None:
    if bar.needed is None or not 0 <= bar.needed <= bar.base or not bar.base:
        return None
    at = _share(bar.needed, bar.base)
    return Needle(bar.needed, _percent(at), _anchor(at * 100))


def rows(chart: BarChart) -> tuple[ChartRow, ...]:
    """Return lying bars, the longest as wide as the chart."""
    most = max((bar.value for bar in chart.bars), default=0)
    return tuple(ChartRow(bar.label, bar.value, bar.now, _percent(_share(bar.value, most))) for bar in chart.bars)


def columns(chart: BarChart) -> tuple[ChartColumn, ...]:
    """Return standing bars, the highest `COLUMN_HEIGHT` pixels."""
    most = max((bar.value for bar in chart.bars), default=0)
    number = len(chart.bars)
    step = -(-number // COLUMN_LABELS) if number else 1
    found = []
    for index, bar in enumerate(chart.bars):
        height = _share(bar.value, most) * COLUMN_HEIGHT
        found.append(
            ChartColumn(
                label=bar.label,
                value=bar.value,
                now=bar.now,
                x=_percent((index + Fraction(3, 20)) / number),
                middle=_percent((index + Fraction(1, 2)) / number),
                width=_percent(Fraction(7, 10) / number),
                y=_number(COLUMN_HEIGHT - height),
                height=_number(height),
                labelled=index % step == 0,
            )
        )
    return tuple(found)


def _share(part: int, whole: int) -> Fraction:
    return Fraction(part, whole) if whole else Fraction(0)


def _anchor(percent: Fraction) -> str:
    """Return the SVG anchor that keeps a label inside: at the left edge it starts there, at the right edge it ends."""
    if percent < EDGE:
        return "start"
    return "end" if percent > 100 - EDGE else "middle"


def _percent(share: Fraction) -> str:
    return f"{_number(share * 100)}%"


def _number(value: Fraction) -> str:
    """Return a number with at most two decimals, without trailing zeros, the same on every machine."""
    whole, rest = divmod(round(value * 100), 100)
    return f"{whole}.{rest:02}".rstrip("0").rstrip(".")
