"""The text index: what stands in it, how it is kept, how it is asked.

Only accepted submissions are in it, so a search can never tell what a hidden or unread text says. `place` orders it by the
moment of receipt: newest first needs no sorting, whatever the number of texts that match.

Both databases find by the set of words of a text and keep the folded text itself beside it: title, number, words and names
in order, then the words of the title and of the names once more with a mark before each. So a field is a word with its mark,
and a phrase is a piece of the folded text, looked for in the texts that have all its words. What is found, and in which
order, follows from that text alone: it is the same on both.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from consult.db import LocalizedText, Utc, dialect_name, session
from consult.search.question import MARKS, Field, Question, parse
from consult.search.words import words_of

#: Submissions of one microsecond have places beside each other; so many fit before the next microsecond's begin.
_SLOTS = 1024
_BATCH = 500
#: PostgreSQL keeps at most 1 MB of different words for a text: what a file holds beyond this many bytes of them is not found.
MOST_BYTES = 500_000
#: Words of a question that count in its ranking, how often each counts at most, and what one in the title is worth.
RANKED_WORDS, RANKED_TIMES, IN_TITLE = 6, 6, 6
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# Tables of rooms above: their names are enough to read what is indexed.
_submission = sa.table(
    "submission",
    *(sa.column(name, sa.Uuid()) for name in ("id", "consultation_id", "body_id")),
    *(sa.column(name, sa.Text()) for name in ("number", "title", "author", "state")),
    sa.column("revision", sa.Integer()),
    sa.column("received_at", Utc()),
)
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
)
_translation = sa.table(
    "translation",
    *(sa.column(name, sa.Uuid()) for name in ("id", "submission_id")),
    sa.column("revision", sa.Integer()),
    sa.column("kind", sa.Text()),
    sa.column("replaced_at", Utc()),
)
_translated = sa.table("translation_part", sa.column("translation_id", sa.Uuid()), sa.column("text", sa.Text()))
_body = sa.table("body", sa.column("id", sa.Uuid()), sa.column("names", LocalizedText()))

_fts = sa.table(
    "submission_index",
    sa.column("rowid", sa.BigInteger()),
    sa.column("submission_index"),
    sa.column("words", sa.Text()),
)
_place = sa.table(
    "submission_place",
    sa.column("place", sa.BigInteger()),
    sa.column("submission_id", sa.Uuid()),
    sa.column("consultation_id", sa.Uuid()),
)
_tsv = sa.table(
    "submission_index",
    sa.column("submission_id", sa.Uuid()),
    sa.column("consultation_id", sa.Uuid()),
    sa.column("place", sa.BigInteger()),
    sa.column("words", postgresql.TSVECTOR()),
    sa.column("folded", sa.Text()),
)


class Executes(Protocol):
    """A session or a connection."""

    def execute(self, statement: Any, parameters: Any = None, /) -> Any:
        """Run a statement."""
        ...


def remove(submission: uuid.UUID, *, on: Executes = session) -> None:
    """Take a text out of the index; it need not be there."""
    if not _is_sqlite(on):
        on.execute(sa.delete(_tsv).where(_tsv.c.submission_id == submission))
        return
    place = on.execute(sa.select(_place.c.place).where(_place.c.submission_id == submission)).scalar_one_or_none()
    if place is not None:
        on.execute(sa.delete(_fts).where(_fts.c.rowid == place))
        on.execute(sa.delete(_place).where(_place.c.place == place))


def forget_removed() -> None:
    """Write the index of SQLite anew from what is in it: until then it keeps the words of texts that were taken out.

    Inside the transaction of a service. PostgreSQL gives such pages to others when it next tidies up.
    """
    if dialect_name() == "sqlite":
        session.execute(sa.text("INSERT INTO submission_index (submission_index) VALUES ('optimize')"))


def refresh(submission: uuid.UUID, *, on: Executes = session) -> None:
    """Bring the index in line with a submission as it now is: in it if it is accepted, out of it otherwise."""
    remove(submission, on=on)
    for row, text in _accepted(on, _submission.c.id == submission):
        _write([_entry(row.id, row.consultation_id, text, _free_place(row.received_at, on))], on)


def rebuild(on: Executes = session) -> int:
    """Make the index of every accepted submission anew and return their number; `on` may be another database's connection."""
    on.execute(sa.delete(_fts if _is_sqlite(on) else _tsv))
    if _is_sqlite(on):
        on.execute(sa.delete(_place))
    taken: set[int] = set()
    batch: list[dict[str, Any]] = []
    for row, text in _accepted(on):
        place = _first_place(row.received_at)
        while place in taken:
            place += 1
        taken.add(place)
        batch.append(_entry(row.id, row.consultation_id, text, place))
        if len(batch) == _BATCH:
            _write(batch, on)
            batch = []
    _write(batch, on)
    return len(taken)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as the present database is asked it.

    `match` holds every word; `pieces` are what the folded text must hold besides, because words stand together; `ranked` are
    the words that count in the ranking.
    """

    match: str
    pieces: tuple[str, ...] = ()
    ranked: tuple[str, ...] = ()

    @property
    def parameters(self) -> dict[str, str]:
        """Return the values of the parameters of `hits` and `score`, by their names."""
        pieces = {f"piece_{number}": piece for number, piece in enumerate(self.pieces)}
        return {"question": self.match, **pieces, **{f"word_{n}": word for n, word in enumerate(self.ranked)}}


def search(consultation: uuid.UUID, question: str, *, few: bool = False) -> sa.FromClause | None:
    """Return the submissions that have everything a question asks for, its last word as the beginning of one; None without words.

    The columns are `submission_id`, `place`, by which newer is greater (join it, and order and page by it), and `folded`.
    """
    asked = asked_of(parse(question))
    if asked is None:
        return None
    return hits(consultation, asked.match, pieces=asked.pieces, few=few)


def asked_of(question: Question) -> Asked | None:
    """Return a question as the present database is asked it, None if there are no words in it."""
    if not question.terms:
        return None
    words: dict[str, None] = {}
    for term in question.terms:
        *before, last = (MARKS[term.field] + word for word in term.words)
        words |= dict.fromkeys([*map(_quoted, before), _quoted(last, opened=term.open)])
    pieces = tuple(f" {' '.join(MARKS[term.field] + word for word in term.words)} " for term in question.phrases)
    ranked = tuple(dict.fromkeys(word for term in question.terms for word in term.words))[:RANKED_WORDS]
    joint = " " if dialect_name() == "sqlite" else " & "
    return Asked(joint.join(words), pieces, ranked)


def _quoted(word: str, *, opened: bool = False) -> str:
    if dialect_name() == "sqlite":
        return f'"{word}"' + "*" * opened
    return f"'{word}'" + ":*" * opened


def hits(consultation: Any, question: Any, *, pieces: Sequence[Any] = (), few: bool = False) -> sa.FromClause:
    """Return what `search` does; consultation, question and pieces (as `Asked` has them) may be bound parameters.

    `few` says that few are left to find: PostgreSQL then gathers them from the index of words, instead of walking from the
    newest on until a page is full, which is quick for many and slow for few.
    """
    if dialect_name() == "sqlite":
        return (
            sa.select(_place.c.submission_id, _fts.c.rowid.label("place"), _fts.c.words.label("folded"))
            .join_from(_fts, _place, _place.c.place == _fts.c.rowid)
            .where(
                _fts.c.submission_index.op("MATCH")(question),
                _place.c.consultation_id == consultation,
                *(sa.func.instr(_fts.c.words, piece) > 0 for piece in pieces),
            )
            .subquery("hits")
        )
    found = sa.select(_tsv.c.submission_id, _tsv.c.place, _tsv.c.folded).where(
        _tsv.c.consultation_id == consultation,
        _tsv.c.words.op("@@")(sa.cast(question, postgresql.TSQUERY())),
        *(sa.func.strpos(_tsv.c.folded, piece) > 0 for piece in pieces),
    )
    return found.cte("hits").prefix_with("MATERIALIZED") if few else found.subquery("hits")


def folded_of(submission: uuid.UUID) -> str | None:
    """Return the folded text of a submission, None where it is not in the index (1 query)."""
    if dialect_name() == "sqlite":
        query = sa.select(_fts.c.words).join_from(_place, _fts, _fts.c.rowid == _place.c.place)
        return session.scalar(query.where(_place.c.submission_id == submission))
    return session.scalar(sa.select(_tsv.c.folded).where(_tsv.c.submission_id == submission))


def score(folded: Any, words: Sequence[Any]) -> sa.ColumnElement[int]:
    """Return, as part of a query of hits, how well a text answers to words: a whole number, the same on both databases.

    Each word counts as often as it begins a word of the text, six times at most, and six times more where the title has it; the
    sum is weighed against the length of the text. That is the idea of BM25 (Robertson and Zaragoza, "The Probabilistic
    Relevance Framework", 2009: saturation and length), without the rarity of words, which would let every new text turn the
    order of the others round.
    """

    def length(text: Any) -> Any:
        return sa.func.length(text, type_=sa.Integer())

    total: Any = sa.literal(0)
    for word in words:
        sought = sa.literal(" ") + word
        times = (length(folded) - length(sa.func.replace(folded, sought, ""))) // length(sought)
        titled = sa.func.replace(folded, sa.literal(f" {MARKS[Field.TITLE]}") + word, "") != folded
        total = (
            total + sa.case((times > RANKED_TIMES, RANKED_TIMES), else_=times) + sa.case((titled, IN_TITLE), else_=0)
        )
    score: sa.ColumnElement[int] = total * 100_000 // (2_000 + length(folded))
    return score


def place_of(submission: sa.ScalarSelect[uuid.UUID]) -> sa.ScalarSelect[int]:
    """Return, as part of a query, the place of a submission: where a page of results begins or ends."""
    table = _place if dialect_name() == "sqlite" else _tsv
    return sa.select(table.c.place).where(table.c.submission_id == submission).scalar_subquery()


def _is_sqlite(on: Executes) -> bool:
    return (on.dialect.name if isinstance(on, sa.Connection) else dialect_name()) == "sqlite"


def _first_place(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(microseconds=1) * _SLOTS


def _free_place(at: datetime, on: Executes) -> int:
    """Return the first place after those taken within the same millisecond."""
    table, first = _place if _is_sqlite(on) else _tsv, _first_place(at)
    last = on.execute(
        sa.select(sa.func.max(table.c.place)).where(table.c.place >= first, table.c.place < first + 1000 * _SLOTS)
    ).scalar_one()
    return first if last is None else int(last) + 1


@dataclass(frozen=True, slots=True)
class Found:
    """What a text is found by: its title, its number and words, and the names that others may know it is from."""

    title: str = ""
    text: str = ""
    names: str = ""

    def folded(self) -> tuple[str, list[str]]:
        """Return the folded text with a space at either end of each word, and the set of its words, in order."""
        title, names = words_of(self.title), words_of(self.names)
        marked = [MARKS[Field.TITLE] + word for word in title], [MARKS[Field.BODY] + word for word in names]
        words = {word for part in (title, names, *marked) for word in part}
        text = _within_bounds(words_of(self.text), words)
        parts = (title, text, names, *marked)
        return f" {' | '.join(' '.join(part) for part in parts)} ", sorted(words)


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


def _entry(submission: uuid.UUID, consultation: uuid.UUID, found: Found, place: int) -> dict[str, Any]:
    folded, words = found.folded()
    return {
        "submission_id": submission,
        "consultation_id": consultation,
        "place": place,
        "folded": folded,
        "words": words,
    }


def _write(entries: list[dict[str, Any]], on: Executes) -> None:
    if not entries:
        return
    if not _is_sqlite(on):
        words = sa.func.array_to_tsvector(sa.bindparam("words", type_=postgresql.ARRAY(sa.Text())))
        on.execute(sa.insert(_tsv).values(words=words), entries)
        return
    on.execute(sa.insert(_place), [{k: e[k] for k in ("submission_id", "consultation_id", "place")} for e in entries])
    on.execute(sa.insert(_fts), [{"rowid": e["place"], "words": e["folded"]} for e in entries])


def _accepted(on: Executes, *conditions: sa.ColumnElement[bool]) -> Iterator[tuple[Any, Found]]:
    """Yield accepted submissions in order of id, each with everything it is found by."""
    after = uuid.UUID(int=0)
    while rows := _batch(on, after, conditions):
        texts = dict(_texts(on, [row.id for row in rows]))
        yield from ((row, _whole(row, texts.get(row.id, ""))) for row in rows)
        after = rows[-1].id


def _batch(on: Executes, after: uuid.UUID, conditions: Iterable[sa.ColumnElement[bool]]) -> Sequence[Any]:
    found: Sequence[Any] = on.execute(
        sa.select(_submission, _body.c.names)
        .select_from(_submission.outerjoin(_body, _body.c.id == _submission.c.body_id))
        .where(_submission.c.state == "accepted", _submission.c.id > after, *conditions)
        .order_by(_submission.c.id)
        .limit(_BATCH)
    ).all()
    return found


def _texts(on: Executes, ids: Sequence[uuid.UUID]) -> Iterator[tuple[uuid.UUID, str]]:
    found: dict[uuid.UUID, list[str]] = {}
    passages = (
        sa.select(_passage.c.submission_id, _passage.c.text)
        .join_from(_passage, _submission, _current(_passage))
        .where(_passage.c.submission_id.in_(ids))
    )
    files = (
        sa.select(_attached.c.submission_id, _attachment.c.text)
        .join_from(_attached, _submission, _current(_attached))
        .join(_attachment, _attachment.c.id == _attached.c.attachment_id)
        .where(_attached.c.submission_id.in_(ids))
    )
    official = (_translation.c.kind == "official", _translation.c.replaced_at.is_(None))
    translations = (
        sa.select(_translation.c.submission_id, _translated.c.text)
        .join_from(_translation, _submission, _current(_translation))
        .join(_translated, _translated.c.translation_id == _translation.c.id)
        .where(_translation.c.submission_id.in_(ids), *official)
    )
    for submission, text in on.execute(sa.union_all(passages, files, translations)):
        found.setdefault(submission, []).append(text)
    return ((submission, "\n".join(parts)) for submission, parts in found.items())


def _current(parts: sa.TableClause) -> sa.ColumnElement[bool]:
    """Return the condition that parts are those of the current revision of their submission."""
    return sa.and_(_submission.c.id == parts.c.submission_id, _submission.c.revision == parts.c.revision)


def _whole(row: Any, text: str) -> Found:
    """Return everything a submission is found by: title; receipt number, text, official translations and words of its files; who others may know it is from."""
    return Found(row.title, f"{row.number}\n{text}", "\n".join([row.author, *(row.names or {}).values()]))
