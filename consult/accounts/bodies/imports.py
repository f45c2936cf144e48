"""Bringing in bodies from a table: every row is entered, unchanged or rejected, and again changes nothing."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice
from typing import Any

import sqlalchemy as sa

from consult import clock
from consult.accounts.access import Actor, demand
from consult.accounts.bodies.entering import Entered, enter_body, kind_problems, what_comes_of
from consult.accounts.bodies.maps import BODY_COLUMNS, BodyRow, known_file
from consult.accounts.bodies.models import BodyEnd, BodySuccessor
from consult.accounts.bodies.services import Coming, body_problems
from consult.accounts.models import Body
from consult.db import session, transaction, undone
from consult.errors import Problem, Rejected
from consult.i18n import N_
from consult.spreadsheets import Row
from consult.spreadsheets.outcome import ImportOutcome, Rejection

CHUNK = 100
Reader = Callable[[Mapping[str, str]], BodyRow]


def reader_for(columns: Iterable[str]) -> Reader | None:
    """Return how a table with these columns is read, None if it is none of the known ones."""
    known = known_file(tuple(columns))
    return None if known is None else known.read


def import_bodies(
    rows: Iterable[Row],
    reader: Reader,
    *,
    actor: Actor,
    dry_run: bool = False,
    column_of: Callable[[str], str] = lambda field: field,
    progress: Callable[[int], object] = lambda count: None,
    after: int = 1,
    coming: Coming = dict,
    keep: Callable[[int, ImportOutcome], object] = lambda row, part: None,
) -> ImportOutcome:
    """Enter every row, or say why not; a body that is there as it is written stays unchanged. Raises Forbidden.

    A row with a day changes its body from that day on, one without puts it right (`body_entering`). `coming` returns the
    codes that the file brings (`codes_in`), so that rows may stand in any order.

    Rows are written a hundred at a time, each hundred one transaction, within which `keep` is called with the number of the
    last row and what became of its rows; an import that goes on begins `after` that row. A dry run writes nothing else.
    """
    demand(actor, "body.register")
    outcome, seen, source = ImportOutcome(), set[tuple[str, date | None]](), iter(rows)
    while chunk := list(islice(source, CHUNK)):
        part = ImportOutcome()
        new = [one for one in _looked_at(chunk, reader, column_of, seen) if one.number > after]
        part.rejections = [rejection for one in new for rejection in one.rejections]
        if dry_run:
            with undone():
                _enter_all(new, part, column_of, actor, coming)
        with transaction():
            if not dry_run:
                _enter_all(new, part, column_of, actor, coming)
            keep(chunk[-1].number, part)
        outcome.add(part)
        progress(len(chunk))
    return outcome


@dataclass(frozen=True, slots=True)
class LookedAtBody:
    """A row as it would stand and what would come of it, or why it would not be taken."""

    number: int
    row: BodyRow
    rejections: Sequence[Rejection]
    comes_to: Entered | None = None


def codes_in(rows: Iterable[Row], reader: Reader) -> Mapping[str, str]:
    """Return the codes of the bodies that a file brings, each with that of the body above: those of its rows that can be read."""
    found: dict[str, str] = {}
    for one in _looked_at(rows, reader, str, set()):
        if not one.rejections:
            draft = one.row.draft
            found[draft.key] = draft.parent_key or found.get(draft.key, "")
    return found


def look_at_bodies(
    rows: Iterable[Row],
    reader: Reader,
    column_of: Callable[[str], str] = lambda field: field,
    *,
    coming: Coming = dict,
) -> Iterator[LookedAtBody]:
    """Yield rows as they would stand, each beside what is in the register now and what is `coming`; nothing is written."""
    for one in _looked_at(rows, reader, column_of, set()):
        if one.rejections:
            yield one
            continue
        try:
            yield replace(one, comes_to=what_comes_of(one.row.draft, one.row.since, coming, one.row.end))
        except Rejected as rejected:
            yield replace(one, rejections=_rejections(one.number, rejected.problems, column_of))


def _looked_at(
    rows: Iterable[Row], reader: Reader, column_of: Callable[[str], str], seen: set[tuple[str, date | None]]
) -> Iterator[LookedAtBody]:
    for row in rows:
        read = reader(row.cells)
        problems = [*body_problems(read.draft), *kind_problems(read.draft.kind)]
        try:
            since, _end = read.since, read.end  # both are read: each may be no day
        except Rejected as rejected:
            problems += rejected.problems
        else:
            known = (read.draft.key, since)
            problems += _of_another_row(known, seen)
            seen.add(known)
        yield LookedAtBody(row.number, read, _rejections(row.number, problems, column_of))


def _of_another_row(known: tuple[str, date | None], seen: Collection[tuple[str, date | None]]) -> Iterator[Problem]:
    """Yield that a body stands in the file already, and that its day is still to come."""
    key, since = known
    if known in seen:
        yield Problem("key", N_("Another row of this file has the key “%(key)s”.", key=key))
    if since is not None and since > clock.now().date():
        yield Problem("since", N_("This day is still to come."))


def _rejections(number: int, problems: Iterable[Problem], column_of: Callable[[str], str]) -> list[Rejection]:
    return [Rejection(number, column_of(one.field), one.message) for one in problems]


def _enter_all(
    rows: Iterable[LookedAtBody],
    part: ImportOutcome,
    column_of: Callable[[str], str],
    actor: Actor,
    coming: Coming,
) -> None:
    for one in rows:
        if one.rejections:
            continue
        try:
            _, entered = enter_body(one.row.draft, since=one.row.since, end=one.row.end, actor=actor, coming=coming)
        except Rejected as rejected:
            part.rejections += _rejections(one.number, rejected.problems, column_of)
            continue
        part.unchanged += entered is Entered.UNCHANGED
        part.imported += entered is not Entered.UNCHANGED
        part.changed += entered in (Entered.CORRECTED, Entered.CHANGED)


def export_bodies(*, actor: Actor) -> Iterator[Mapping[str, Any]]:
    """Yield the listed bodies of the register as rows that correct: `since` is empty. Raises Forbidden.

    Those that have ended come last, each after those that followed it, so that all of it can be brought in elsewhere.
    """
    demand(actor, "body.register")
    ends = {one.body_id: one for one in session.scalars(sa.select(BodyEnd).where(BodyEnd.undone_at.is_(None)))}
    followed = defaultdict[uuid.UUID, list[str]](list)
    pairs = sa.select(BodySuccessor.body_id, Body.key).join(Body, Body.id == BodySuccessor.successor_id)
    for body_id, key in session.execute(pairs.order_by(Body.key)):
        followed[body_id].append(key)
    listed = sa.select(Body).where(Body.listed)
    for body in session.scalars(listed.order_by(Body.valid_to.is_not(None), Body.valid_to.desc(), Body.key)):
        end = ends.get(body.id)
        yield {
            "key": body.key,
            "kind": body.kind,
            **{f"name_{code}": body.names.get(code, "") for code in ("ar", "en", "fr")},
            "level": body.level,
            "region": body.region,
            "district": body.district,
            "parent": body.parent_key,
            "source": body.source,
            "since": "",
            "ended": end.since.isoformat() if end else "",
            "ended_source": end.source if end else "",
            "successors": " ".join(followed[body.id]) if end else "",
        }


__all__ = [
    "BODY_COLUMNS",
    "LookedAtBody",
    "Reader",
    "codes_in",
    "export_bodies",
    "import_bodies",
    "look_at_bodies",
    "reader_for",
]
