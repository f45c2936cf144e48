"""What another copy of a letter says at the same place, whatever the order of its sentences."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

from consult.submissions.campaigns.likeness.wording import sentences_of

#: A stretch between two places that agree is compared up to so many words on either side.
LONGEST = 14
#: Words at the edge of a sentence that are compared when the sentences beside it differ.
EDGE = 5
#: Of two words that stand together in many places, so many before and after the last that agreed are looked at.
REPEATS = 8
#: Words that may be put at the beginning of a sentence ("do not").
PUT_FIRST = 3


@dataclass(frozen=True, slots=True)
class Change:
    """At `start` to `end` of the model's words, another text has its words `other_start` to `other_end` instead.

    At an `edge`, the beginning or end of a sentence that stands elsewhere in the other text, these may belong to another sentence.
    """

    start: int
    end: int
    other_start: int
    other_end: int
    edge: bool = False


class Model:
    """A letter that others are compared with."""

    def __init__(self, wording: str) -> None:
        sentences = sentences_of(wording)
        self.words = [word for sentence in sentences for word in sentence]
        self.sentence = [number for number, sentence in enumerate(sentences) for _ in sentence]
        self._starts = [0]
        for sentence in sentences:
            self._starts.append(self._starts[-1] + len(sentence))
        self._pairs: dict[tuple[str, str], list[int]] = {}
        for place in range(len(self.words) - 1):
            self._pairs.setdefault((self.words[place], self.words[place + 1]), []).append(place)

    def changes(self, wording: str) -> tuple[list[str], list[Change], int]:
        """Return the words of another text, where they differ from the model's, and how many of them agree."""
        sentences = sentences_of(wording)
        words = [word for sentence in sentences for word in sentence]
        starts = {0, *accumulate(map(len, sentences))}
        anchors = self._anchors(words)
        changes: list[Change] = []
        before = (-1, -1)
        for anchor in anchors:
            if anchor != (before[0] + 1, before[1] + 1):
                changes += self._between(before, anchor, starts)
            before = anchor
        if anchors:
            changes += self._tail(before, len(words))
        return words, changes, len(anchors)

    def _anchors(self, words: list[str]) -> list[tuple[int, int]]:
        """Return places of words in the other text and in the model where two words running agree, ascending in the other."""
        found: dict[int, int] = {}
        model, end, last = self.words, len(self.words) - 1, 0
        for other in range(len(words) - 1):
            if last < end and words[other] == model[last] and words[other + 1] == model[last + 1]:
                place: int | None = last  # the usual case, without looking anything up
            else:
                place = self._place(words, other, last)
            if place is None:
                continue
            found.setdefault(other, place)
            last = found[other + 1] = place + 1
        return sorted(found.items())

    def _place(self, words: list[str], other: int, last: int) -> int | None:
        """Return where in the model two words of another text stand: a little after the last that agreed, or, where three
        words agree, anywhere."""
        places = self._pairs.get((words[other], words[other + 1]))
        if places is None:
            return None
        after = bisect_left(places, last)
        if after < len(places) and places[after] <= last + LONGEST:
            return places[after]
        third = words[other + 2 : other + 3]
        around = places[max(0, after - REPEATS) : after + REPEATS]
        far = [place for place in around if third and self.words[place + 2 : place + 3] == third]
        return min(far, key=lambda place: abs(place - last), default=None)

    def _between(self, before: tuple[int, int], anchor: tuple[int, int], starts: set[int]) -> Iterator[Change]:
        (other_from, model_from), (other_to, model_to) = before, anchor
        gap, other_gap = model_to - model_from - 1, other_to - other_from - 1
        if model_to == self._starts[self.sentence[model_to]] and (gap == 0 or model_from < 0):
            yield from self._put_first(model_to, other_from + 1, other_to, starts)
            return
        if model_from >= 0 and 0 <= gap <= LONGEST and other_gap <= LONGEST and not self._skips(model_from, model_to):
            yield Change(model_from + 1, model_to, other_from + 1, other_to)
            return
        yield from self._tail(before, other_to)
        head = model_to - self._starts[self.sentence[model_to]]
        if 0 < head <= EDGE:
            yield Change(model_to - head, model_to, max(other_from + 1, other_to - head - 2), other_to, True)

    def _tail(self, before: tuple[int, int], limit: int) -> Iterator[Change]:
        """Yield what the end of a sentence became whose last words do not agree."""
        other_from, model_from = before
        if model_from < 0:
            return
        rest = self._starts[self.sentence[model_from] + 1] - model_from - 1
        if 0 < rest <= EDGE:
            yield Change(model_from + 1, model_from + 1 + rest, other_from + 1, min(limit, other_from + rest + 3), True)

    def _put_first(self, place: int, other_from: int, other_to: int, starts: set[int]) -> Iterator[Change]:
        """Yield what another text puts at the beginning of a sentence; what ends before it is a sentence of its own."""
        begun = next((start for start in range(other_to, other_from - 1, -1) if start in starts), other_to)
        if 0 < other_to - begun <= PUT_FIRST:
            yield Change(place, place, begun, other_to)

    def _skips(self, model_from: int, model_to: int) -> bool:
        """Tell whether a whole sentence of the model lies between two places: it was moved or left out, not changed."""
        return self.sentence[model_to] - self.sentence[model_from] > 1
