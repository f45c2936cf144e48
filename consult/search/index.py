"""The text index: how it is kept and asked; what stands in it is in `entries`.

Only accepted submissions are in it, so a search can never tell what a hidden or unread text says. `place` orders it by the
moment of receipt: newest first needs no sorting, whatever the number of texts that match.

Both databases find by the set of words of a text and keep the folded text itself beside it: title, number, words and names
in order, then the words of the title and of the names once more with a mark before each. So a field is a word with its mark,
and a phrase is a piece of the folded text, looked for in the texts that have all its words and all its pairs. What is found,
and in which order, follows from that text alone: it is the same on both.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from consult.db import dialect_name, session
from consult.search.entries import (
    PLAIN,
    Entry,
    Executes,
    Facet,
    Lacking,
    accepted,
    facet_words,
    of_body,
    of_submissions,
    pair,
)
from consult.search.question import MARKS, Question, parse
from consult.search.ranking import LEVELS, Step, ranked

#: Submissions of one microsecond have places beside each other; so many fit before the next microsecond's begin.
_SLOTS = 1024
_BATCH = 500
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_fts = sa.table(
    "submission_index",
    sa.column("rowid", sa.BigInteger()),
    sa.column("submission_index"),
    sa.column("words", sa.Text()),
    sa.column("marks", sa.Text()),
)
_place = sa.table(
    "submission_place",
    sa.column("place", sa.BigInteger()),
    sa.column("submission_id", sa.Uuid()),
    sa.column("consultation_id", sa.Uuid()),
    *(sa.column(facet.value, sa.Text()) for facet in PLAIN),
)
_tsv = sa.table(
    "submission_index",
    sa.column("submission_id", sa.Uuid()),
    sa.column("consultation_id", sa.Uuid()),
    sa.column("place", sa.BigInteger()),
    sa.column("words", postgresql.TSVECTOR()),
    sa.column("facets", postgresql.TSVECTOR()),
    sa.column("folded", sa.Text()),
)
#: True of every row, and by what PostgreSQL reckons with as dear as unpacking a set of words is: what is never computed here
#: costs it a hundred comparisons. Without it, it reads the whole table for what many texts have, five times as slow.
_DEAR = sa.case((_tsv.c.place < 0, sa.func.to_tsvector(sa.cast(_tsv.c.place, sa.Text()))), else_=_tsv.c.words).is_not(
    None
)


def remove(submission: uuid.UUID, *, on: Executes = session) -> None:
    """Take a text out of the index; it need not be there."""
    _remove([submission], on)


def _remove(submissions: Sequence[uuid.UUID], on: Executes) -> None:
    if not _is_sqlite(on):
        on.execute(sa.delete(_tsv).where(_tsv.c.submission_id.in_(submissions)))
        return
    places = on.execute(sa.select(_place.c.place).where(_place.c.submission_id.in_(submissions))).scalars().all()
    if places:
        on.execute(sa.delete(_fts).where(_fts.c.rowid.in_(places)))
        on.execute(sa.delete(_place).where(_place.c.place.in_(places)))


def forget_removed() -> None:
    """Write the index of SQLite anew from what is in it: until then it keeps the words of texts that were taken out.

    Inside the transaction of a service. PostgreSQL gives such pages to others when it next tidies up.
    """
    if dialect_name() == "sqlite":
        session.execute(sa.text("INSERT INTO submission_index (submission_index) VALUES ('optimize')"))


def refresh(submission: uuid.UUID, *, on: Executes = session) -> None:
    """Bring the index in line with a submission as it now is: in it if it is accepted, out of it otherwise."""
    refresh_all([submission], on=on)


def refresh_all(submissions: Sequence[uuid.UUID], *, on: Executes = session) -> None:
    """Bring the index in line with several submissions as they now are, by as many statements as one takes."""
    for begin in range(0, len(submissions), _BATCH):
        some = submissions[begin : begin + _BATCH]
        _remove(some, on)
        _write(_placed(list(accepted(on, of_submissions(some))), on), on)


def refresh_of_body(body: uuid.UUID) -> None:
    """Bring the index in line with a body as it now is: texts are found by its names and by its region."""
    for row, entry in accepted(session, of_body(body)):
        _remove([row.id], session)
        _write(_placed([(row, entry)], session), session)


def rebuild(on: Executes = session) -> int:
    """Make the index of every accepted submission anew and return their number; `on` may be another database's connection.

    In a transaction; whoever would change the index meanwhile waits.
    """
    if _is_sqlite(on):
        _empty_fts(on)
        on.execute(sa.delete(_place))
    else:  # else a text that is accepted meanwhile would be written twice
        on.execute(sa.text("LOCK TABLE submission_index IN EXCLUSIVE MODE"))
        on.execute(sa.delete(_tsv))
    taken: set[int] = set()
    batch: list[tuple[int, Entry]] = []
    for row, entry in accepted(on):
        place = _first_place(row.received_at)
        while place in taken:
            place += 1
        taken.add(place)
        batch.append((place, entry))
        if len(batch) == _BATCH:
            _write(batch, on)
            batch = []
    _write(batch, on)
    return len(taken)


def _empty_fts(on: Executes) -> None:
    """Make SQLite's table of words anew, as it was made: it deletes row by row, a hundred thousand rows in many minutes."""
    made = (
        sa.select(sa.column("sql", sa.Text()))
        .select_from(sa.table("sqlite_master"))
        .where(sa.column("name") == _fts.name)
    )
    statement: str = on.execute(made).scalar_one()
    on.execute(sa.text(f"DROP TABLE {_fts.name}"))
    on.execute(sa.text(statement))


def is_made(on: Executes) -> bool:
    """Tell whether there is an index, or nothing that could stand in it: a change of its form leaves it empty."""
    table = _place if _is_sqlite(on) else _tsv
    has_any = on.execute(sa.select(sa.exists().select_from(table))).scalar_one()
    return bool(has_any) or next(accepted(on), None) is None


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as the present database is asked it.

    `match` holds every word, and every pair of a phrase in place of its words; `pieces` are what the folded text must hold
    besides, because words stand together; `plain` the facets that are looked up beside the places of what `match` finds.
    """

    match: str
    pieces: tuple[str, ...] = ()
    plain: Mapping[Facet, str] = field(default_factory=dict)

    @property
    def parameters(self) -> dict[str, str]:
        """Return the values of the parameters of `hits`, by their names."""
        pieces = {f"piece_{number}": piece for number, piece in enumerate(self.pieces)}
        return {"question": self.match, **pieces, **{f"plain_{facet}": value for facet, value in self.plain.items()}}


def search(consultation: uuid.UUID, question: str, *, gather: bool = False) -> sa.FromClause | None:
    """Return the submissions that have everything a question asks for, its last word as the beginning of one; None without words.

    The columns are `submission_id` and `place`, by which newer is greater (join it, and order and page by it).
    """
    asked = asked_of(parse(question))
    if asked is None:
        return None
    return hits(consultation, asked.match, pieces=asked.pieces, gather=gather)


def asked_of(
    question: Question, facets: Mapping[Facet, str | uuid.UUID] | None = None, *, step: Step | None = None
) -> Asked | None:
    """Return a question, and the facets a text must have, as the present database is asked it; None if nothing is asked.

    With a step, only what stands on that one of the ranking is found. On SQLite the other facets of a body's texts are no words
    of the question: FTS5 reads every text between two that have a word, and a country has one language and three tracks.
    """
    facets = facets or {}
    few = Facet.BODY in facets and dialect_name() == "sqlite"
    plain = {facet: str(facets[facet]) for facet in PLAIN if few and facet in facets}
    words: dict[str, None] = {}
    for term in question.terms:
        marked = [MARKS[term.field] + word for word in term.words]
        words |= dict.fromkeys(map(_quoted, (pair(*two) for two in pairwise(marked))))
        if len(marked) == 1:
            words[_quoted(marked[0], opened=term.open)] = None
    words |= dict.fromkeys(map(_quoted, facet_words((name, of) for name, of in facets.items() if name not in plain)))
    if not words:
        return None
    pieces = tuple(f" {' '.join(MARKS[term.field] + word for word in term.words)} " for term in question.phrases)
    match = _all(words)
    return Asked(match if step is None else _on_step(match, question, step), pieces, plain)


def _on_step(match: str, question: Question, step: Step) -> str:
    """Return the question to the texts of one step: no word below its lowest level, none above its highest, both reached."""

    def words(level: int) -> list[str]:
        return [_quoted(LEVELS[level] + word, opened=opened) for word, opened in ranked(question)]

    lowest, highest = step
    if lowest:
        match = _all([match, _all(words(lowest))])
    if highest > lowest:
        match = _without(_all([match, _any(words(highest))]), _all(words(lowest + 1)))
    return _without(match, _any(words(highest + 1))) if highest + 1 < len(LEVELS) else match


def _quoted(word: str, *, opened: bool = False) -> str:
    if dialect_name() == "sqlite":
        return f'"{word}"' + "*" * opened
    return f"'{word}'" + ":*" * opened


def _all(parts: Iterable[str]) -> str:
    return f"({(' AND ' if dialect_name() == 'sqlite' else ' & ').join(parts)})"


def _any(parts: Iterable[str]) -> str:
    return f"({(' OR ' if dialect_name() == 'sqlite' else ' | ').join(parts)})"


def _without(match: str, unwanted: str) -> str:
    return f"({match} NOT {unwanted})" if dialect_name() == "sqlite" else f"({match} & !{unwanted})"


def hits(
    consultation: Any,
    question: Any,
    *,
    pieces: Sequence[Any] = (),
    plain: Mapping[Facet, Any] | None = None,
    of_words: bool = True,
    gather: bool = False,
    upwards: bool | None = None,
) -> sa.FromClause:
    """Return what `search` does; consultation, question, pieces and plain facets (as `Asked` has them) may be bound parameters.

    Of two ways on PostgreSQL, what is known tells which: to gather from the index of words all that there is (`gather`), or to
    walk from the newest on until a page is full, which is quick for many and slow for few. The planner chooses, and takes words
    for independent: where many texts have each and few have both, it walks. So whoever knows better says `gather`. Of a phrase
    nothing is known, and the planner takes its pairs for independent, which they are not: what has them all is gathered, and
    looked into. What is gathered for a page is put in its order (`upwards`: the oldest first, or the newest; None: in none)
    before anything is read that is shown of it. Where no words are asked for (`of_words`), facets are read where they stand by
    themselves: a set of words is fetched and unpacked for each text that is looked at, which no plan reckons with.
    """
    if dialect_name() == "sqlite":
        return (
            sa.select(_place.c.submission_id, _fts.c.rowid.label("place"))
            .join_from(_fts, _place, _place.c.place == _fts.c.rowid)
            .where(
                _fts.c.submission_index.op("MATCH")(question),
                _place.c.consultation_id == consultation,
                *(_place.c[facet.value] == value for facet, value in (plain or {}).items()),
                *(sa.func.instr(_fts.c.words, piece) > 0 for piece in pieces),
            )
            .subquery("hits")
        )
    held = _tsv.c.words if of_words else _tsv.c.facets
    matched = _tsv.c.consultation_id == consultation, held.op("@@")(sa.cast(question, postgresql.TSQUERY()))
    found = sa.select(_tsv.c.submission_id, _tsv.c.place).where(*matched)
    if not pieces and not gather:
        return found.subquery("hits")
    gathered: sa.FromClause = found.where(_DEAR).cte("gathered").prefix_with("MATERIALIZED")
    if upwards is not None:
        order = gathered.c.place.asc() if upwards else gathered.c.place.desc()
        gathered = (
            sa.select(gathered).order_by(order).offset(0).subquery("in_order")
        )  # an offset keeps the order to itself
    if not pieces:
        return gathered
    return (
        sa.select(gathered)
        .join(_tsv, _tsv.c.submission_id == gathered.c.submission_id)
        .where(*(sa.func.strpos(_tsv.c.folded, piece) > 0 for piece in pieces))
        .subquery("hits")
    )


def folded_of(submission: uuid.UUID | sa.ScalarSelect[uuid.UUID]) -> str | None:
    """Return the folded text of a submission, None where it is not in the index (1 query)."""
    if dialect_name() == "sqlite":
        query = sa.select(_fts.c.words).join_from(_place, _fts, _fts.c.rowid == _place.c.place)
        return session.scalar(query.where(_place.c.submission_id == submission))
    return session.scalar(sa.select(_tsv.c.folded).where(_tsv.c.submission_id == submission))


def folded_without(submission: uuid.UUID, lacking: Lacking) -> str | None:
    """Return the folded text of a submission as it would be without a part of it, None where it is not accepted."""
    found = next(accepted(session, of_submissions([submission]), lacking=lacking), None)
    return found[1].folded if found else None


def place_of(submission: sa.ScalarSelect[uuid.UUID]) -> sa.ScalarSelect[int]:
    """Return, as part of a query, the place of a submission: where a page of results begins or ends."""
    table = _place if dialect_name() == "sqlite" else _tsv
    return sa.select(table.c.place).where(table.c.submission_id == submission).scalar_subquery()


def _is_sqlite(on: Executes) -> bool:
    return (on.dialect.name if isinstance(on, sa.Connection) else dialect_name()) == "sqlite"


def _first_place(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(microseconds=1) * _SLOTS


def _placed(found: Sequence[tuple[Any, Entry]], on: Executes) -> list[tuple[int, Entry]]:
    """Put each entry at the first place after those taken within the same millisecond."""
    table = _place if _is_sqlite(on) else _tsv
    before: dict[int, int] = {}
    placed: list[tuple[int, Entry]] = []
    for row, entry in found:
        first = _first_place(row.received_at)
        end = first + 1000 * _SLOTS
        if first not in before:
            taken = sa.select(sa.func.max(table.c.place)).where(table.c.place >= first, table.c.place < end)
            last = on.execute(taken).scalar_one()
            before[first] = first - 1 if last is None else int(last)
        near = max((place for place, _ in placed if first <= place < end), default=before[first])
        placed.append((max(before[first], near) + 1, entry))
    return placed


def _write(entries: Sequence[tuple[int, Entry]], on: Executes) -> None:
    """Write entries at their places."""
    if not entries:
        return
    rows = [{"place": at, "submission_id": one.submission, "consultation_id": one.consultation} for at, one in entries]
    if _is_sqlite(on):
        beside = ({facet.value: value for facet, value in one.plain.items()} for _, one in entries)
        on.execute(sa.insert(_place), [row | more for row, more in zip(rows, beside, strict=True)])
        texts = [
            {"rowid": at, "words": one.folded, "marks": " ".join([*one.often, *one.pairs, *one.facets])}
            for at, one in entries
        ]
        on.execute(sa.insert(_fts), texts)
        return
    sets = {
        name: sa.func.array_to_tsvector(sa.bindparam(name, type_=postgresql.ARRAY(sa.Text())))
        for name in ("words", "facets")
    }
    found = (
        {"folded": one.folded, "words": [*one.words, *one.often, *one.pairs, *one.facets], "facets": one.facets}
        for _, one in entries
    )
    on.execute(sa.insert(_tsv).values(sets), [row | more for row, more in zip(rows, found, strict=True)])
