"""Every class of data with its rule, in this one place: what is kept, for how long, and why.

A table belongs to exactly one class; a test fails for one that was forgotten. Plugins name the class of their own tables:
`__table_args__ = ({"info": {"retention": "texts"}},)`. A period may be shortened by the setting `retention`, never made
longer: what the public page promises holds for every instance.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache

import sqlalchemy as sa

from consult.db import Base
from consult.retention.going import GOING
from consult.retention.kept import Kept, Part
from consult.retention.staying import STAYING
from consult.settings import Settings, UnknownSetting

CLASSES: tuple[Kept, ...] = (*GOING, *STAYING)


def forgotten_tables() -> Sequence[str]:
    """Return tables that belong to no class, or to more than one."""
    known = {kept.key for kept in CLASSES}
    named = {t.name: [k.key for k in CLASSES if t.name in k.tables] for t in Base.metadata.sorted_tables}
    for table in Base.metadata.sorted_tables:
        if own := table.info.get("retention"):
            named[table.name].append(own)
    return [name for name, keys in named.items() if len(keys) != 1 or not set(keys) <= known]


def periods(settings: Settings) -> Mapping[str, int]:
    """Return the days after which each class goes here. Raises UnknownSetting for a line that is none."""
    return _periods(settings.retention)


@cache
def _periods(lines: tuple[str, ...]) -> Mapping[str, int]:
    found = {kept.key: kept.days for kept in GOING if kept.days is not None}
    for line in lines:
        key, _, days = (part.strip() for part in line.partition("="))
        if key not in found or not (days.isascii() and days.isdigit()):
            raise UnknownSetting(f"retention: {line!r} is no class of data with a number of days ({', '.join(found)})")
        if int(days) > found[key]:
            raise UnknownSetting(f"retention: {key} is kept for at most {found[key]} days; a shorter time may be set")
        found[key] = int(days)
    return found


def parts_of(kept: Kept) -> Iterator[tuple[Part, list[sa.ColumnElement[bool]]]]:
    """Yield the parts of a class, each with the conditions that a row of its table is under the rule."""
    for part in kept.parts:
        yield part, list(part.where())
