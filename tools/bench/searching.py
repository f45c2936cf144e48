"""How long the register takes to search, filter and page: milliseconds of what its page asks the database.

    python -m tools.bench.searching [--engine sqlite] [--rows 1000 100000] [--times 200]

Each measure draws common words (those that the texts are made of, so each stands in thousands of them), counts what is found
and reads a page, with the excerpts that are shown, as the page of the register does for somebody who comes first. CPU time is
measured, of this process and of the one in which PostgreSQL works for it: whatever else runs on the machine is left out. p95 is
what 95 of 100 searches stay under. It ends with 1 when search p95 is not under 100 ms, or one of FLAT takes more than twice as
long with the most rows as with the fewest.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from random import Random

import sqlalchemy as sa
from flask import Flask

from consult import search
from consult.accounts.models import Body
from consult.consultations.models import Consultation
from consult.consultations.queries import consultation_by_slug
from consult.db import dialect_name, session
from consult.demo.load import SLUG
from consult.submissions.found import excerpts
from consult.submissions.models import Submission, SubmissionTopic
from consult.submissions.offered import offered
from consult.submissions.register import RegisterFilter, count_register, first_page, register
from tools.bench.stores import Keeper, application, postgresql, store
from tools.bench.words import PHRASES

BAR_MS, GROWTH = 100.0, 2.0
#: Searches before those that count: queries are built and pages of the database read. Turns in which the databases are measured.
WARM, TURNS = 10, 4
#: Measures whose time may not grow with the number of texts, and those that the bar of search is about.
FLAT = (
    *("list", "filter", "region", "two filters", "three filters", "five filters", "five filters that leave some"),
    *("page", "phrase that is nowhere"),
)
SEARCHES = ("common words", "two common words", "beginning of a word")
Asks = Callable[[Random], tuple[RegisterFilter, str]]


def asked(here: Consultation) -> Mapping[str, Asks]:
    """Return the measures: each draws a filter, and a receipt number from which the page begins ("" for the first)."""
    phrases = [phrase for of in PHRASES.values() for part in (of.subjects, of.objects) for phrase in part]
    words = [word for phrase in phrases for word in search.words_of(phrase) if len(word) > 3]
    there, tracks = offered(here.id), [row.key for row in here.tracks]
    topics, bodies, regions = [one[0] for one in there.topics], [one[0] for one in there.bodies], there.regions
    deep, narrowed = register(here.id, RegisterFilter()).older or "", narrowed_to_some(here.id)

    def of(**narrowed: object) -> tuple[RegisterFilter, str]:
        return RegisterFilter(**narrowed), ""  # type: ignore[arg-type]

    return {
        "list": lambda _: of(),
        "filter": lambda r: of(
            **r.choice([{"track": r.choice(tracks)}, {"topic": r.choice(topics)}, {"language": "ar"}])
        ),
        "region": lambda r: of(region=r.choice(regions)),
        "two filters": lambda r: of(track=r.choice(tracks), language=r.choice(["ar", "en", "fr"])),
        "three filters": lambda r: of(track=r.choice(tracks), topic=r.choice(topics), language="ar"),
        "five filters": lambda r: of(
            track=r.choice(tracks),
            topic=r.choice(topics),
            language="fr",
            region=r.choice(regions),
            body=r.choice(bodies),
        ),
        "five filters that leave some": lambda r: of(**r.choice(narrowed)),
        "page": lambda _: (RegisterFilter(), deep),
        "common words": lambda r: of(words=f"{r.choice(words)} "),
        "two common words": lambda r: of(words=" ".join(r.sample(words, 2))),
        "beginning of a word": lambda r: of(words=r.choice(words)[:4]),
        "phrase": lambda r: of(words=f'"{r.choice(phrases)}"'),
        "phrase that is nowhere": lambda r: of(words=f'"{r.choice(words)} {r.choice(words)}"'),
        "in titles": lambda r: of(words=r.choice(words), field=search.Field.TITLE),
        "word and filter": lambda r: of(words=r.choice(words), track=r.choice(tracks), language="fr"),
        "best match first": lambda r: of(words=r.choice(words), best=True),
    }


def narrowed_to_some(consultation: uuid.UUID) -> Sequence[Mapping[str, object]]:
    """Return five filters at a time that leave something: those of the first thousand texts.

    Drawn each for itself they leave nothing, of a thousand texts always and of many in 29 of 30 questions. These leave one text
    of a thousand and a page of many.
    """
    texts = (
        sa.select(
            Submission.track,
            Submission.language,
            Submission.body_id.label("body"),
            Body.region,
            sa.func.min(sa.cast(SubmissionTopic.topic_id, sa.String())).label("topic"),
        )
        .join(Body, Body.id == Submission.body_id)
        .join(SubmissionTopic, SubmissionTopic.submission_id == Submission.id)
        .where(Submission.consultation_id == consultation, Submission.state == "accepted", Body.region != "")
        .group_by(Submission.id, Body.id)
        .order_by(Submission.number)
        .limit(1000)
    )
    rows = session.execute(texts).mappings()
    return [{**row, "topic": uuid.UUID(row["topic"])} for row in rows]


def cpu_clock() -> Callable[[], float]:
    """Return a clock of CPU seconds: of this process, and of the one that works for it in PostgreSQL."""
    if dialect_name() == "sqlite":
        return time.process_time
    spent = Path(f"/proc/{session.scalar(sa.text('SELECT pg_backend_pid()'))}/schedstat")
    return lambda: time.process_time() + int(spent.read_text().split()[0]) / 1e9


def measured(here: Consultation, asks: Asks, times: int, random: Random) -> Sequence[float]:
    """Return the milliseconds of so many searches, each with the consultation read anew, as a request does."""
    clock = cpu_clock()
    found = []
    for _ in range(times):
        wanted, before = asks(random)
        session.rollback()
        begun = clock()
        if before:
            page = register(here.id, wanted, before=before, few=count_register(here.id, wanted).few)
        else:
            _, page = first_page(here.id, wanted)
        if wanted.words:
            excerpts([row.number for row in page.rows], here.id, wanted.question)
        found.append((clock() - begun) * 1000)
    return found


@dataclass(frozen=True, slots=True)
class Kept:
    """A database with so many texts, opened: its application, its measures, and the draws of each."""

    rows: int
    app: Flask
    asks: Mapping[str, Asks]
    draws: Mapping[str, Random]


def opened(engine: str, rows: int, keeper: Keeper | None, stack: ExitStack) -> Kept:
    """Open a database, which is made if it is not there."""
    app = stack.enter_context(application(store(engine, rows, keeper).settings))
    with app.app_context():
        asks = asked(_here())
    return Kept(rows, app, asks, {name: Random(5) for name in asks})


def _here() -> Consultation:
    here = consultation_by_slug(SLUG)
    if here is None:
        raise LookupError(SLUG)
    return here


def turns(kept: Sequence[Kept], name: str, times: int) -> Mapping[int, Sequence[float]]:
    """Return the times of a measure on each database, sorted: all of them by turns, so that the machine's other work falls on all."""
    found: dict[int, list[float]] = {one.rows: [] for one in kept}
    for turn in range(TURNS + 1):
        for one in kept:
            with one.app.app_context():
                wanted = times // TURNS if turn else WARM
                taken = measured(_here(), one.asks[name], wanted, one.draws[name])
                found[one.rows] += taken if turn else ()
    return {rows: sorted(taken) for rows, taken in found.items()}


def run(engine: str, sizes: Sequence[int], times: int) -> Mapping[int, Mapping[str, float]]:
    """Measure the databases of an engine, print their lines, and return the p95 of each measure by the number of texts."""
    p95: dict[int, dict[str, float]] = {rows: {} for rows in sizes}
    with ExitStack() as stack:
        keeper = stack.enter_context(postgresql()) if engine == "postgresql" else None
        kept = [opened(engine, rows, keeper, stack) for rows in sizes]
        print("| measure                         | database   |     texts | half ms |  p95 ms | most ms |")
        print("|---------------------------------|------------|----------:|--------:|--------:|--------:|")
        for name in kept[0].asks:
            label = f"search p95, {name}" if name in SEARCHES else name
            for rows, found in turns(kept, name, times).items():
                p95[rows][name] = found[int(len(found) * 0.95)]
                half = statistics.median(found)
                print(
                    f"| {label:31} | {engine:10} | {rows:>9,} | {half:7.1f} | {p95[rows][name]:7.1f} | {found[-1]:7.1f} |",
                    flush=True,
                )
    return p95


def main() -> int:
    """Measure, print and compare with the bars."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--engine", default="sqlite", choices=("sqlite", "postgresql"))
    parser.add_argument("--rows", nargs="+", type=int, default=[1_000, 100_000])
    parser.add_argument("--times", type=int, default=200)
    chosen = parser.parse_args()
    found = run(chosen.engine, chosen.rows, chosen.times)
    fewest, most = found[chosen.rows[0]], found[chosen.rows[-1]]
    missed = [name for name in SEARCHES if most[name] >= BAR_MS]
    missed += [f"{name} ({most[name] / fewest[name]:.2f})" for name in FLAT if most[name] > GROWTH * fewest[name]]
    print("bars missed: " + ", ".join(missed) if missed else "bars met")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
