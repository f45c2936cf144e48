"""`python -m tools.bench`: measure everything, print the table, write build/bench.json; exit 1 if a bar is not met."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack

from consult.testing.databases import ENGINES
from tools.bench.casting import measure_casting
from tools.bench.docs import write_docs
from tools.bench.measure import measure_pages
from tools.bench.pages import PAGES
from tools.bench.pdf import measure_pdf
from tools.bench.results import Measure, compare_sizes, table, write_json
from tools.bench.stores import ROOT, postgresql, store

SIZES = (1_000, 100_000)
NAMES = (*(page.name for page in PAGES), "ballots", "pdf-200")


def arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    """Return what to measure."""
    parser = argparse.ArgumentParser(prog="python -m tools.bench", description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=SIZES, metavar="N", help="submissions: 1000 100000")
    parser.add_argument("--engine", nargs="+", choices=ENGINES, default=ENGINES)
    parser.add_argument("--pages", nargs="+", choices=NAMES, default=NAMES, metavar="NAME", help=", ".join(NAMES))
    parser.add_argument("--requests", type=int, default=300, help="requests of each of the three turns")
    parser.add_argument("--write-docs", action="store_true", help="put the table into docs/benchmarks.md")
    return parser.parse_args(given)


def measures(options: argparse.Namespace) -> Iterator[Measure]:
    """Yield every measure that is wanted."""
    wanted = frozenset(options.pages)
    with ExitStack() as stack:
        for engine in options.engine:
            keeper = stack.enter_context(postgresql()) if engine == "postgresql" else None
            if wanted - {"ballots", "pdf-200"}:
                for rows in options.rows:
                    yield from measure_pages(store(engine, rows, keeper), wanted, options.requests)
            if "ballots" in wanted:
                yield measure_casting(engine, keeper)
    if "pdf-200" in wanted:
        yield measure_pdf()


def main() -> int:
    """Measure, show, write."""
    options = arguments()
    found = list(measures(options))
    order = {name: place for place, name in enumerate(NAMES)}
    found.sort(key=lambda m: (order[m.name], m.engine or "", m.rows or 0))
    compare_sizes(found)
    write_json(found, ROOT / "build" / "bench.json")
    print(table(found))
    if options.write_docs:
        write_docs(found, ROOT / "docs" / "benchmarks.md")
    return int(any(m.missed() for m in found))


if __name__ == "__main__":
    sys.exit(main())
