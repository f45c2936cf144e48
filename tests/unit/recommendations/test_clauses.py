"""Keys of clauses that are never used again, and marks of stale languages."""

from __future__ import annotations

from itertools import count

import pytest

from consult.i18n import Localized
from consult.recommendations.clauses import ClauseDraft, ClauseText, best_language, languages_of, next_clauses

NUMBERS = Localized(ar="تُجمع الأعداد كل سنة.", en="Numbers are gathered every year.", fr="Chaque année.")


def _next(present: list[ClauseText], *written: ClauseDraft, first: int = 9) -> list[ClauseText]:
    numbers = count(first)
    return next_clauses(present, written, "ar", lambda: f"12.{next(numbers)}")


def test_a_new_clause_gets_a_new_key_and_an_old_one_keeps_its_own() -> None:
    after = _next([ClauseText("12.1", NUMBERS)], ClauseDraft(Localized(ar="جديد")), ClauseDraft(NUMBERS, key="12.1"))
    assert [clause.key for clause in after] == ["12.9", "12.1"]


def test_a_language_left_behind_is_stale() -> None:
    moved = Localized({**NUMBERS, "ar": "تُجمع الأعداد كل ثلاثة أشهر.", "fr": "Tous les trois mois."})
    [after] = _next([ClauseText("12.1", NUMBERS)], ClauseDraft(moved, key="12.1"))
    assert after.stale == ("en",)


def test_a_language_stays_stale_until_it_is_written_or_checked() -> None:
    before = ClauseText("12.1", NUMBERS, ("en", "fr"))
    [same] = _next([before], ClauseDraft(NUMBERS, key="12.1"))
    assert same.stale == ("en", "fr")
    [checked] = _next([before], ClauseDraft(NUMBERS, key="12.1", checked=frozenset({"fr"})))
    assert checked.stale == ("en",)
    [written] = _next([before], ClauseDraft(Localized({**NUMBERS, "en": "Quarterly."}), key="12.1"))
    assert written.stale == ("fr",)


def test_a_language_that_was_taken_away_is_not_stale() -> None:
    [after] = _next([ClauseText("12.1", NUMBERS)], ClauseDraft(Localized(ar="نص آخر", fr=NUMBERS["fr"]), key="12.1"))
    assert after.stale == ("fr",)


def test_continuing_an_unknown_clause_is_refused() -> None:
    with pytest.raises(KeyError):
        _next([], ClauseDraft(NUMBERS, key="12.1"))


def test_a_version_is_shown_in_a_language_that_every_clause_has() -> None:
    clauses = [ClauseText("12.1", NUMBERS), ClauseText("12.2", Localized(ar="ثانٍ", en="Second"))]
    assert best_language(clauses, "en", "ar") == "en"
    assert best_language(clauses, "fr", "ar") == "ar"
    assert languages_of(clauses, ("ar", "en", "fr")) == ["ar", "en"]
