"""Scores and shares, without a database."""

from __future__ import annotations

import uuid
from fractions import Fraction
from math import sqrt

from consult.i18n import Localized
from consult.peer_review.scores import Spread, spread_of, weighted_mean
from consult.peer_review.sharing import Desk, Wanted, digest_of, share_out
from consult.plugins.track import ReviewCriterion

CRITERIA = [ReviewCriterion(key, Localized(en=key), weight=weight) for key, weight in (("a", 3), ("b", 1))]


def test_a_mean_is_weighted() -> None:
    assert weighted_mean({"a": 5, "b": 1}, CRITERIA) == Fraction(4)
    assert weighted_mean({"b": 1, "gone": 5}, CRITERIA) == Fraction(1)
    assert weighted_mean({}, CRITERIA) is None


def test_spread_is_range_and_sample_standard_deviation() -> None:
    values = [Fraction(2), Fraction(4), Fraction(9, 2)]
    assert spread_of(values) == Spread(3, Fraction(7, 2), Fraction(2), Fraction(9, 2), sqrt(Fraction(7, 4)))
    only = spread_of(values[:1])
    assert only is not None
    assert (only.range, only.deviation) == (0, None)
    assert spread_of([]) is None


def desks(*of: tuple[frozenset[str], int]) -> list[Desk]:
    return [Desk(uuid.UUID(int=n), n, languages, most) for n, (languages, most) in enumerate(of, start=1)]


def wanted(number: int, language: str = "ar", missing: int = 2, **more: frozenset[uuid.UUID]) -> Wanted:
    return Wanted(uuid.UUID(int=1000 + number), language, missing, **more)


def test_three_hundred_texts_are_shared_evenly_among_twelve_who_read_them() -> None:
    arabic, english, both = frozenset({"ar"}), frozenset({"en"}), frozenset[str]()
    there = desks(*[(arabic, 200)] * 4, *[(english, 200)] * 4, *[(both, 200)] * 4)
    texts = [wanted(n, "en" if n % 3 == 0 else "ar") for n in range(300)]
    shared = share_out(texts, there)
    assert [one.short for one in shared] == [0] * 300
    assert sum(desk.given for desk in there) == 600
    assert max(desk.given for desk in there) - min(desk.given for desk in there) <= 1
    reads = {desk.reviewer: desk for desk in there}
    language = {text.text: text.language for text in texts}
    assert all(
        not reads[r].languages or language[one.text] in reads[r].languages for one in shared for r in one.reviewers
    )
    again = desks(*[(arabic, 200)] * 4, *[(english, 200)] * 4, *[(both, 200)] * 4)
    assert digest_of(share_out(texts, again)) == digest_of(shared)


def test_nobody_gets_more_than_they_take_nor_what_they_may_not_judge() -> None:
    first, second = there = desks((frozenset(), 1), (frozenset({"fr"}), 5))
    barred = frozenset({first.reviewer})
    shared = {one.text: one for one in share_out([wanted(1), wanted(2), wanted(3, "fr", barred=barred)], there)}
    assert [one.short for one in shared.values()] == [1, 1, 2] or sum(one.short for one in shared.values()) == 4
    assert shared[wanted(3).text].reviewers == (second.reviewer,)
    assert (first.given, second.given) == (1, 1)
    nobody = share_out([wanted(4, "en", barred=barred)], desks((frozenset(), 9)))[0]
    assert (nobody.reviewers, nobody.short, nobody.nobody) == ((), 2, True)


def test_who_judged_the_text_before_judges_it_again() -> None:
    first, second = there = desks((frozenset(), 9), (frozenset(), 9))
    second.given = 5
    shared = share_out([wanted(1, missing=1, before=frozenset({second.reviewer}))], there)
    assert shared[0].reviewers == (second.reviewer,)
    assert first.given == 0
