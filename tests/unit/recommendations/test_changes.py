"""Differences of two versions, clause by clause."""

from __future__ import annotations

from consult import clock
from consult.db import new_id
from consult.i18n import Localized
from consult.recommendations.changes import Change, version_changes
from consult.recommendations.clauses import ClauseText
from consult.recommendations.queries import VersionRead


def _version(number: int, title: str, *clauses: ClauseText) -> VersionRead:
    return VersionRead(new_id(), number, Localized(ar=title), "", clock.now(), clauses)


BEFORE = _version(
    1,
    "سجل بلدي",
    ClauseText("12.1", Localized(ar="تُجمع الأعداد كل سنة", en="Numbers are gathered every year")),
    ClauseText("12.2", Localized(ar="تُنشر الأسماء", en="Names are published")),
    ClauseText("12.3", Localized(ar="كما هو", en="As it is")),
)
AFTER = _version(
    2,
    "سجل بلدي موحّد",
    ClauseText("12.3", Localized(ar="كما هو", en="As it is")),
    ClauseText("12.1", Localized(ar="تُجمع الأعداد كل شهر", en="Numbers are gathered every month")),
    ClauseText("12.4", Localized(ar="جديد", en="New")),
)


def test_clauses_are_compared_by_key_in_the_order_of_the_later_version() -> None:
    found = version_changes(BEFORE, AFTER, "en", "ar")
    assert found.language == "en"
    assert [(c.key, c.change) for c in found.clauses] == [
        ("12.3", Change.SAME),
        ("12.1", Change.CHANGED),
        ("12.4", Change.ADDED),
        ("12.2", Change.REMOVED),
    ]
    assert found.clauses[1].parts == [("plain", "Numbers are gathered every "), ("del", "year "), ("ins", "month")]


def test_a_language_that_one_of_them_lacks_gives_way_to_the_language_of_record() -> None:
    found = version_changes(BEFORE, AFTER, "fr", "ar")
    assert found.language == "ar"
    assert found.title == [("plain", "سجل بلدي "), ("ins", "موحّد")]


def test_the_same_version_has_no_changes() -> None:
    found = version_changes(BEFORE, BEFORE, "ar", "ar")
    assert (found.title, {clause.change for clause in found.clauses}) == ((), {Change.SAME})
