"""What stands in the text index: the folded text of an accepted submission, its words, pairs of words and facets.

A *pair* is two words that follow each other, so that a phrase is found by the texts that have all its pairs and not by all
that have its words. A *facet* is what a list is narrowed by: track, language, topic, body, region. A word that a text has
*often* stands there once more (see `ranking`). All are words of the index like any other; whatever is asked together, the database intersects the same sorted lists.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise
from typing import Any, Protocol
from zlib import crc32

import sqlalchemy as sa

from consult.db import LocalizedText, Utc
from consult.search.question import MARKS, Field
from consult.search.ranking import LEVELS, often
from consult.search.words import words_of

_BATCH = 500
#: PostgreSQL keeps at most 1 MB of different words for a text. Pairs take half of it at most; what a file holds beyond this
#: many bytes of words is not found.
MOST_BYTES = 500_000
#: A pair is one of so many characters that no script uses (Unicode's private planes 15 and 16).
_PLANES, _IN_PLANE = (0xF0000, 0x100000), 65_534

# Tables of rooms above: their names are enough to read what is indexed.
_submission = sa.table(
    "submission",
    *(sa.column(name, sa.Uuid()) for name in ("id", "consultation_id", "body_id")),
    *(sa.column(name, sa.Text()) for name in ("number", "title", "author", "state", "track", "language")),
    sa.column("revision", sa.Integer()),
    sa.column("received_at", Utc()),
)
_topic = sa.table("submission_topic", *(sa.column(name, sa.Uuid()) for name in ("submission_id", "topic_id")))
_passage = sa.table(
    "passage",
    sa.column("submission_id", sa.Uuid()),
    sa.column("revision", sa.Integer()),
    sa.column("number", sa.Integer()),
    sa.column("text", sa.Text()),
)
_attachment = sa.table("attachment", sa.column("id", sa.Uuid()), sa.column("text", sa.Text()))
_attached = sa.table(
    "submission_attachment",
    *(sa.column(name, sa.Uuid()) for name in ("submission_id", "attachment_id")),
    sa.column("revision", sa.Integer()),
    sa.column("private", sa.Boolean()),
)
_translation = sa.table(
    "translation",
    *(sa.column(name, sa.Uuid()) for name in ("id", "submission_id")),
    sa.column("revision", sa.Integer()),
    *(sa.column(name, sa.Text()) for name in ("kind", "language")),
    sa.column("replaced_at", Utc()),
)
_translated = sa.table("translation_part", sa.column("translation_id", sa.Uuid()), sa.column("text", sa.Text()))
_body = sa.table(
    "body", sa.column("id", sa.Uuid()), sa.column("names", LocalizedText()), sa.column("region", sa.Text())
)


class Executes(Protocol):
    """A session or a connection."""

    def execute(self, statement: Any, parameters: Any = None, /) -> Any:
        """Run a statement."""
        ...


class Facet(StrEnum):
    """What accepted texts are narrowed by. Region and body are those of the name a text stands under, none where it is withheld."""

    TRACK = "track"
    LANGUAGE = "language"
    TOPIC = "topic"
    BODY = "body"
    REGION = "region"


#: Facets that thousands of texts share, each with one value. SQLite keeps them beside the place of a text as well: where few
#: texts are left it looks there, and does not walk through all that have them.
PLAIN = (Facet.TRACK, Facet.LANGUAGE, Facet.REGION)

#: Facets that have a word of the index for both of them together: a country has one language and three tracks, so each is the list
#: of nearly all texts, and whoever narrows by both and by a topic would wait for three such lists.
TOGETHER = (Facet.TRACK, Facet.LANGUAGE)


def facet_word(facet: Facet, value: str | uuid.UUID) -> str:
    """Return the word of the index that says that a text has a facet."""
    return f"\u00a6{facet}{str(value).encode().hex()}"


def facet_words(facets: Iterable[tuple[Facet, str | uuid.UUID]]) -> list[str]:
    """Return the words by which a text with all of these facets is asked for: those of TOGETHER are one, where both are there."""
    given = dict(facets)
    both = {facet: given.pop(facet) for facet in TOGETHER} if given.keys() >= set(TOGETHER) else {}
    joint = ["".join(facet_word(facet, value) for facet, value in both.items())] if both else []
    return [*joint, *(facet_word(facet, value) for facet, value in given.items())]


def pair(first: str, second: str) -> str:
    """Return the word of the index that says that two words follow each other in a text.

    Some pairs share one: it tells where to look, and the folded text whether they stand there.
    """
    plane, at = divmod(crc32(f"{first} {second}".encode()) % (len(_PLANES) * _IN_PLANE), _IN_PLANE)
    return chr(_PLANES[plane] + at)


@dataclass(frozen=True, slots=True)
class Found:
    """What a text is found by: its title, its number and words, the names that others may know it is from, its facets."""

    title: str = ""
    text: str = ""
    names: str = ""
    facets: tuple[tuple[Facet, str | uuid.UUID], ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """A text as it stands in the index: folded, with a space at either end of each word; its words; pairs and facets.

    `often` are the words that it has often, each with the mark of that level; `plain` its facets of PLAIN as they are, the region ""
    where it has none.
    """

    submission: uuid.UUID
    consultation: uuid.UUID
    folded: str
    words: Sequence[str]
    often: Sequence[str]
    pairs: Sequence[str]
    facets: Sequence[str]
    plain: Mapping[Facet, str]


def entry_of(submission: uuid.UUID, consultation: uuid.UUID, found: Found) -> Entry:
    """Return what stands in the index of a text."""
    title, names = words_of(found.title), words_of(found.names)
    marked = [MARKS[Field.TITLE] + word for word in title], [MARKS[Field.BODY] + word for word in names]
    words = {word for part in (title, names, *marked) for word in part}
    text = _within_bounds(words_of(found.text), words)
    parts = (title, text, names, *marked)
    pairs = {pair(*two) for two in {two for part in parts for two in pairwise(part)}}
    folded = f" {' | '.join(' '.join(part) for part in parts)} "
    more = sorted(LEVELS[1] + word for word in often(title, [*title, *text, *names]))
    given = [(facet, value) for facet, value in found.facets if value]
    together = facet_words((facet, value) for facet, value in given if facet in TOGETHER)
    facets = sorted({*(facet_word(facet, value) for facet, value in given), *together})
    plain = {facet: str(value) for facet, value in found.facets if facet in PLAIN}
    return Entry(submission, consultation, folded, sorted(words), more, sorted(pairs), facets, plain)


def _within_bounds(text: list[str], words: set[str]) -> list[str]:
    """Return a text up to where its different words become too many, and add them to those that there are."""
    left = MOST_BYTES - sum(len(word.encode()) for word in words)
    for number, word in enumerate(text):
        if word not in words:
            left -= len(word.encode())
            if left < 0:
                return text[:number]
            words.add(word)
    return text


@dataclass(frozen=True, slots=True)
class Lacking:
    """What of texts is left out: the names they are from, or their translation into a language."""

    names: bool = False
    translation: str = ""


def accepted(
    on: Executes, *conditions: sa.ColumnElement[bool], lacking: Lacking | None = None
) -> Iterator[tuple[Any, Entry]]:
    """Yield accepted submissions in order of id (`id`, `received_at`), each with what stands in the index of it."""
    lacking = lacking or Lacking()
    after = uuid.UUID(int=0)
    while rows := _batch(on, after, conditions):
        ids = [row.id for row in rows]
        texts, topics = _texts(on, ids, lacking.translation), _topics(on, ids)
        for row in rows:
            found = _whole(row, "\n".join(texts.get(row.id, ())), topics.get(row.id, ()))
            found = replace(found, names="") if lacking.names else found
            yield row, entry_of(row.id, row.consultation_id, found)
        after = rows[-1].id


def of_submissions(submissions: Sequence[uuid.UUID]) -> sa.ColumnElement[bool]:
    """Return the condition that it is one of these."""
    return _submission.c.id.in_(submissions)


def of_body(body: uuid.UUID) -> sa.ColumnElement[bool]:
    """Return the condition that a submission stands under the name of a body."""
    return _submission.c.body_id == body


def _batch(on: Executes, after: uuid.UUID, conditions: Iterable[sa.ColumnElement[bool]]) -> Sequence[Any]:
    found: Sequence[Any] = on.execute(
        sa.select(_submission, _body.c.names, _body.c.region)
        .select_from(_submission.outerjoin(_body, _body.c.id == _submission.c.body_id))
        .where(_submission.c.state == "accepted", _submission.c.id > after, *conditions)
        .order_by(_submission.c.id)
        .limit(_BATCH)
    ).all()
    return found


def _texts(on: Executes, ids: Sequence[uuid.UUID], untranslated: str) -> dict[uuid.UUID, list[str]]:
    # Said of the submissions: PostgreSQL reads the whole table of them where it is said of their parts.
    these = _submission.c.id.in_(ids)
    passages = (
        sa.select(_passage.c.submission_id, _passage.c.text)
        .join_from(_passage, _submission, _current(_passage))
        .where(these)
    )
    files = (
        sa.select(_attached.c.submission_id, _attachment.c.text)
        .join_from(_attached, _submission, _current(_attached))
        .join(_attachment, _attachment.c.id == _attached.c.attachment_id)
        .where(these, _attached.c.private.is_(False))
    )
    official = (
        _translation.c.kind == "official",
        _translation.c.replaced_at.is_(None),
        _translation.c.language != untranslated,
    )
    translations = (
        sa.select(_translation.c.submission_id, _translated.c.text)
        .join_from(_translation, _submission, _current(_translation))
        .join(_translated, _translated.c.translation_id == _translation.c.id)
        .where(these, *official)
    )
    return _gathered(on, sa.union_all(passages, files, translations))


def _topics(on: Executes, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[uuid.UUID]]:
    return _gathered(on, sa.select(_topic).where(_topic.c.submission_id.in_(ids)))


def _gathered(on: Executes, query: Any) -> dict[uuid.UUID, list[Any]]:
    found: dict[uuid.UUID, list[Any]] = {}
    for submission, one in on.execute(query):
        found.setdefault(submission, []).append(one)
    return found


def _current(parts: sa.TableClause) -> sa.ColumnElement[bool]:
    """Return the condition that parts are those of the current revision of their submission."""
    return sa.and_(_submission.c.id == parts.c.submission_id, _submission.c.revision == parts.c.revision)


def _whole(row: Any, text: str, topics: Sequence[uuid.UUID]) -> Found:
    """Return everything a submission is found by: title; receipt number, text, official translations and words of its files; who others may know it is from."""
    facets = [(Facet.TRACK, row.track), (Facet.LANGUAGE, row.language), *((Facet.TOPIC, topic) for topic in topics)]
    facets += [(Facet.BODY, row.body_id or ""), (Facet.REGION, row.region or "")]
    return Found(
        row.title,
        f"{row.number}\n{text}",
        "\n".join([row.author, *(row.names or {}).values()]),
        tuple(facets),
    )
