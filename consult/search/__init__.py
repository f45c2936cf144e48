"""Full-text search of accepted submissions: one normaliser, SQLite FTS5 and PostgreSQL tsvector behind one function."""

from __future__ import annotations

from consult.search.index import forget_removed, hits, index, place_of, question_of, rebuild, refresh, remove, search
from consult.search.words import is_narrow, prefix_and_words, words_of

__all__ = [
    "forget_removed",
    "hits",
    "index",
    "is_narrow",
    "place_of",
    "prefix_and_words",
    "question_of",
    "rebuild",
    "refresh",
    "remove",
    "search",
    "words_of",
]
