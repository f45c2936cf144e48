"""Where files lie: in the instance's folder, under random names without an ending, for its owner's eyes only."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable
from pathlib import Path

from consult.runtime import runtime


def folder() -> Path:
    """Return the folder of files, made at the first."""
    path = runtime().settings.instance_path / "attachments"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def new_place() -> str:
    """Return a name for a file that tells nothing."""
    return secrets.token_hex(16)


def path_of(place: str) -> Path:
    """Return where a file lies. Raises ValueError for a name that `new_place` does not give."""
    if len(place) != 32 or not set(place) <= set("0123456789abcdef"):
        raise ValueError("no place of a file")
    return folder() / place


def private_file(path: Path) -> int:
    """Make a file that only its owner may read, and return its descriptor. It must not be there."""
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)


def remove_files(places: Iterable[str]) -> None:
    """Take away files; they need not be there."""
    for place in places:
        path_of(place).unlink(missing_ok=True)
