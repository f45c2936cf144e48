"""Small counts are not published, nor whatever they could be computed back from.

A count from 1 to 4 may point at somebody: it is hidden (primary suppression). A hidden count that is a total less the
others would be no secret, so further counts are hidden until none can be computed back (complementary suppression). The
model is the network of Cox: a count is an edge, a sum that is published ties edges together at a node, and a hidden count
is safe exactly where it lies on a cycle of hidden counts along which something can be moved while all sums stand and no
hidden count falls below 1. L. H. Cox, "Network models for complementary cell suppression", Journal of the American
Statistical Association 90 (1995), 1453-1462; L. Willenborg and T. de Waal, "Elements of Statistical Disclosure Control"
(Springer 2001), chapters 6 and 8.

Whoever reads the tables may know this rule: that what is hidden is at least 1, and which counts are hidden.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import TypeVar

#: The least count that is published; nothing is hidden about a count of 0.
LEAST = 5
K = TypeVar("K", bound=Hashable)

Node = Hashable
#: The two ends of every table: what leaves one reaches the other, and how much that is, is published.
FROM, TO = "from", "to"


@dataclass(frozen=True, slots=True)
class Cell:
    """A count of a table: its key, its value, and the nodes it leads between. What comes to a node also leaves it."""

    key: Hashable
    value: int
    start: Node
    end: Node


def one_way(counts: Mapping[K, int]) -> Sequence[Cell]:
    """Return the cells of a table by one thing, whose total is published."""
    return [Cell(key, value, FROM, TO) for key, value in counts.items()]


def two_way(counts: Mapping[tuple[str, str], int]) -> Sequence[Cell]:
    """Return the cells of a table by two things, with the totals of rows (row, None) and columns (None, column)."""
    rows: dict[str, int] = {}
    columns: dict[str, int] = {}
    for (row, column), value in counts.items():
        rows[row] = rows.get(row, 0) + value
        columns[column] = columns.get(column, 0) + value
    return [
        *(Cell((row, None), value, FROM, ("row", row)) for row, value in rows.items()),
        *(Cell((r, c), value, ("row", r), ("column", c)) for (r, c), value in counts.items()),
        *(Cell((None, column), value, ("column", column), TO) for column, value in columns.items()),
    ]


def nested(groups: Mapping[str, Mapping[str, int]]) -> Sequence[Cell]:
    """Return the cells of groups with their parts, (group, part), and the totals of groups, (group, None)."""
    return [
        *(Cell((group, None), sum(parts.values()), FROM, ("group", group)) for group, parts in groups.items()),
        *(Cell((group, part), n, ("group", group), TO) for group, parts in groups.items() for part, n in parts.items()),
    ]


def suppressed(cells: Sequence[Cell]) -> frozenset[Hashable] | None:
    """Return the keys of the counts to hide; None where only hiding the whole table protects them.

    The least in all is hidden that one small count after another asks for, and what turns out to be hidden for nothing is
    shown again, the largest first: near the least possible, which is NP-hard to find (Willenborg and de Waal, 2001).
    """
    primary = [cell for cell in cells if 0 < cell.value < LEAST]
    hidden = {cell.key for cell in primary}
    for cell in primary:
        if not is_protected(cell, cells, hidden):
            way = _cheapest_cycle(cell, cells, hidden)
            if way is None:
                return None
            hidden.update(way)
    return _without_idle(cells, hidden, {cell.key for cell in primary})


def protected(counts: Mapping[K, int]) -> Mapping[K, int | None]:
    """Return the counts of people by one thing as they are published: None for what is hidden, all of them where need be.

    Whatever is published by an attribute of people and cannot be recounted from what is public anyway goes through here, or
    through `suppressed` (`docs/statistics.md`; `tests/architecture/test_small_counts.py` names every count there is).
    """
    hidden = suppressed(one_way(counts))
    return {key: None if hidden is None or key in hidden else value for key, value in counts.items()}


def is_protected(cell: Cell, cells: Sequence[Cell], hidden: Collection[Hashable]) -> bool:
    """Tell whether a hidden count cannot be computed back: another value of it fits all that is published as well."""
    return _cheapest_cycle(cell, [one for one in cells if one.key in hidden], hidden) is not None


def all_protected(cells: Sequence[Cell], hidden: Collection[Hashable]) -> bool:
    """Tell whether none of the hidden counts can be computed back."""
    return all(is_protected(cell, cells, hidden) for cell in cells if cell.key in hidden)


def _without_idle(cells: Sequence[Cell], hidden: set[Hashable], primary: Collection[Hashable]) -> frozenset[Hashable]:
    extra = [cell for cell in cells if cell.key in hidden and cell.key not in primary]
    for cell in sorted(extra, key=lambda one: -one.value):
        if all_protected(cells, fewer := hidden - {cell.key}):
            hidden = fewer
    return frozenset(hidden)


def _cheapest_cycle(cell: Cell, cells: Sequence[Cell], hidden: Collection[Hashable]) -> Collection[Hashable] | None:
    """Return the keys on the cycle through a cell that hides least besides what is hidden, None where there is none.

    Along it one is added to the cell (or taken from it, where it is more than 1), and the sums are kept.
    """
    others = [one for one in cells if one.key != cell.key and one.value]
    ways = [_path(cell.end, cell.start, others, hidden)]
    if cell.value > 1:
        ways.append(_path(cell.start, cell.end, others, hidden))
    found = [way for way in ways if way is not None]
    return min(found, key=lambda way: way[0])[1] if found else None


def _path(
    start: Node, end: Node, cells: Sequence[Cell], hidden: Collection[Hashable]
) -> tuple[int, Collection[Hashable]] | None:
    """Return the cheapest way from node to node (Dijkstra): how much it newly hides, and its keys.

    A count can be raised in its direction, and lowered against it if it stays at least 1.
    """
    arcs: dict[Node, list[tuple[Node, int, Hashable]]] = {}
    for one in cells:
        cost = 0 if one.key in hidden else one.value
        arcs.setdefault(one.start, []).append((one.end, cost, one.key))
        if one.value > 1:
            arcs.setdefault(one.end, []).append((one.start, cost, one.key))
    order, done = count(), set()
    queue: list[tuple[int, int, Node, tuple[Hashable, ...]]] = [(0, next(order), start, ())]
    while queue:
        cost, _, node, keys = heapq.heappop(queue)
        if node == end:
            return cost, keys
        if node in done:
            continue
        done.add(node)
        for reached, more, key in arcs.get(node, ()):
            if reached not in done:
                heapq.heappush(queue, (cost + more, next(order), reached, (*keys, key)))
    return None
