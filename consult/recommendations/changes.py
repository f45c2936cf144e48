"""What changed between two versions of a recommendation, clause by clause and word by word. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from consult.recommendations.clauses import ClauseText, best_language, by_key
from consult.recommendations.queries import VersionRead
from consult.submissions.difference import Part, difference


class Change(StrEnum):
    """What happened to a clause."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    SAME = "same"


@dataclass(frozen=True, slots=True)
class ClauseChange:
    """A clause in both versions: its key, what happened, and the parts that are plain, struck out or new."""

    key: str
    change: Change
    parts: Sequence[Part]


@dataclass(frozen=True, slots=True)
class VersionChanges:
    """What changed from one version to the next, in one language; `title` is empty when the title stayed."""

    language: str
    title: Sequence[Part]
    clauses: Sequence[ClauseChange]


def version_changes(before: VersionRead, after: VersionRead, wanted: str, authoritative: str) -> VersionChanges:
    """Return what changed, in the wanted language if both versions can be read in it, else in the language of record."""
    language = best_language((*before.clauses, *after.clauses), wanted, authoritative)
    earlier, later = before.titles.for_language(language), after.titles.for_language(language)
    old = by_key(before.clauses)
    new = by_key(after.clauses)
    clauses = [_change(old.get(clause.key), clause, language) for clause in after.clauses]
    clauses += [_change(clause, None, language) for clause in before.clauses if clause.key not in new]
    return VersionChanges(language, difference(earlier, later) if earlier != later else (), clauses)


def _change(before: ClauseText | None, after: ClauseText | None, language: str) -> ClauseChange:
    old = "" if before is None else before.texts.get(language, "")
    new = "" if after is None else after.texts.get(language, "")
    if after is None:
        return ClauseChange(before.key if before else "", Change.REMOVED, [("del", old)])
    if before is None:
        return ClauseChange(after.key, Change.ADDED, [("ins", new)])
    if old == new:
        return ClauseChange(after.key, Change.SAME, [("plain", new)])
    return ClauseChange(after.key, Change.CHANGED, difference(old, new))
