"""Sharing texts out among reviewers: by language, by load, past whoever may not judge. Pure: no database."""

from __future__ import annotations

import uuid
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256


@dataclass(frozen=True, slots=True)
class Wanted:
    """A text with how many more reviewers it wants; `barred` may not judge it, `before` judged an earlier revision."""

    text: uuid.UUID
    language: str
    missing: int
    barred: frozenset[uuid.UUID] = frozenset()
    before: frozenset[uuid.UUID] = frozenset()


@dataclass(slots=True, eq=False)
class Desk:
    """A reviewer while texts are shared out: how many they have unfinished, how many they were given in all.

    `languages` are those they read, none for any; `most` is how many unfinished ones they take.
    """

    reviewer: uuid.UUID
    number: int
    languages: frozenset[str]
    most: int
    unfinished: int = 0
    given: int = 0

    def takes(self, text: Wanted) -> bool:
        """Tell whether this reviewer may be given a text."""
        return self.reads(text) and self.unfinished < self.most

    def reads(self, text: Wanted) -> bool:
        """Tell whether this reviewer reads its language and is not barred from it, however much they have."""
        return (not self.languages or text.language in self.languages) and self.reviewer not in text.barred


@dataclass(frozen=True, slots=True)
class Shared:
    """Who gets a text, and how many reviewers are still missing for it; `nobody` reads it at all, however little they had."""

    text: uuid.UUID
    reviewers: tuple[uuid.UUID, ...]
    short: int
    nobody: bool


def share_out(texts: Iterable[Wanted], desks: Sequence[Desk]) -> list[Shared]:
    """Give each text to those who judged it before, then to whoever was given least; the desks are changed.

    Texts that few may judge come first, so that their reviewers are not full by then; among equals a fixed hash of the id
    draws the order, so that nobody chooses and the same question has the same answer. Afterwards texts are passed on, so that
    nobody is left whom another who has less by two could relieve.
    """
    ordered = sorted(texts, key=lambda text: (sum(desk.reads(text) for desk in desks), _lot(text.text)))
    given = {text.text: _give(text, desks) for text in ordered}
    _even_out(_Ways(ordered, given, desks), desks)
    return [_shared(text, given[text.text], desks) for text in ordered]


def _give(text: Wanted, desks: Sequence[Desk]) -> list[Desk]:
    free = [desk for desk in desks if desk.takes(text)]
    free.sort(key=lambda desk: (desk.reviewer not in text.before, desk.given, desk.unfinished, desk.number))
    taken = free[: text.missing]
    for desk in taken:
        _count(desk, 1)
    return taken


def _count(desk: Desk, texts: int) -> None:
    desk.unfinished += texts
    desk.given += texts


class _Ways:
    """Which texts could pass from whom to whom; kept up to date as they do."""

    def __init__(self, texts: Sequence[Wanted], given: Mapping[uuid.UUID, list[Desk]], desks: Sequence[Desk]) -> None:
        self._given = given
        self._before = {text.text: text.before for text in texts}
        self._readers = {text.text: [desk for desk in desks if desk.reads(text)] for text in texts}
        # a dict with nothing in it is a set that keeps its order
        self._texts: defaultdict[tuple[Desk, Desk], dict[uuid.UUID, None]] = defaultdict(dict)
        for text in texts:
            for pair in self._pairs(text.text):
                self._texts[pair][text.text] = None

    def _pairs(self, text: uuid.UUID) -> list[tuple[Desk, Desk]]:
        """Return who could pass a text on to whom: nobody passes on what they judged before."""
        givers = [desk for desk in self._given[text] if desk.reviewer not in self._before[text]]
        takers = [desk for desk in self._readers[text] if desk not in self._given[text]]
        return [(giver, taker) for giver in givers for taker in takers]

    def is_open(self, giver: Desk, taker: Desk) -> bool:
        """Tell whether a text could pass."""
        return bool(self._texts.get((giver, taker)))

    def pass_on(self, giver: Desk, taker: Desk) -> None:
        """Let a text pass."""
        text = next(iter(self._texts[giver, taker]))
        for pair in self._pairs(text):
            del self._texts[pair][text]
        holders = self._given[text]
        holders[holders.index(giver)] = taker
        for pair in self._pairs(text):
            self._texts[pair][text] = None
        _count(giver, -1)
        _count(taker, 1)


def _even_out(ways: _Ways, desks: Sequence[Desk]) -> None:
    """Pass texts on until nobody could be relieved (augmenting paths of an assignment, the shortest first)."""
    moved = True
    while moved:
        moved = False
        for start in sorted(desks, key=lambda desk: (-desk.given, desk.number)):
            while way := _way_down(start, ways, desks):
                moved = True
                for giver, taker in way:
                    ways.pass_on(giver, taker)


def _way_down(start: Desk, ways: _Ways, desks: Sequence[Desk]) -> list[tuple[Desk, Desk]]:
    """Return the shortest way from a reviewer to one who has less by two and takes more; empty where there is none."""
    came: dict[Desk, Desk | None] = {start: None}
    queue = deque([start])
    while queue:
        giver = queue.popleft()
        for taker in desks:
            if taker in came or not ways.is_open(giver, taker):
                continue
            came[taker] = giver
            if taker.given <= start.given - 2 and taker.unfinished < taker.most:
                return _back(taker, came)
            queue.append(taker)
    return []


def _back(end: Desk, came: Mapping[Desk, Desk | None]) -> list[tuple[Desk, Desk]]:
    """Return the way from its beginning, given from whom each was reached."""
    steps: list[tuple[Desk, Desk]] = []
    giver = came[end]
    while giver is not None:
        steps.insert(0, (giver, end))
        end, giver = giver, came[giver]
    return steps


def _shared(text: Wanted, takers: Sequence[Desk], desks: Sequence[Desk]) -> Shared:
    readers = any(desk.reads(text) for desk in desks)
    return Shared(text.text, tuple(desk.reviewer for desk in takers), text.missing - len(takers), nobody=not readers)


def _lot(text: uuid.UUID) -> bytes:
    return sha256(text.bytes).digest()


def digest_of(shared: Iterable[Shared]) -> str:
    """Return a digest of who gets what: a page that shows it is carried out as it was shown, or not at all."""
    parts = sorted(f"{one.text.hex}:{','.join(r.hex for r in one.reviewers)}" for one in shared if one.reviewers)
    return sha256("\n".join(parts).encode()).hexdigest()
