"""Full-text search of accepted submissions: one normaliser, SQLite FTS5 and PostgreSQL tsvector behind one function."""

from __future__ import annotations

from consult.search.index import (
    Asked,
    asked_of,
    folded_of,
    forget_removed,
    hits,
    place_of,
    rebuild,
    refresh,
    remove,
    score,
    search,
)
from consult.search.question import Field, Question, Term, parse
from consult.search.words import words_of

__all__ = [
    "Asked",
    "Field",
    "Question",
    "Term",
    "asked_of",
    "folded_of",
    "forget_removed",
    "hits",
    "parse",
    "place_of",
    "rebuild",
    "refresh",
    "remove",
    "score",
    "search",
    "words_of",
]
