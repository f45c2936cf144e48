"""Spellings of one word are equal once folded."""

from __future__ import annotations

import pytest

from consult.folding import fold


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("أَهْلًا", "اهلا"),
        ("إدارة الحدود", "اداره الحدود"),
        ("آثار", "اثار"),
        ("مستشفى", "مستشفي"),
        ("الهجـــرة", "الهجره"),
        ("٢٠٢٦ و ۲۰۲۶", "2026 و 2026"),
        ("Réadmission", "readmission"),
        ("  Az   Zāwīyah ", "az zawiyah"),
        ("مي\u200cخواهم", "ميخواهم"),
        ("ﻻ", "لا"),
        ("Main-d’ŒUVRE, cœur, ex æquo", "main-d’oeuvre, coeur, ex aequo"),
        ("", ""),
    ],
)
def test_spellings_of_one_word_are_equal(written: str, folded: str) -> None:
    assert fold(written) == folded


def test_folding_twice_changes_nothing() -> None:
    assert fold(fold("أإآٱ ىة ـ É ٣")) == fold("أإآٱ ىة ـ É ٣")
