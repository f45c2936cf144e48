"""The page docs/benchmarks.md: what is measured, how, on what, and the table between its two marks."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from pathlib import Path

import psutil

from consult import clock
from tools.bench.results import Measure, table

BEGIN, END = "<!-- table: written by make bench ARGS=--write-docs -->", "<!-- end of table -->"


def write_docs(measures: Sequence[Measure], path: Path) -> None:
    """Put machine, date and table between the marks; ValueError if the page has none."""
    before, mark, rest = path.read_text("utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not mark or not end:
        raise ValueError(f"{path} has no place for the table")
    path.write_text(f"{before}{BEGIN}\n{machine()}\n\n{table(measures)}\n{END}{after}", "utf-8")


def machine() -> str:
    """Return on what was measured and when."""
    memory = psutil.virtual_memory().total / 2**30
    return (
        f"Measured on {clock.now().date().isoformat()}: {os.cpu_count()} cores ({_processor()}), {memory:.0f} GB, "
        f"{platform.system()}, Python {platform.python_version()}."
    )


def _processor() -> str:
    names = [line.partition(":")[2].strip() for line in _cpuinfo() if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _cpuinfo() -> list[str]:
    path = Path("/proc/cpuinfo")
    return path.read_text("utf-8").splitlines() if path.exists() else []
