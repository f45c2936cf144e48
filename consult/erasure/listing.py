"""A list of who was erased, kept in the instance's folder and in no backup: ids only, of people and of the texts and contacts that went with them.

A backup from before an erasure still holds the person. Whoever brings it back erases them again from this list, in the same
command, before anybody uses the instance (`consult.erasure.again`).
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterable, Mapping
from pathlib import Path

from consult.runtime import runtime

NAME = "erased-people"


def list_path(instance: Path) -> Path:
    """Return where the list of an instance lies."""
    return instance / NAME


def note_erased(person: uuid.UUID, went: Iterable[uuid.UUID]) -> None:
    """Add somebody to the list, before the erasure is kept: one that is interrupted is done again, one that is not listed is lost.

    Raises OSError where it cannot be written; then nobody is erased yet.
    """
    line = " ".join(str(one) for one in (person, *went)) + "\n"
    descriptor = os.open(list_path(runtime().settings.instance_path), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(line)
        file.flush()
        os.fsync(file.fileno())


def listed(path: Path) -> Mapping[uuid.UUID, frozenset[uuid.UUID]]:
    """Return who stands on a list, with what went with them; a line that was cut off by a fault is left out."""
    found: dict[uuid.UUID, frozenset[uuid.UUID]] = {}
    if not path.exists():
        return found
    for line in path.read_text("ascii", errors="replace").splitlines():
        try:
            person, *went = (uuid.UUID(one) for one in line.split())
        except ValueError:
            continue
        found[person] = found.get(person, frozenset()) | frozenset(went)
    return found
