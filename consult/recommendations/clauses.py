"""The clauses of the next version, from the present ones and what was written: stable keys, and marks of stale languages.

Pure: knows no database.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from consult.i18n import Localized


@dataclass(frozen=True, slots=True)
class ClauseText:
    """A clause as it stands in a version; `stale` names the languages that still follow an older authoritative text."""

    key: str
    texts: Localized
    stale: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ClauseDraft:
    """A clause as somebody wrote it: `key` of the clause it continues ("" for a new one), texts by language.

    `checked` names languages whose unchanged text was compared with the new authoritative one and still says the same.
    """

    texts: Localized
    key: str = ""
    checked: frozenset[str] = frozenset()


def next_clauses(
    present: Iterable[ClauseText],
    written: Sequence[ClauseDraft],
    authoritative: str,
    new_key: Callable[[], str],
) -> list[ClauseText]:
    """Return the clauses of the next version, in the order written; a new clause takes its key from `new_key`.

    Raises KeyError if a draft continues a clause that the present version does not have.
    """
    before = {clause.key: clause for clause in present}
    return [
        _continued(before[draft.key], draft, authoritative) if draft.key else ClauseText(new_key(), draft.texts)
        for draft in written
    ]


def _continued(before: ClauseText, draft: ClauseDraft, authoritative: str) -> ClauseText:
    moved = before.texts.get(authoritative) != draft.texts.get(authoritative)
    stale = tuple(
        code
        for code in draft.texts
        if code != authoritative
        and code not in draft.checked
        and before.texts.get(code) == draft.texts[code]
        and (moved or code in before.stale)
    )
    return ClauseText(before.key, draft.texts, stale)


def changed(before: Sequence[ClauseText], after: Sequence[ClauseText]) -> bool:
    """Tell whether anything a reader sees differs between two versions: texts, order, or marks."""
    return list(before) != list(after)


def best_language(clauses: Sequence[ClauseText], wanted: str, authoritative: str) -> str:
    """Return the language to show a version in: the wanted one if every clause has it, else the authoritative one."""
    return wanted if clauses and all(wanted in clause.texts for clause in clauses) else authoritative


def languages_of(clauses: Sequence[ClauseText], codes: Iterable[str]) -> list[str]:
    """Return the languages in which every clause can be read."""
    return [code for code in codes if clauses and all(code in clause.texts for clause in clauses)]


def by_key(clauses: Iterable[ClauseText]) -> Mapping[str, ClauseText]:
    """Return clauses by their key."""
    return {clause.key: clause for clause in clauses}
