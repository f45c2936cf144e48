"""Full-text search of accepted submissions: one normaliser, SQLite FTS5 and PostgreSQL tsvector behind one function."""

from __future__ import annotations

from consult.search.entries import Facet, Lacking
from consult.search.index import (
    Asked,
    asked_of,
    folded_of,
    folded_without,
    forget_removed,
    hits,
    is_made,
    place_of,
    rebuild,
    refresh,
    refresh_all,
    refresh_of_body,
    remove,
    search,
)
from consult.search.question import Field, Question, Term, parse
from consult.search.ranking import Step, step_in, steps_of
from consult.search.words import words_of

__all__ = [
    "Asked",
    "Facet",
    "Field",
    "Lacking",
    "Question",
    "Step",
    "Term",
    "asked_of",
    "folded_of",
    "folded_without",
    "forget_removed",
    "hits",
    "is_made",
    "parse",
    "place_of",
    "rebuild",
    "refresh",
    "refresh_all",
    "refresh_of_body",
    "remove",
    "search",
    "step_in",
    "steps_of",
    "words_of",
]
