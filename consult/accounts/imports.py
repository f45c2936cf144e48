"""Bringing in bodies from a table: every row is entered, unchanged or rejected, and again changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import sqlalchemy as sa

from consult.accounts.access import Actor, demand
from consult.accounts.bodies import BodyDraft, Entered, body_problems, enter_body
from consult.accounts.body_maps import BODY_COLUMNS, known_file
from consult.accounts.models import Body
from consult.db import session, transaction
from consult.errors import Problem, Rejected
from consult.i18n import N_
from consult.spreadsheets import Row
from consult.spreadsheets.outcome import ImportOutcome, Rejection

CHUNK = 100
Reader = Callable[[Mapping[str, str]], BodyDraft]


def reader_for(columns: Iterable[str]) -> Reader | None:
    """Return how a table with these columns is read, None if it is none of the known ones."""
    known = known_file(tuple(columns))
    return None if known is None else known.read


class _Undo(Exception):  # not an error: the way back of a dry run
    pass


def import_bodies(
    rows: Iterable[Row],
    reader: Reader,
    *,
    actor: Actor,
    dry_run: bool = False,
    column_of: Callable[[str], str] = lambda field: field,
    progress: Callable[[int], object] = lambda count: None,
    after: int = 1,
    keep: Callable[[int, ImportOutcome], object] = lambda row, part: None,
) -> ImportOutcome:
    """Enter every row, or say why not; a body that is there as it is written stays unchanged. Raises Forbidden.

    Rows are written a hundred at a time, each hundred one transaction, within which `keep` is called with the number of the
    last row and what became of its rows; an import that goes on begins `after` that row. A dry run writes nothing else.
    """
    demand(actor, "body.register")
    outcome, seen, source = ImportOutcome(), set[str](), iter(rows)
    while chunk := list(islice(source, CHUNK)):
        part = ImportOutcome()
        new = [one for one in _looked_at(chunk, reader, column_of, seen) if one.number > after]
        part.rejections = [rejection for one in new for rejection in one.rejections]
        try:
            with transaction():
                _enter_all(new, part, actor)
                if dry_run:
                    raise _Undo
                keep(chunk[-1].number, part)
        except _Undo:
            with transaction():
                keep(chunk[-1].number, part)
        outcome.add(part)
        progress(len(chunk))
    return outcome


@dataclass(frozen=True, slots=True)
class LookedAtBody:
    """A row as it would stand, or why it would not be taken."""

    number: int
    draft: BodyDraft
    rejections: Sequence[Rejection]


def look_at_bodies(
    rows: Iterable[Row], reader: Reader, column_of: Callable[[str], str] = lambda field: field
) -> list[LookedAtBody]:
    """Return rows as they would stand, without asking what is there already; nothing is written."""
    return list(_looked_at(rows, reader, column_of, set()))


def _looked_at(
    rows: Iterable[Row], reader: Reader, column_of: Callable[[str], str], seen: set[str]
) -> Iterator[LookedAtBody]:
    for row in rows:
        draft = reader(row.cells)
        problems = list(body_problems(draft))
        if draft.key in seen:
            problems.append(Problem("key", N_("Another row of this file has the key “%(key)s”.", key=draft.key)))
        seen.add(draft.key)
        yield LookedAtBody(
            row.number, draft, [Rejection(row.number, column_of(one.field), one.message) for one in problems]
        )


def _enter_all(rows: Iterable[LookedAtBody], part: ImportOutcome, actor: Actor) -> None:
    for row in rows:
        if row.rejections:
            continue
        try:
            _, entered = enter_body(row.draft, actor=actor)
        except Rejected as rejected:
            part.rejections += [Rejection(row.number, p.field, p.message) for p in rejected.problems]
            continue
        part.unchanged += entered is Entered.UNCHANGED
        part.imported += entered is not Entered.UNCHANGED
        part.changed += entered is Entered.CHANGED


def export_bodies(*, actor: Actor) -> Iterator[Mapping[str, Any]]:
    """Yield the listed bodies of the register, by code. Raises Forbidden."""
    demand(actor, "body.register")
    for body in session.scalars(sa.select(Body).where(Body.listed, Body.valid_to.is_(None)).order_by(Body.key)):
        yield {
            "key": body.key,
            "kind": body.kind,
            **{f"name_{code}": body.names.get(code, "") for code in ("ar", "en", "fr")},
            "level": body.level,
            "region": body.region,
            "district": body.district,
            "parent": body.parent_key,
            "source": body.source,
        }


__all__ = [
    "BODY_COLUMNS",
    "LookedAtBody",
    "Reader",
    "export_bodies",
    "import_bodies",
    "look_at_bodies",
    "reader_for",
]
