"""Sharing texts out among reviewers: by language, by load, past whoever may not judge. Pure: no database."""

from __future__ import annotations

import uuid
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
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


@dataclass(slots=True)
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
    draws the order, so that nobody chooses and the same question has the same answer. Afterwards texts are passed on until
    no reviewer could be relieved by another who has less by two.
    """
    ordered = sorted(texts, key=lambda text: (sum(desk.reads(text) for desk in desks), _lot(text.text)))
    given = {text.text: _give(text, desks) for text in ordered}
    wanted = {text.text: text for text in ordered}
    while steps := _way_down(wanted, given, desks):
        for text, giver, taker in steps:
            given[text][given[text].index(giver)] = taker
            _count(giver, -1)
            _count(taker, 1)
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


#: That a text is passed on: which, by whom, to whom.
Step = tuple[uuid.UUID, Desk, Desk]


def _way_down(
    wanted: Mapping[uuid.UUID, Wanted], given: Mapping[uuid.UUID, Sequence[Desk]], desks: Sequence[Desk]
) -> list[Step]:
    """Return texts to pass on, one after the other, so that somebody has one less and somebody who had less by two one more.

    The shortest such way, found breadth first (an augmenting path of the assignment); empty where there is none.
    """
    held: defaultdict[uuid.UUID, list[uuid.UUID]] = defaultdict(list)
    for text, takers in given.items():
        for desk in takers:
            if desk.reviewer not in wanted[text].before:
                held[desk.reviewer].append(text)
    for start in sorted(desks, key=lambda desk: (-desk.given, desk.number)):
        came: dict[uuid.UUID, Step | None] = {start.reviewer: None}
        queue = deque([start])
        while queue:
            giver = queue.popleft()
            for text, taker in _passable(giver, held[giver.reviewer], wanted, given, desks):
                if taker.reviewer in came:
                    continue
                came[taker.reviewer] = (text, giver, taker)
                if taker.given <= start.given - 2 and taker.unfinished < taker.most:
                    return _back(taker, came)
                queue.append(taker)
    return []


def _passable(
    giver: Desk,
    held: Sequence[uuid.UUID],
    wanted: Mapping[uuid.UUID, Wanted],
    given: Mapping[uuid.UUID, Sequence[Desk]],
    desks: Sequence[Desk],
) -> Iterator[tuple[uuid.UUID, Desk]]:
    """Yield to whom a reviewer could pass a text on, each taker once."""
    others = [desk for desk in desks if desk is not giver]
    for text in held:
        for taker in [desk for desk in others if desk.reads(wanted[text]) and desk not in given[text]]:
            others.remove(taker)
            yield text, taker
        if not others:
            return


def _back(end: Desk, came: Mapping[uuid.UUID, Step | None]) -> list[Step]:
    """Return the way from its beginning, given how each came to be reached."""
    steps: list[Step] = []
    step = came[end.reviewer]
    while step is not None:
        steps.insert(0, step)
        step = came[step[1].reviewer]
    return _each_text_once(steps)


def _each_text_once(steps: list[Step]) -> list[Step]:
    """Return the way, or none of it where one text would be passed on twice: the shortest ways hardly ever do."""
    return steps if len({text for text, *_ in steps}) == len(steps) else steps[:0]


def _shared(text: Wanted, takers: Sequence[Desk], desks: Sequence[Desk]) -> Shared:
    readers = any(desk.reads(text) for desk in desks)
    return Shared(text.text, tuple(desk.reviewer for desk in takers), text.missing - len(takers), nobody=not readers)


def _lot(text: uuid.UUID) -> bytes:
    return sha256(text.bytes).digest()


def digest_of(shared: Iterable[Shared]) -> str:
    """Return a digest of who gets what: a page that shows it is carried out as it was shown, or not at all."""
    parts = sorted(f"{one.text.hex}:{','.join(r.hex for r in one.reviewers)}" for one in shared if one.reviewers)
    return sha256("\n".join(parts).encode()).hexdigest()
