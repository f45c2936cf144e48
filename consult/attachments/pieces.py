"""A file that comes in pieces over a bad line: gathered in a folder of its own, and checked as one file at the end."""

from __future__ import annotations

import os
import uuid
from collections.abc import Collection
from datetime import datetime
from pathlib import Path

from consult.runtime import runtime


def pieces_path(upload: uuid.UUID) -> Path:
    """Return where the pieces of a file are gathered; its folder is made at the first."""
    folder = runtime().settings.instance_path / "pieces"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder / str(upload)


def add_piece(upload: uuid.UUID, start: int, content: bytes) -> None:
    """Write a piece at its place; what an earlier try left behind that place is written over."""
    descriptor = os.open(pieces_path(upload), os.O_RDWR | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "r+b") as file:
        file.truncate(start)
        file.seek(start)
        file.write(content)


def remove_pieces(upload: uuid.UUID) -> None:
    """Take away what was gathered of a file; it need not be there."""
    pieces_path(upload).unlink(missing_ok=True)


def sweep_pieces(known: Collection[uuid.UUID], before: datetime) -> bool:
    """Take away what no row knows any more and nobody wrote to since a moment; tell whether there was any."""
    names = {str(one) for one in known}
    folder = pieces_path(uuid.UUID(int=0)).parent
    lost = [path for path in folder.iterdir() if path.name not in names and path.stat().st_mtime < before.timestamp()]
    for path in lost:
        path.unlink(missing_ok=True)
    return bool(lost)
