"""Measure the search for campaigns: what is found, what is flagged, in how much CPU time and memory, against its bars.

    python -m tools.bench.campaigns [--data FOLDER] [--only found command worker] [--engine sqlite postgresql]

*found* judges generated corpora, and with a folder its `submissions.jsonl` by its `labels.csv` (id, campaign, edit_level,
stance: `flipped` demands the opposite). *command* runs `consult campaigns` on files of texts, *worker* the search among as many
submissions of an instance, then what else is due there (they all wait for a moderator), then a round in which nothing is: each in
a process of its own, of which the CPU seconds are said (PostgreSQL works in others) and the most memory. It ends with 1 where a
bar is missed.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import sqlalchemy as sa

from consult import clock
from consult.app import create_app
from consult.consultations.models import Consultation
from consult.db import new_id, session, transaction
from consult.settings import Settings
from consult.submissions.campaigns.likeness import Letter, find_campaigns
from consult.submissions.campaigns.states import SearchState
from consult.submissions.models import CampaignSearch, Passage, Submission
from consult.submissions.states import SubmissionState
from consult.testing.databases import ENGINES, postgresql_server
from consult.testing.letters import LANGUAGES, LEVELS, Original, Planted, copy, originals, other, planted
from consult.testing.sample import disposed
from consult.testing.world import World
from tools.bench.inout import Cost, instance, run

#: The bars: per cent found by level, at least; foreign in a group and others flagged, at most; of the opposite, all.
FOUND, FOREIGN, FLAGGED = (100.0, 100.0, 95.0, 85.0), 5.0, 5.0
#: CPU seconds and MB of memory up to so many texts.
BARS = {10_000: (10.0, 1024.0), 100_000: (120.0, 1024.0)}
PARTS = ("found", "command", "worker")
#: Words of a long text, and how many texts are one of two long letters.
LONG, SHARE = 300, 6
BATCH = 1_000
#: The worker's search without what else it finds to do, such as sharing out 100,000 texts that wait for moderators.
SEARCH = """
from consult.app import create_app
from consult.jobs.worker import _send_out
from consult.submissions.campaigns.search import search_due
with create_app().app_context():
    search_due(meanwhile=_send_out)
"""
#: All that the worker finds to do, until nothing is left.
ROUND = """
from threading import Event
from consult.app import create_app
from consult.jobs.worker import run_worker
stop = Event()
stop.set()
run_worker(create_app(), stop)
"""


def main(given: Sequence[str] | None = None) -> int:
    """Measure, print and compare with the bars."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--engine", nargs="+", choices=ENGINES, default=ENGINES)
    parser.add_argument("--corpora", type=int, default=40)
    parser.add_argument("--texts", type=int, default=100_000)
    options, missed = parser.parse_args(given), False
    if "found" in options.only:
        corpora = [text for seed in range(options.corpora) for text in planted(seed)]
        missed |= said("generated", judged(corpora, options.corpora))
    if options.data:
        missed |= said(options.data.name, judged(list(labelled(options.data))))
    for name, texts in crowds(options.texts) if "command" in options.only else ():
        missed |= _command(name, texts)
    for engine in options.engine if "worker" in options.only else ():
        missed |= _worker(engine, options.texts)
    print("bars missed" if missed else "bars met")
    return int(missed)


def said(name: str, found: Judged) -> bool:
    """Print what was found, and tell whether a bar is missed."""
    print(f"{name}: {found}", flush=True)
    return found.missed


def _command(name: str, texts: Iterable[tuple[str, str]]) -> bool:
    """Run the command on a file of texts, print, and tell whether it took more than it may."""
    with TemporaryDirectory(prefix="consult-bench-") as folder:
        count = 0
        with (Path(folder) / "in.jsonl").open("w", encoding="utf-8") as file:
            for count, (language, text) in enumerate(texts, start=1):
                file.write(json.dumps({"id": count, "lang": language, "text": text}, ensure_ascii=False) + "\n")
        size = (Path(folder) / "in.jsonl").stat().st_size / 2**20
        cost = run(Path(folder), "", "campaigns", "in.jsonl", "--output", "out.json")
        groups = Counter(json.loads((Path(folder) / "out.json").read_text("utf-8"))["groups"].values())
        largest = [count for _, count in groups.most_common(3)]
    return _too_much(f"command, {name}: {count} texts, {size:.0f} MB, largest groups {largest}", count, cost)


def _worker(engine: str, count: int) -> bool:
    """Run the worker's search among as many submissions, print, and tell whether it took more than it may."""
    with TemporaryDirectory(prefix="consult-bench-") as name:
        folder = Path(name)
        if engine == "sqlite":
            return _searched(engine, folder, "", count)
        with postgresql_server() as server:
            server.run("CREATE DATABASE bench_campaigns")
            return _searched(engine, folder, server.url("bench_campaigns"), count)


def _searched(engine: str, folder: Path, url: str, count: int) -> bool:
    world = instance(folder, url)
    app = create_app(Settings(instance_path=folder, database_url=url))
    with app.app_context(), disposed():
        fill(world, long_letters("ar", count))
    cost, rest, again = (run(folder, url, code=code) for code in (SEARCH, ROUND, ROUND))
    with app.app_context(), disposed():
        row = session.scalars(sa.select(CampaignSearch)).one()
        ended = f"{row.state}, {row.texts} texts, {row.found} campaigns"
    missed = row.state != SearchState.DONE or row.found != 2
    print(f"worker on {engine}, what else is due: {rest}; once more: {again}", flush=True)
    return _too_much(f"worker on {engine}: {ended}", count, cost) or missed


def fill(world: World, texts: Iterable[tuple[str, str]]) -> None:
    """Write texts as they stand once they are handed in, and ask for a search."""
    member = world.member("ghat")
    same = {
        "consultation_id": world.consultation_id,
        "member_id": member.id,
        "track": member.track,
        "title": "نص",
        "author": "",
        "withheld": False,
        "answers": {},
        "revision": 1,
        "channel": "online",
        "state": SubmissionState.RECEIVED,
        "received_at": clock.now(),
    }
    numbered = enumerate(texts)
    while some := list(islice(numbered, BATCH)):
        rows = [
            {**same, "id": new_id(), "number": f"TT-2099-{number:06}", "language": language}
            for number, (language, _) in some
        ]
        passages = [
            {
                "id": new_id(),
                "submission_id": row["id"],
                "revision": row["revision"],
                "number": 1,
                "kind": "text",
                "text": text,
            }
            for row, (_, (_, text)) in zip(rows, some, strict=True)
        ]
        with transaction():
            session.execute(sa.insert(Submission), rows)
            session.execute(sa.insert(Passage), passages)
    with transaction():
        session.add(
            CampaignSearch(
                id=new_id(),
                consultation_id=session.scalars(sa.select(Consultation.id)).one(),
                state=SearchState.ASKED,
                asked_by=world.people["moderator"],
                asked_at=clock.now(),
            )
        )


def _too_much(what: str, count: int, cost: Cost) -> bool:
    print(f"{what}: {cost}", flush=True)
    cpu, memory = BARS[next((most for most in sorted(BARS) if count <= most), max(BARS))]
    return cost.cpu > cpu or cost.memory > memory


def labelled(folder: Path) -> Iterator[Planted]:
    """Yield the texts of a folder with their labels."""
    with (folder / "labels.csv").open(encoding="utf-8") as lines:
        labels = {row["id"]: row for row in csv.DictReader(lines)}
    for line in (folder / "submissions.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        label = labels.get(str(row["id"]), {"campaign": "", "edit_level": "-1", "stance": ""})
        yield Planted(
            row["id"],
            row["lang"],
            row["text"],
            label["campaign"],
            int(label["edit_level"]),
            label["stance"] == "flipped",
        )


@dataclass(frozen=True, slots=True)
class Judged:
    """What was found of planted copies by level, the most that was foreign in a group, the opposite flagged, and others; per cent."""

    found: tuple[float, ...]
    foreign: float
    opposite: float
    others: float

    @property
    def missed(self) -> bool:
        """Tell whether a bar is missed."""
        short = any(here < bar for here, bar in zip(self.found, FOUND, strict=True))
        return short or self.foreign > FOREIGN or self.opposite < 100.0 or self.others > FLAGGED

    def __str__(self) -> str:
        """Return it as a line."""
        levels = ", ".join(f"level {level} {share:.1f}" for level, share in zip(LEVELS, self.found, strict=True))
        return (
            f"found {levels}; most foreign in a group {self.foreign:.1f}; "
            f"flips flagged {self.opposite:.1f}, others flagged {self.others:.1f}"
        )


def judged(texts: Sequence[Planted], corpora: int = 1) -> Judged:
    """Judge what is found in texts whose campaigns are known, each corpus by itself."""
    size = len(texts) // corpora
    found, planted_at, flagged, of = Counter[int](), Counter[int](), Counter[bool](), Counter[bool]()
    foreign = 0.0
    for start in range(0, len(texts), size):
        part = {text.id: text for text in texts[start : start + size]}
        for text in part.values():
            if text.campaign:
                planted_at[text.level] += not text.flipped
                of[text.flipped] += 1
        seen: set[str] = set()
        for campaign in find_campaigns(Letter(text.id, text.language, text.text) for text in part.values()):
            name, own = Counter(part[m].campaign for m in campaign.members).most_common(1)[0]
            foreign = max(foreign, 1 - (own if name else 0) / len(campaign.members))
            flagged.update(part[m].flipped for m in campaign.opposed)
            if name not in seen:
                found.update(
                    part[m].level for m in campaign.members if part[m].campaign == name and not part[m].flipped
                )
            seen.add(name)
    return Judged(
        tuple(100 * found[level] / planted_at[level] for level in LEVELS),
        100 * foreign,
        100 * flagged[True] / of[True],
        100 * flagged[False] / of[False],
    )


def crowds(most: int) -> Iterator[tuple[str, Iterable[tuple[str, str]]]]:
    """Yield corpora of many texts, by language and words: mixed, one large campaign, one text sent by half, and long letters."""
    chance = random.Random(1)
    first = originals()[0]
    for total in (most // 10, most):
        copies = [_sent(letter, chance) for letter in originals() for _ in range(total // 100)]
        yield "twelve campaigns", [*copies, *_others(total - len(copies), chance)]
    yield "one of a fifth", [*(_sent(first, chance) for _ in range(most // 5)), *_others(4 * most // 5, chance)]
    half = most // 2
    yield "one text sent by half", [*[("en", " ".join(first.sentences))] * half, *_others(half, chance)]
    for language in ("en", "ar"):
        yield f"two letters of {LONG} words ({language})", long_letters(language, most)


def long_letters(language: str, count: int) -> Iterator[tuple[str, str]]:
    """Yield long texts: one in six a copy of a letter, one in six of another, all others of nobody else's words, in random order."""
    chance = random.Random(1)
    stems = sorted(
        {word for one in originals() if one.language == language for line in one.sentences for word in line.split()}
    )
    before = ("", "و", "ال", "ب") if language == "ar" else ("", "re", "un", "pre")
    words = [start + stem for stem in stems for start in before]
    chance.shuffle(words)
    weights = [1 / rank for rank in range(1, len(words) + 1)]

    def sentences() -> tuple[str, ...]:
        drawn = chance.choices(words, weights, k=LONG)
        return tuple(" ".join(drawn[at : at + 15]) + "." for at in range(0, LONG, 15))

    letters = [Original(f"long-{number}", language, sentences(), {}) for number in range(2)]
    order: list[Callable[[], str]] = [
        *(
            (lambda letter=letter: copy(letter, chance.choice(LEVELS), chance))
            for letter in letters
            for _ in range(count // SHARE)
        )
    ]
    order += [lambda: " ".join(sentences())] * (count - len(order))
    chance.shuffle(order)
    return ((language, made()) for made in order)


def _sent(letter: Original, chance: random.Random) -> tuple[str, str]:
    level = chance.choice(LEVELS)
    return letter.language, copy(letter, level, chance, flipped=level == 1 and chance.random() < 0.1)


def _others(number: int, chance: random.Random) -> list[tuple[str, str]]:
    return [(language, other(language, chance)) for language in chance.choices(LANGUAGES, k=number)]


if __name__ == "__main__":
    sys.exit(main())
