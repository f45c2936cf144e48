"""Suggestions: from the codebook's words and from earlier coding, with the words they rest on, always the same."""

from __future__ import annotations

from consult.coding.suggestions import KnownCode, stems, suggest
from consult.db import new_id

DATA, SERVICES, BORDERS = (new_id() for _ in range(3))
CODES = [
    KnownCode(DATA, 2, "البيانات\nData\nDonnées\nCollect and use accurate data"),
    KnownCode(SERVICES, 16, "الخدمات\nServices\nAccès aux services de base"),
    KnownCode(BORDERS, 12, "إدارة الحدود\nBorder management"),
]


def test_spellings_articles_and_plurals_are_one() -> None:
    assert stems("الخدماتُ والخدمات بالخدمات") == ["خدمات"] * 3
    assert stems("Services, the SERVICE of 2026") == ["service", "service"]


def test_the_codebook_suggests_and_says_with_which_words() -> None:
    here, other = new_id(), new_id()
    found = suggest({here: "لا تصل الخِدْمات إلى القرى.", other: "Nobody knows the weather."}, CODES, [])
    assert [(one.code, one.words, one.from_before) for one in found[here]] == [(SERVICES, ("الخِدْمات",), False)]
    assert found[other] == []


def test_earlier_coding_suggests_what_the_codebook_does_not_say() -> None:
    here = new_id()
    text = {here: "Ambulances never reach the caravan road."}
    assert suggest(text, CODES, [])[here] == []
    found = suggest(text, CODES, [(SERVICES, "An ambulance came once."), (new_id(), "Ambulances and more")])[here]
    assert [(one.code, one.words, one.from_before) for one in found] == [(SERVICES, ("Ambulances",), True)]
    assert suggest(text, list(reversed(CODES)), [(SERVICES, "An ambulance came once.")])[here] == found


def test_the_most_likely_come_first_and_there_are_few() -> None:
    codes = [KnownCode(new_id(), number, "register of births") for number in range(9, 0, -1)]
    here = new_id()
    found = suggest({here: "A register of births and deaths"}, [*codes, *CODES], [])[here]
    assert [one.code for one in found] == [code.code for code in sorted(codes, key=lambda code: code.number)[:4]]
