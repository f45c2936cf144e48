"""The public register of submissions: narrowed, searched, and read page by page."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa

from consult import search
from consult.accounts.models import Body
from consult.db import dialect_name, read
from consult.i18n import Localized, localized_of
from consult.paging import COUNTED, PAGE, Page, page_of
from consult.submissions.cosigning.models import Cosignature, standing
from consult.submissions.edges import edge_at, numbered
from consult.submissions.models import ReviewDecision, Submission, SubmissionTopic
from consult.submissions.queries import latest_decision
from consult.submissions.states import SubmissionState

#: What the table itself is narrowed by, one at a time.
ALONE = frozenset({search.Facet.TRACK, search.Facet.LANGUAGE, search.Facet.TOPIC, search.Facet.BODY})


@dataclass(frozen=True, slots=True)
class RegisterFilter:
    """What the register is narrowed to; hidden submissions are narrowed by track alone, so that nothing tells of them.

    `field` is where the words are looked for. `best`: those that answer best to the words first (`search.ranking`). `region` is that of the body under whose name a text stands, so a withheld name has none.
    """

    state: SubmissionState = SubmissionState.ACCEPTED
    track: str = ""
    topic: uuid.UUID | None = None
    body: uuid.UUID | None = None
    region: str = ""
    language: str = ""
    words: str = ""
    field: search.Field = search.Field.EVERYWHERE
    best: bool = False

    @property
    def question(self) -> search.Question:
        """Return what the words ask for, in the field that they are looked for in."""
        asked = search.parse(self.words)
        return asked if self.field is search.Field.EVERYWHERE else asked.within(self.field)

    @property
    def ranked(self) -> bool:
        """Tell whether there are words to rank by: hidden texts are not searched."""
        return self.best and self.state is not SubmissionState.HIDDEN and bool(self.question.terms)

    @property
    def facets(self) -> Mapping[search.Facet, str | uuid.UUID]:
        """Return what the accepted texts are narrowed to, beside words."""
        facet = search.Facet
        said = {
            facet.TRACK: self.track,
            facet.LANGUAGE: self.language,
            facet.TOPIC: self.topic,
            facet.BODY: self.body,
            facet.REGION: self.region,
        }
        return {name: value for name, value in said.items() if value}


@dataclass(frozen=True, slots=True)
class Listed:
    """A submission as the register shows it; `topics` are ids as 32 hexadecimal digits.

    Of a hidden one, title, language, author, body and topics are empty, and `ground` tells why. `cosigned` is how many other bodies
    stand behind the text as it is now. `decided_at`: an accepted one is public as it is since then.
    """

    number: str
    title: str
    language: str
    track: str
    received_at: datetime
    author: str
    withheld: bool
    body: Localized | None
    topics: Sequence[str]
    ground: str = ""
    cosigned: int = 0
    decided_at: datetime | None = None


def register(
    consultation: uuid.UUID, wanted: RegisterFilter, *, before: str = "", after: str = "", few: bool = False
) -> Page[Listed]:
    """Return a page of the register: the first, what follows on `before`, or what precedes `after`.

    `few` is what counting said. 1 query; best match first, one for each step of the ranking until the page is full, and one for
    where the page begins.
    """
    mark, upwards = after or before, bool(after)
    if wanted.ranked:
        rows = _best(consultation, wanted, mark, upwards=upwards)
    else:
        rows = _rows(_values(consultation, wanted), wanted, mark, gather=few, upwards=upwards)
    return page_of([_listed(row) for row in rows], lambda row: row.number, before=before, after=after)


def newly_public(consultation: uuid.UUID, wanted: RegisterFilter) -> Sequence[Listed]:
    """Return the accepted texts that became public last, the newest first, at most a page of them (1 query)."""
    given = _values(consultation, wanted)
    return [_listed(row) for row in read(_newest(_shape(wanted, given, gather=True)), given)]


def _rows(
    given: dict[str, Any], wanted: RegisterFilter, mark: str, *, gather: bool, upwards: bool
) -> Sequence[sa.Row[Any]]:
    if mark:
        given["mark"] = mark
    return read(_page(_shape(wanted, given, gather=gather), upwards=upwards), given).all()


def _best(consultation: uuid.UUID, wanted: RegisterFilter, mark: str, *, upwards: bool) -> Sequence[sa.Row[Any]]:
    """Return the rows from a mark on, step after step of the ranking; none where the mark is not found."""
    steps, question = list(search.steps_of(wanted.question)), wanted.question
    steps = steps[::-1] if upwards else steps
    if mark:
        folded = search.folded_of(numbered(consultation, mark))
        if folded is None:
            return []
        steps = steps[steps.index(search.step_in(folded, question)) :]
    rows: list[sa.Row[Any]] = []
    for step in steps:
        rows += _rows(_values(consultation, wanted, step), wanted, mark, gather=True, upwards=upwards)
        if len(rows) > PAGE:
            break
        mark = ""  # whatever stands on another step stands beyond it
    return rows[: PAGE + 1]


@dataclass(frozen=True, slots=True)
class Count:
    """How many submissions a filter leaves: at most COUNTED + 1, None where counting would cost more than it tells.

    `few` says that a search finds no more than COUNTED.
    """

    total: int | None
    few: bool = False


def count_register(consultation: uuid.UUID, wanted: RegisterFilter) -> Count:
    """Count what a filter leaves (1 query; none for the beginning of a word that stands for very many)."""
    given = _values(consultation, wanted)
    if "question" not in given:
        return Count(read(_count(_shape(wanted, given)), given).scalar_one())
    asked = wanted.question
    if not asked.narrow:
        return Count(None)
    joint = bool(asked.terms) and len(asked.terms) + len(wanted.facets) > 1
    found: int = read(_count_found(_shape(wanted, given, gather=joint)), given).scalar_one()
    return Count(found, few=found <= COUNTED)


def first_page(consultation: uuid.UUID, wanted: RegisterFilter) -> tuple[Count, Page[Listed]]:
    """Count what a filter leaves, and return the first page of it.

    1 query on SQLite where the text index is asked: several lists are then intersected once. Otherwise one for each, and none
    for the page of what is nowhere; PostgreSQL counts sooner in no order.
    """
    given = _values(consultation, wanted)
    at_once = dialect_name() == "sqlite" and "question" in given and wanted.question.narrow and not wanted.ranked
    if not at_once:
        count = count_register(consultation, wanted)
        return count, Page(()) if count.total == 0 else register(consultation, wanted, few=count.few)
    rows = read(_first(_shape(wanted, given)), given).all()
    found = rows[0][0] if rows else 0
    return Count(found, few=found <= COUNTED), page_of(
        [_listed(row[1:]) for row in rows], lambda row: row.number, before="", after=""
    )


@dataclass(frozen=True, slots=True)
class _Shape:
    """What makes two questions to the register different queries; a query of one shape is built once.

    Building one takes longer than running it. `given` are the names of its parameters; `gather` is what `search.hits` is told.
    """

    engine: str
    state: SubmissionState
    given: frozenset[str]
    gather: bool
    of_words: bool = True

    @property
    def pieces(self) -> list[Any]:
        """Return the parameters that hold the pieces of a question."""
        names = sorted(name for name in self.given if name.startswith("piece_"))
        return [sa.bindparam(name, type_=sa.Text()) for name in names]

    @property
    def plain(self) -> Mapping[search.Facet, Any]:
        """Return the parameters that hold facets which are no words of the question."""
        names = {facet: f"plain_{facet}" for facet in search.Facet}
        return {facet: sa.bindparam(name, type_=sa.Text()) for facet, name in names.items() if name in self.given}


def _shape(wanted: RegisterFilter, given: Mapping[str, Any], *, gather: bool = False) -> _Shape:
    return _Shape(dialect_name(), wanted.state, frozenset(given), gather, bool(wanted.question.terms))


def _values(consultation: uuid.UUID, wanted: RegisterFilter, step: search.Step | None = None) -> dict[str, Any]:
    """Return the parameters of a query: the consultation, what it is narrowed to, and the step of the ranking.

    One filter of those in ALONE is a range of an index of the table. Whatever is more is a question to the text index, which
    intersects words and filters alike, however few are left of however many.
    """
    given: dict[str, Any] = {"consultation": consultation}
    if wanted.state is SubmissionState.HIDDEN:
        return given | ({"track": wanted.track} if wanted.track else {})
    facets, words = wanted.facets, wanted.question
    if not words.terms and len(facets) < 2 and ALONE.issuperset(facets):
        return given | {facet.value: value for facet, value in facets.items()}
    asked = search.asked_of(words, facets, step=step)
    return given | (asked.parameters if asked else {})


@cache
def _page(shape: _Shape, *, upwards: bool) -> sa.Select[Any]:
    hits = _hits(shape, upwards=upwards)
    query = _narrowed(sa.select(*_listed_columns(shape.state)), shape, hits)
    key = hits.c.place if hits is not None else sa.tuple_(Submission.received_at, Submission.id)
    if "mark" in shape.given:
        edge = edge_at(sa.bindparam("consultation"), sa.bindparam("mark"), by_place=hits is not None)
        query = query.where(key > edge if upwards else key < edge)
    order = [hits.c.place] if hits is not None else [Submission.received_at, Submission.id]
    return query.order_by(*(column.asc() if upwards else column.desc() for column in order)).limit(PAGE + 1)


@cache
def _newest(shape: _Shape) -> sa.Select[Any]:
    hits = _asked(shape) if "question" in shape.given else None
    query = _narrowed(sa.select(*_listed_columns(shape.state)), shape, hits)
    return query.order_by(Submission.decided_at.desc(), Submission.id.desc()).limit(PAGE)


@cache
def _count(shape: _Shape) -> sa.Select[int]:
    one = sa.select(sa.literal(1))
    if "topic" not in shape.given:
        return _up_to_the_limit(_narrowed(one, shape, None))
    # From the topic's side, which SQLite would not choose: the limit is reached without walking the whole register.
    found = _narrowed(one, replace(shape, given=frozenset()), None)
    about = one.select_from(SubmissionTopic).where(SubmissionTopic.topic_id == sa.bindparam("topic", type_=sa.Uuid()))
    return _up_to_the_limit(about.where(found.where(Submission.id == SubmissionTopic.submission_id).exists()))


@cache
def _count_found(shape: _Shape) -> sa.Select[int]:
    return _up_to_the_limit(sa.select(_asked(shape).c.place))


@cache
def _first(shape: _Shape) -> sa.Select[Any]:
    """Return the query for the first page, before each row how many there are."""
    hits = _asked(shape)
    found = sa.select(hits).order_by(hits.c.place.desc()).limit(COUNTED + 1).cte("found").prefix_with("MATERIALIZED")
    total = sa.select(sa.func.count()).select_from(found).scalar_subquery()
    query = sa.select(total, *_listed_columns(shape.state)).join_from(
        found, sa.inspect(Submission).selectable, Submission.id == found.c.submission_id
    )
    # Of the consultation is what was found: said once more, it would lead SQLite to begin with all submissions there are.
    return query.where(Submission.state == shape.state).order_by(found.c.place.desc()).limit(PAGE + 1)


def _up_to_the_limit(query: sa.Select[Any]) -> sa.Select[int]:
    return sa.select(sa.func.count()).select_from(query.limit(COUNTED + 1).subquery())


def _hits(shape: _Shape, *, upwards: bool) -> sa.FromClause | None:
    return _asked(shape, upwards=upwards) if "question" in shape.given else None


def _asked(shape: _Shape, *, upwards: bool | None = None) -> sa.FromClause:
    return search.hits(
        sa.bindparam("consultation"),
        sa.bindparam("question"),
        pieces=shape.pieces,
        plain=shape.plain,
        of_words=shape.of_words,
        gather=shape.gather,
        upwards=upwards,
    )


def _narrowed(query: sa.Select[Any], shape: _Shape, hits: sa.FromClause | None) -> sa.Select[Any]:
    start, topic = sa.inspect(Submission).selectable, sa.bindparam("topic", type_=sa.Uuid())
    query = query.select_from(start if hits is None else hits.join(start, hits.c.submission_id == Submission.id))
    query = query.where(Submission.consultation_id == sa.bindparam("consultation"), Submission.state == shape.state)
    columns = {"track": Submission.track, "body": Submission.body_id, "language": Submission.language}
    query = query.where(*(column == sa.bindparam(name) for name, column in columns.items() if name in shape.given))
    if "topic" not in shape.given:
        return query
    return query.where(
        sa.exists().where(SubmissionTopic.submission_id == Submission.id, SubmissionTopic.topic_id == topic)
    )


def _listed_columns(state: SubmissionState) -> Sequence[Any]:
    topics = (
        sa.select(sa.func.aggregate_strings(sa.cast(SubmissionTopic.topic_id, sa.String()), ","))
        .where(SubmissionTopic.submission_id == Submission.id)
        .scalar_subquery()
    )
    body = sa.select(sa.cast(Body.names, sa.Text())).where(Body.id == Submission.body_id).scalar_subquery()
    cosigned: Any = (
        sa.select(sa.func.count()).where(Cosignature.submission_id == Submission.id, *standing()).scalar_subquery()
    )
    ground = latest_decision(ReviewDecision.ground) if state is SubmissionState.HIDDEN else sa.literal("")
    shown: Sequence[Any] = (
        Submission.title,
        Submission.language,
        Submission.author,
        Submission.withheld,
        body,
        topics,
    )
    if state is SubmissionState.HIDDEN:
        shown, cosigned = (
            (sa.literal(""), sa.literal(""), sa.literal(""), sa.false(), sa.null(), sa.null()),
            sa.literal(0),
        )
    return (
        Submission.number,
        Submission.track,
        Submission.received_at,
        *shown,
        ground,
        cosigned,
        Submission.decided_at,
    )


def _listed(row: Any) -> Listed:
    number, track, received_at, title, language, author, withheld, body, topics, ground, cosigned, decided_at = row
    ids = topics.replace("-", "").split(",") if topics else ()
    names = localized_of(body) if body else None
    return Listed(
        number,
        title,
        language,
        track,
        received_at,
        author,
        bool(withheld),
        names,
        ids,
        ground or "",
        cosigned,
        decided_at,
    )
