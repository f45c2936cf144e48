"""Stance: which copies of a letter demand the opposite of what it demands.

Copies are aligned with the representative and every change is read with the lexicon: a demand is turned round by a word of the
other side, by a negation that comes or goes, or by a concession ("even if"); two of these in one place cancel ("reject", "do
not accept"). A negation can also go by accident, so a change counts for more when other copies have the very same, and less
in a copy with many other changes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Container, Mapping, Sequence
from dataclasses import dataclass

from consult.submissions.campaigns.likeness.alignment import Change, Model
from consult.submissions.campaigns.likeness.lexicon import Kind, Lexicon, Term, lexicons
from consult.submissions.campaigns.likeness.wording import words_of

#: What a change counts: a word of the other side of the same axis, of another axis, a negation that came, one that went,
#: one half of a French negation, a concession, a word of refusing or ending for one without a side.
SAME_AXIS, OTHER_AXIS, GAINED, LOST, HALF, CONCESSION, UNPAIRED = 1.0, 0.7, 0.5, 0.4, 0.1, 0.35, 0.3
#: What it counts more when more copies have the same change than by chance.
SHARED, LOST_OFTEN = 0.5, 0.3
#: What negations and concessions that came and went come to at most, in a copy that shares none of them.
NEGATIONS = 0.8
#: By chance, of the copies' changed words, this share leave out the word at one place (up to two in three changes do, and twice
#: as many as that are too many), or put one certain word there.
LEFT_OUT, PUT_IN = 4 / 3, 0.05
#: A change marks the opposite version when of those who have it this share demand the opposite for other reasons.
MARK = 0.7
#: What a copy's changes must add up to, by the share of its words that changed for other reasons.
CLEAN, TOUCHED, REWORKED = 0.4, 0.7, 1.0
CLEAN_UP_TO, TOUCHED_UP_TO = 0.01, 0.07
#: Negating beginnings of words.
_PREFIXES = ("un", "in", "im", "il", "ir", "dis", "de", "non", "anti", "mal", "mis", "لا", "اللا")
_SHORTEST_STEM = 4
#: How far apart, in words, a negation and the word that it turns round may stand: in one change ("do not accept"), and when
#: the word was there before ("kept and not [replaced]").
_NEAR, _AROUND = 2, 3


@dataclass(frozen=True, slots=True)
class Reversal:
    """A change that turns a demand round: its place in the model, by which words, and what it counts, alone and shared.

    The place is that of the word for a lone negation, which may come or go by accident, and that of the sentence otherwise.
    """

    place: int
    words: tuple[str, ...]
    weight: float
    shared: float


#: A change by its place in the model and its words.
Key = tuple[int, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Reading:
    """How a copy differs from the model: what it turns round, its other changes with the words each costs, the words that agree."""

    reversals: tuple[Reversal, ...]
    others: tuple[tuple[Key, int], ...]
    agreeing: int

    def keys(self) -> set[Key]:
        """Return the keys of all changes that put words in."""
        keys = {(r.place, r.words) for r in self.reversals if any(word[0] != "-" for word in r.words)}
        return keys | {key for key, _ in self.others if key[1]}

    def noise(self, systematic: Container[Key] = ()) -> float:
        """Return the share of the words that changed, not counting reversals and the changes that are systematic."""
        changed = sum(cost for key, cost in self.others if key not in systematic)
        return changed / max(1, self.agreeing + changed)


def opposed(model: str, others: Sequence[str], copies: Sequence[int], language: str) -> list[int]:
    """Return the places of those wordings that demand the opposite of the model; without a lexicon there are none.

    `copies` says how often each wording was sent.
    """
    lexicon = lexicons().get(language.partition("-")[0].casefold())
    if lexicon is None:
        return []
    reader = _Reader(Model(model), lexicon)
    readings = {place: reading for place, text in enumerate(others) if (reading := reader.read(text))}
    usual = _Usual(readings, copies)
    found = {place for place, reading in readings.items() if usual.weight(reading) >= usual.needed(reading)}
    if not found:
        return []
    words = {word for _, put in usual.only_in(found) for word in put}
    for place, text in enumerate(others):
        if place not in readings and not words.isdisjoint(text.split()):
            readings[place] = reader.compare(text)
    version = _Usual(readings, copies).only_in(found)
    return sorted(found | {place for place, reading in readings.items() if not version.isdisjoint(reading.keys())})


class _Usual:
    """What changes in the copies of a letter, and how many copies would have the same change by chance."""

    def __init__(self, readings: Mapping[int, Reading], copies: Sequence[int]) -> None:
        self._readings, self._copies = readings, copies
        self._holders: Counter[Key] = Counter()
        for place, reading in readings.items():
            self._holders.update(dict.fromkeys(reading.keys(), copies[place]))
        self._most = max(1.0, sum(copies) / 2)
        noises = [noise for reading in readings.values() if (noise := reading.noise()) <= TOUCHED_UP_TO]
        #: in how many copies one word is changed, by chance
        self._changed = sum(copies) * sum(noises) / len(noises) if noises else 0.0
        self._systematic = {key for key, same in self._holders.items() if same > 1 + PUT_IN * self._changed}
        self._senders: Counter[Key] = Counter()
        for place, reading in readings.items():
            touched = reading.noise(self._systematic) <= TOUCHED_UP_TO
            keys = {(r.place, r.words) for r in reading.reversals if touched or r.weight >= SAME_AXIS}
            self._senders.update(dict.fromkeys(keys, copies[place]))

    def weight(self, reading: Reading) -> float:
        """Add up the reversals; what most copies have is a slip of the model's."""
        total = negations = 0.0
        for reversal in reading.reversals:
            same = self._senders[reversal.place, reversal.words]
            if same > self._most:
                continue
            often = same > 1 + self._changed * (LEFT_OUT if reversal.shared == LOST_OFTEN else PUT_IN)
            total += reversal.shared if often else 0
            if reversal.place < 0:
                total += reversal.weight
            else:
                negations += reversal.weight
        return total + min(negations, NEGATIONS)

    def needed(self, reading: Reading) -> float:
        """Return what the weight of a reading must come to."""
        noise = reading.noise(self._systematic)
        return CLEAN if noise <= CLEAN_UP_TO else TOUCHED if noise <= TOUCHED_UP_TO else REWORKED

    def only_in(self, found: Collection[int]) -> set[Key]:
        """Return the changes that mark the version of these copies: several have them, and few others."""
        theirs: Counter[Key] = Counter()
        for place in found:
            theirs.update(dict.fromkeys(self._readings[place].keys() & self._systematic, self._copies[place]))
        return {key for key, copies in theirs.items() if copies > 1 and copies >= MARK * self._holders[key]}


class _Reader:
    """Reads copies against one model."""

    def __init__(self, model: Model, lexicon: Lexicon) -> None:
        self._model, self._lexicon = model, lexicon
        self._usual = Counter(lexicon.matters(model.words))

    def read(self, wording: str) -> Reading | None:
        """Return how a copy differs, None if it cannot demand the opposite."""
        return self.compare(wording) if self._may_differ(words_of(wording)) else None

    def compare(self, wording: str) -> Reading:
        """Return how a copy differs."""
        words, changes, agreeing = self._model.changes(wording)
        reversals, others = [], []
        for change in changes:
            reversal = self._reversal(change, words)
            if reversal is not None:
                reversals.append(reversal)
                continue
            gone, come = self._model.words[change.start : change.end], words[change.other_start : change.other_end]
            put = tuple(_only(gone, come)[1]) if gone and not change.edge else ()
            others.append(((change.start, put), max(len(gone), len(come))))
        return Reading(tuple(reversals), tuple(others), agreeing)

    def _may_differ(self, words: list[str]) -> bool:
        """Tell whether the words that matter are others than the model's: quick, for the many copies that change nothing."""
        own = Counter(self._lexicon.matters(words))
        if own - self._usual or any(self._negates(word) for word in self._usual - own):
            return True
        here, there = set(words), set(self._model.words)
        return bool(_derivation(sorted(there - here), sorted(here - there)))

    def _negates(self, word: str) -> bool:
        senses, begins = self._lexicon.entry(word)
        return bool(begins) or any(sense.kind in (Kind.NEGATION, Kind.HALF_NEGATION) for sense in senses)

    def _reversal(self, change: Change, words: list[str]) -> Reversal | None:
        """Return what a change turns round, if anything."""
        gone = self._model.words[change.start : change.end]
        come = words[change.other_start : change.other_end]
        lost, gained = _apart(self._lexicon.terms(gone), self._lexicon.terms(come))
        swap = _contrast(lost, gained) or _derivation(*_only(gone, come))
        if change.edge and swap < SAME_AXIS:
            return None
        negation = _negation(gained) - _negation(lost)
        weight, shared = swap or (UNPAIRED if gone and _refuses(gained) and not negation else 0.0), SHARED
        if abs(negation) == 1:
            around = self._terms_around(change)
            if swap and (_negated(lost) or _negated(gained)):
                weight = 0.0  # reject, do not accept: the same demand
            elif _contrast(around, gained) == SAME_AXIS:
                weight = SAME_AXIS
            else:
                weight = swap + (GAINED if negation > 0 else LOST)
                shared = SHARED if swap or negation > 0 else LOST_OFTEN
        elif negation:
            weight, shared = (swap, SHARED) if swap else (HALF, 0.0)
        if _concedes(lost) != _concedes(gained):
            weight += CONCESSION
        if not weight:
            return None
        place = min(change.end, len(self._model.words) - 1)
        if swap or weight == UNPAIRED:
            place = -1 - self._model.sentence[place]
        return Reversal(place, (*(f"-{term.text}" for term in lost), *(term.text for term in gained)), weight, shared)

    def _terms_around(self, change: Change) -> list[Term]:
        words = self._model.words
        return self._lexicon.terms(words[max(0, change.start - _AROUND) : change.start]) + self._lexicon.terms(
            words[change.end : change.end + _AROUND]
        )


def _apart(gone: list[Term], come: list[Term]) -> tuple[list[Term], list[Term]]:
    """Return the terms of each side that the other has not."""
    kept = Counter(t.text for t in gone) & Counter(t.text for t in come)
    return _without(gone, kept), _without(come, kept)


def _without(terms: list[Term], kept: Counter[str]) -> list[Term]:
    left = Counter(kept)
    rest = []
    for term in terms:
        if left[term.text]:
            left[term.text] -= 1
        else:
            rest.append(term)
    return rest


def _only(gone: list[str], come: list[str]) -> tuple[list[str], list[str]]:
    return [word for word in gone if word not in come], [word for word in come if word not in gone]


def _contrast(lost: list[Term], gained: list[Term]) -> float:
    """Return how strongly two lists of terms contrast: on one axis, across axes, or not at all (0)."""
    pairs = [(one, other) for a in lost for b in gained for one in a.senses for other in b.senses]
    opposite = [(one, other) for one, other in pairs if one.side * other.side < 0]
    if any(one.axis == other.axis for one, other in opposite):
        return SAME_AXIS
    return OTHER_AXIS if any(one.kind is other.kind is Kind.POLAR for one, other in opposite) else 0.0


def _derivation(lost: list[str], gained: list[str]) -> float:
    """Return whether a word was replaced by its own negation: regular, irregular."""
    for one, other in ((lost, gained), (gained, lost)):
        stems = {word for word in one if len(word) >= _SHORTEST_STEM}
        if any(word.startswith(p) and word[len(p) :] in stems for word in other for p in _PREFIXES):
            return SAME_AXIS
    return 0.0


def _negation(terms: list[Term]) -> float:
    """Return how many negations there are, modulo two; a half of a French one without the other counts a half."""
    whole = sum(term.has(Kind.NEGATION) for term in terms)
    halves = sum(term.has(Kind.HALF_NEGATION) for term in terms)
    others = sum(term.has(Kind.OTHER_HALF) for term in terms) if halves else 0
    pairs = min(halves, others)
    return (whole + pairs) % 2 or (0.5 if halves > pairs and not whole else 0)


def _negated(terms: list[Term]) -> bool:
    """Tell whether a negation stands right before a word with a side."""
    negations = [term.place for term in terms if term.has(Kind.NEGATION) or term.has(Kind.HALF_NEGATION)]
    return any(
        0 < term.place - place <= _NEAR
        for place in negations
        for term in terms
        if any(sense.side for sense in term.senses)
    )


def _concedes(terms: list[Term]) -> bool:
    return any(term.has(Kind.CONCESSION) for term in terms)


def _refuses(terms: list[Term]) -> bool:
    return any(sense.kind is Kind.POLAR and sense.side < 0 for term in terms for sense in term.senses)
