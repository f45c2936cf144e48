"""Bringing in bodies from a table: the reference files that ship with consult and its tracks, and our own export."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from consult.accounts.access import Actor, demand
from consult.accounts.bodies import BodyDraft, Entered, enter_body
from consult.accounts.models import Body
from consult.db import session, transaction
from consult.errors import Rejected
from consult.i18n import Localized, Message
from consult.spreadsheets import Row

BODY_COLUMNS = ("key", "kind", "name_ar", "name_en", "name_fr", "level", "region", "district", "parent", "source")
#: Columns that an export of before may lack.
LATER_COLUMNS = frozenset({"level"})


@dataclass(frozen=True, slots=True)
class BodyRejection:
    """Why a row was not taken: its number in the file, the column, the reason."""

    row: int
    column: str
    reason: Message


@dataclass(slots=True)
class BodiesOutcome:
    """What became of the rows."""

    imported: int = 0
    unchanged: int = 0
    rejections: list[BodyRejection] = field(default_factory=list)

    @property
    def rejected(self) -> int:
        """The number of rejected rows."""
        return len({rejection.row for rejection in self.rejections})


def _municipality(cells: Mapping[str, str]) -> BodyDraft:
    return BodyDraft(
        cells["id"],
        "municipality",
        _names(cells),
        region=cells["region"],
        district=cells["district_iso"],
        source="municipalities.csv",
    )


def _academic(cells: Mapping[str, str]) -> BodyDraft:
    kind = "university" if cells["kind"] == "education" else "research_centre"
    return BodyDraft(cells["id"], kind, _names(cells), source=cells["source"])


def _institution(cells: Mapping[str, str]) -> BodyDraft:
    return BodyDraft(cells["code"], cells["kind"], _names(cells), parent_key=cells["parent"], source=cells["source"])


def _own(cells: Mapping[str, str]) -> BodyDraft:
    return BodyDraft(
        cells["key"],
        cells["kind"],
        _names(cells),
        region=cells["region"],
        district=cells["district"],
        parent_key=cells["parent"],
        source=cells["source"],
        level=cells.get("level", ""),
    )


def _names(cells: Mapping[str, str]) -> Localized:
    return Localized({code: cells.get(f"name_{code}", "").strip() for code in ("ar", "en", "fr")})


#: The columns by which a file is known, and how its rows are read.
READERS: tuple[tuple[frozenset[str], Callable[[Mapping[str, str]], BodyDraft]], ...] = (
    (frozenset(BODY_COLUMNS) - LATER_COLUMNS, _own),
    (frozenset({"id", "name_en", "name_ar", "district_iso", "region"}), _municipality),
    (frozenset({"id", "name_en", "name_ar", "acronym", "kind", "source"}), _academic),
    (frozenset({"code", "name_en", "name_ar", "name_fr", "kind", "parent", "source"}), _institution),
)


def reader_for(columns: Iterable[str]) -> Callable[[Mapping[str, str]], BodyDraft] | None:
    """Return how a table with these columns is read, None if it is none of the known ones."""
    present = set(columns)
    return next((reader for needed, reader in READERS if needed <= present), None)


def import_bodies(
    rows: Iterable[Row], reader: Callable[[Mapping[str, str]], BodyDraft], *, actor: Actor, dry_run: bool = False
) -> BodiesOutcome:
    """Enter every row, or say why not; a body that is there as it is written stays unchanged. Raises Forbidden."""
    demand(actor, "body.register")
    outcome = BodiesOutcome()
    for row in rows:
        try:
            entered = _enter(reader(row.cells), actor, dry_run=dry_run)
        except Rejected as rejected:
            outcome.rejections += [BodyRejection(row.number, p.field, p.message) for p in rejected.problems]
            continue
        if entered is Entered.UNCHANGED:
            outcome.unchanged += 1
        else:
            outcome.imported += 1
    return outcome


class _Undo(Exception):  # not an error: the way back of a dry run
    pass


def _enter(draft: BodyDraft, actor: Actor, *, dry_run: bool) -> Entered:
    entered = Entered.UNCHANGED
    try:
        with transaction():
            _, entered = enter_body(draft, actor=actor)
            if dry_run:
                raise _Undo
    except _Undo:
        pass
    return entered


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
