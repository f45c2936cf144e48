"""Sections and tables of the documents, for tests that hold them against the code."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]


@cache
def section(heading: str, document: str = "security") -> str:
    """Return what stands under a heading, to the next one of its level or above; KeyError if there is none."""
    text = (ROOT / "docs" / f"{document}.md").read_text("utf-8")
    found = re.search(rf"^(#+) {re.escape(heading)}$\n(.*?)(?=^#{{1,2}} |\Z)", text, re.M | re.S)
    if found is None:
        raise KeyError(heading)
    return found[2]


def table(heading: str, document: str = "security") -> Sequence[Sequence[str]]:
    """Return the rows of the first table under a heading, without its head."""
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in section(heading, document).splitlines()
        if line.startswith("|")
    ]
    return rows[2:]


def cells(heading: str, document: str = "security") -> dict[str, str]:
    """Return the table under a heading as first cell -> the rest."""
    return {row[0]: " | ".join(row[1:]) for row in table(heading, document)}


def modules() -> Iterator[tuple[str, ast.Module]]:
    """Yield every module of the core and the tracks that is installed, but what tests alone use, by its path."""
    for folder in ("consult", "plugins"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            name = str(path.relative_to(ROOT))
            if not name.startswith("consult/testing/") and "/tests/" not in name:
                yield name, ast.parse(path.read_text("utf-8"))


def imported(tree: ast.Module) -> Iterator[str]:
    """Yield the full name of everything that a module imports, wherever in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def importers(*names: str) -> set[str]:
    """Return the modules that import one of these, or a part of one."""
    return {
        path
        for path, tree in modules()
        for one in imported(tree)
        if any(one == name or one.startswith(f"{name}.") for name in names)
    }
