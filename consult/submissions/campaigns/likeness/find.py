"""The search for campaigns: letters in, campaigns out; no database, no files."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from hashlib import blake2b
from typing import Generic

import numpy as np

from consult.submissions.campaigns.likeness.components import SHORT, connected, needed_resemblance
from consult.submissions.campaigns.likeness.cores import (
    Core,
    bearers,
    characteristic,
    grouped,
    likeness,
    merged,
    peeled,
)
from consult.submissions.campaigns.likeness.model import Campaign, Id, Letter
from consult.submissions.campaigns.likeness.sketches import SHINGLE, Places, Sketcher, Sketches
from consult.submissions.campaigns.likeness.stance import opposed
from consult.submissions.campaigns.likeness.wording import wording, words_of

#: Gives the texts of letters once more, in the order of their ids.
Again = Callable[[Sequence[Id]], Iterable[str]]
#: Two people can write the same sentence by themselves. So the common wording must be so many characters long, and the
#: characters that the copies beyond the first have in common must come to so many: two of a letter, six of a slogan.
SHORTEST, EVIDENCE = 50, 250


class _Texts(Generic[Id]):
    """The different wordings, each once and numbered in the order of their digests, and the letters that have them.

    The wordings themselves are kept only where `again` does not give the texts of some letters once more, in their order.
    """

    def __init__(self, again: Again[Id] | None) -> None:
        self.ids: list[Id] = []
        self._again, self._kept = again, list[str]()
        self.languages: list[str] = []
        self.of_letter = self.copies = self.first = self.lengths = self._by_wording = self._starts = np.zeros(
            0, np.int64
        )

    def read(self, letters: Iterable[Letter[Id]]) -> Sketches:
        """Take all letters that have words and return the sketches of their wordings."""
        sketcher, numbers, of_letter, lengths = Sketcher(), dict[bytes, int](), array("q"), array("q")
        for letter in letters:
            text = wording(letter.text)
            plain = " ".join(words_of(text))
            if not plain:
                continue
            number = numbers.setdefault(_digest(plain), len(numbers))
            if number == len(self.languages):
                if self._again is None:
                    self._kept.append(text)
                self.languages.append(letter.language)
                lengths.append(len(plain))
                sketcher.add(plain)
            of_letter.append(number)
            self.ids.append(letter.id)
        order = np.array([number for _, number in sorted(numbers.items())], np.int64)
        if self._kept:
            self._kept = [self._kept[number] for number in order.tolist()]
        self.languages = [self.languages[number] for number in order.tolist()]
        self.lengths = np.array(lengths, np.int64)[order]
        self.of_letter = np.argsort(order)[np.array(of_letter, np.int64)]
        self.copies = np.bincount(self.of_letter, minlength=len(order))
        self._by_wording = np.argsort(self.of_letter, kind="stable")
        self._starts = np.cumsum(self.copies) - self.copies
        self.first = self._by_wording[self._starts]
        return sketcher.finish().in_order(order)

    def wordings(self, numbers: Places) -> dict[int, str]:
        """Return some wordings by their number."""
        if self._again is None:
            return {number: self._kept[number] for number in numbers.tolist()}
        texts = self._again([self.ids[first] for first in self.first[numbers].tolist()])
        return {number: wording(text) for number, text in zip(numbers.tolist(), texts, strict=True)}

    def letters(self, number: int) -> Places:
        """Return the places of the letters that have a wording, ascending."""
        return self._by_wording[self._starts[number] : self._starts[number] + self.copies[number]]


def _digest(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def find_campaigns(
    letters: Iterable[Letter[Id]],
    advance: Callable[[float], object] = lambda share: None,
    *,
    again: Again[Id] | None = None,
) -> list[Campaign[Id]]:
    """Return the campaigns among letters, in order of their first letter.

    Letters are read once, so that they can come from a file of any size. The order of the letters changes nothing but the
    order of campaigns and members and, among letters equally like the common wording, which is the representative.
    `advance` is told the share of the search that is done once all letters are read, 0 to 1. `again` gives the texts of some
    letters once more, one for each id and in their order: then no text is kept in memory but those of one group at a time.
    """
    texts = _Texts[Id](again)
    sketches = texts.read(letters)
    if not len(sketches):
        return []
    cores = _cores(texts, sketches, lambda share: advance(0.6 * share))
    if not cores:
        advance(1.0)
        return []
    numbered = grouped(bearers(cores, sketches, texts.lengths))
    advance(0.8)
    own = characteristic([places for _, places in numbered], sketches, texts.copies)
    found: list[tuple[int, Campaign[Id]]] = []
    for done, ((number, places), is_own) in enumerate(zip(numbered, own, strict=True), 1):
        found += _campaigns(cores[number], places, texts, sketches) if is_own else ()
        advance(0.8 + 0.2 * done / len(numbered))
    return [campaign for _, campaign in sorted(found, key=lambda pair: pair[0])]


def _cores(texts: _Texts[Id], sketches: Sketches, advance: Callable[[float], object]) -> list[Core]:
    """Return the cores of all components and of the wordings that were sent more than once."""
    components = connected(sketches, texts.lengths, advance)
    cores = [core for component in components for core in peeled(component, sketches, texts.lengths)]
    cores = merged(cores, sketches, texts.lengths)
    alone = texts.copies > 1
    for core in cores:
        alone[core.makers] = False
    cores += [Core(sketches.shingles.of(place), np.array([place])) for place in np.flatnonzero(alone).tolist()]
    return cores


def _campaigns(core: Core, places: Places, texts: _Texts[Id], sketches: Sketches) -> Iterator[tuple[int, Campaign[Id]]]:
    """Yield the campaign of those who carry a core, with the place of its first letter; none if they share too little."""
    like = likeness(places, core.shingles, sketches)
    by_likeness = places[np.lexsort((texts.first[places], -like))]
    wordings = texts.wordings(by_likeness)
    members = _alike(by_likeness, texts.lengths, wordings)
    model = int(members[0])
    characters = int(texts.lengths[model])
    if characters >= SHORT:
        characters = min(characters, core.characters)
    if characters < SHORTEST or characters * (texts.copies[members].sum() - 1) < EVIDENCE:
        return
    against = _against(members, texts, wordings)
    if texts.copies[against].sum() * 2 > texts.copies[members].sum():
        members = np.concatenate([against, members[~np.isin(members, against)]])
        against = _against(members, texts, wordings)
    yield _campaign(members, against, texts, sketches)


def _campaign(members: Places, against: Places, texts: _Texts[Id], sketches: Sketches) -> tuple[int, Campaign[Id]]:
    """Return the campaign with these wordings, of which the first is the representative's, and its first letter's place."""
    model, copies = int(members[0]), texts.copies[members].copy()
    copies[0] -= 1
    alike = sketches.resemblance(members, np.full(len(members), model))
    letters = np.sort(np.concatenate([texts.letters(place) for place in members.tolist()]))
    opposite = set(against.tolist())
    return int(letters[0]), Campaign(
        representative=texts.ids[int(texts.first[model])],
        members=tuple(texts.ids[letter] for letter in letters.tolist()),
        opposed=tuple(texts.ids[letter] for letter in letters.tolist() if int(texts.of_letter[letter]) in opposite),
        likeness=float((alike * copies).sum() / copies.sum()),
    )


def _against(members: Places, texts: _Texts[Id], wordings: Mapping[int, str]) -> Places:
    """Return the wordings that demand the opposite of the first one."""
    model, others = int(members[0]), members[1:]
    against = opposed(
        wordings[model],
        [wordings[place] for place in others.tolist()],
        texts.copies[others].tolist(),
        texts.languages[model],
    )
    chosen: Places = others[np.array(against, np.int64)]
    return chosen


def _alike(members: Places, lengths: Places, wordings: Mapping[int, str]) -> Places:
    """Return the first of some wordings and those that are like it, short ones compared shingle by shingle."""
    model = int(members[0])
    shortest = np.minimum(lengths[members], lengths[model])
    kept = shortest >= SHORT
    kept[0] = True
    needed = needed_resemblance(shortest)
    shingles = _shingles(wordings[model])
    for i in np.flatnonzero(~kept).tolist():
        kept[i] = _resemblance(shingles, _shingles(wordings[int(members[i])])) >= needed[i]
    alike: Places = members[kept]
    return alike


def _shingles(wording: str) -> set[str]:
    text = f" {' '.join(words_of(wording))} "
    return {text[i : i + SHINGLE] for i in range(max(1, len(text) - SHINGLE + 1))}


def _resemblance(one: set[str], other: set[str]) -> float:
    return len(one & other) / len(one | other)
