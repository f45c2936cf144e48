"""What was measured, whether it meets the bars, and how it is shown: JSON, a table on the terminal, a table in the docs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.bench.pages import BARE_RATIO, GROWTH, UNCHANGED_CPU


@dataclass(slots=True)
class Measure:
    """One measure; times in milliseconds of CPU, ratios to the bare route (or to bare typst).

    `engine` and `rows` are None where no database is involved. `growth` is the time at the larger database over that at the
    smaller one; `anew_ms` is the first visit after an event. `per_second` and `bare_per_second` are votes. `problem` says why there is no number, or none to trust.
    """

    name: str
    engine: str | None
    rows: int | None
    cpu_ms: float | None = None
    queries: int | None = None
    bare_ratio: float | None = None
    bare_ms: float | None = None
    database_ms: float | None = None
    unchanged_ms: float | None = None
    anew_ms: float | None = None
    bytes: int | None = None
    growth: float | None = None
    per_second: float | None = None
    bare_per_second: float | None = None
    pages: int | None = None
    problem: str = ""
    cpu_bar: float | None = None
    query_bar: int | None = None
    ratio_bar: float = BARE_RATIO
    ratio_at_least: bool = False

    def failed(self, problem: str) -> Measure:
        """Say why there is no number."""
        self.problem = problem
        return self

    def missed(self) -> list[str]:
        """Return the bars that are not met, in words."""
        checks = (
            ("CPU", self.cpu_ms, self.cpu_bar),
            ("queries", self.queries, self.query_bar),
            ("unchanged", self.unchanged_ms, UNCHANGED_CPU),
            ("growth", self.growth, GROWTH),
            ("ratio", None if self.ratio_at_least else self.bare_ratio, self.ratio_bar),
        )
        missed = [
            f"{what} {got:.3g} > {bar:g}"
            for what, got, bar in checks
            if got is not None and bar is not None and got > bar
        ]
        if self.ratio_at_least and self.bare_ratio is not None and self.bare_ratio < self.ratio_bar:
            missed.append(f"ratio {self.bare_ratio:.3g} < {self.ratio_bar:g}")
        return [*([self.problem] if self.problem else []), *missed]

    def as_json(self) -> dict[str, Any]:
        """Return the measure as it stands in build/bench.json."""
        shown = ("name", "engine", "rows", "cpu_ms", "queries", "bare_ratio")
        more = (
            "bare_ms",
            "database_ms",
            "unchanged_ms",
            "anew_ms",
            "bytes",
            "growth",
            "per_second",
            "bare_per_second",
            "pages",
        )
        found = {key: _rounded(getattr(self, key)) for key in shown}
        found |= {key: _rounded(value) for key in more if (value := getattr(self, key)) is not None}
        return {**found, "met": not self.missed(), "missed": self.missed()}


def _rounded(value: Any) -> Any:
    return round(value, 3) if isinstance(value, float) else value


def compare_sizes(measures: Sequence[Measure]) -> None:
    """Set `growth` wherever a page was measured at two sizes."""
    by_key = {(m.name, m.engine, m.rows): m for m in measures}
    for measure in measures:
        smaller = by_key.get((measure.name, measure.engine, 1000))
        if smaller and smaller is not measure and smaller.cpu_ms and measure.cpu_ms:
            measure.growth = measure.cpu_ms / smaller.cpu_ms


def write_json(measures: Iterable[Measure], path: Path) -> None:
    """Write the list of measures."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([m.as_json() for m in measures], indent=1, ensure_ascii=False) + "\n", "utf-8")


HEADINGS = (
    "measure",
    "database",
    "submissions",
    "CPU ms",
    "bare ms",
    "ratio",
    "queries",
    "database ms",
    "304 ms",
    "anew ms",
    "growth",
    "bars",
)


def table(measures: Iterable[Measure]) -> str:
    """Return the measures as a Markdown table with columns of one width."""
    lines = [HEADINGS, *(_line(m) for m in measures)]
    widths = [max(len(line[n]) for line in lines) for n in range(len(HEADINGS))]
    rows = ["| " + " | ".join(_aligned(n, cell, widths[n]) for n, cell in enumerate(line)) + " |" for line in lines]
    rule = "|" + "|".join(_rule(n, width) for n, width in enumerate(widths)) + "|"
    return "\n".join([rows[0], rule, *rows[1:]])


_LEFT = (0, 1, len(HEADINGS) - 1)


def _aligned(column: int, cell: str, width: int) -> str:
    return cell.ljust(width) if column in _LEFT else cell.rjust(width)


def _rule(column: int, width: int) -> str:
    return "-" * (width + 2) if column in _LEFT else "-" * (width + 1) + ":"


def _line(m: Measure) -> tuple[str, ...]:
    return (
        m.name,
        m.engine or "",
        "" if m.rows is None else f"{m.rows:,}",
        _number(m.cpu_ms),
        _number(m.bare_ms),
        _number(m.bare_ratio),
        "" if m.queries is None else str(m.queries),
        _number(m.database_ms),
        _number(m.unchanged_ms),
        _number(m.anew_ms),
        _number(m.growth),
        "; ".join(m.missed()) or "met",
    )


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}" if value < 100 else f"{value:.0f}"
