"""Measure the search for campaigns: what is found, what is flagged, in how much time and memory.

    python -m tools.bench.campaigns [FOLDER]

Without a folder on generated corpora; with one on its `submissions.jsonl`, judged by its `labels.csv` (id, campaign,
edit_level, stance: `flipped` demands the opposite).
"""

from __future__ import annotations

import csv
import json
import random
import resource
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from consult.submissions.campaigns.likeness import Letter, find_campaigns
from consult.testing.letters import LANGUAGES, LEVELS, Original, Planted, copy, originals, other, planted


def main() -> None:
    """Print the figures."""
    if len(sys.argv) > 1:
        print(judged(list(labelled(Path(sys.argv[1])))))
        return
    print("40 corpora:", judged([text for seed in range(40) for text in planted(seed)], 40))
    for name, texts in crowds():
        started = time.process_time()
        found = find_campaigns(Letter(text.id, text.language, text.text) for text in texts)
        spent = time.process_time() - started
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        sizes = sorted((len(campaign.members) for campaign in found), reverse=True)[:3]
        print(f"{name}: {len(texts)} texts, {spent:.1f} CPU s, {peak} MB with the texts, largest groups {sizes}")


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


def judged(texts: Sequence[Planted], corpora: int = 1) -> str:
    """Return the shares of copies found by level, of foreign texts, of flips and of others flagged, in per cent."""
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
    levels = ", ".join(f"level {level} {100 * found[level] / planted_at[level]:.1f}" for level in LEVELS)
    return (
        f"found {levels}; most foreign in a group {100 * foreign:.1f}; "
        f"flips flagged {100 * flagged[True] / of[True]:.1f}, others flagged {100 * flagged[False] / of[False]:.1f}"
    )


def crowds() -> Iterator[tuple[str, list[Planted]]]:
    """Yield corpora of many texts: mixed, one large campaign, one text sent by half, and long letters only."""
    chance = random.Random(1)
    first = originals()[0]
    for total in (10_000, 100_000):
        copies = [_sent(letter, chance) for letter in originals() for _ in range(total // 100)]
        yield "twelve campaigns", _numbered(copies + _others(total - len(copies), chance))
    yield "one of 20,000", _numbered([_sent(first, chance) for _ in range(20_000)] + _others(80_000, chance))
    yield "one text 50,000 times", _numbered([("en", " ".join(first.sentences))] * 50_000 + _others(50_000, chance))
    words = sorted({word for letter in originals() for text in letter.sentences for word in text.split()})
    weights = [1 / rank for rank in range(1, len(words) + 1)]
    chance.shuffle(words)
    long = [("en", " ".join(chance.choices(words, weights, k=150))) for _ in range(70_000)]
    yield "long letters", _numbered([_sent(first, chance) for _ in range(30_000)] + long)


def _sent(letter: Original, chance: random.Random) -> tuple[str, str]:
    level = chance.choice(LEVELS)
    return letter.language, copy(letter, level, chance, flipped=level == 1 and chance.random() < 0.1)


def _others(number: int, chance: random.Random) -> list[tuple[str, str]]:
    return [(language, other(language, chance)) for language in chance.choices(LANGUAGES, k=number)]


def _numbered(texts: list[tuple[str, str]]) -> list[Planted]:
    return [Planted(number, *text) for number, text in enumerate(texts)]


if __name__ == "__main__":
    main()
