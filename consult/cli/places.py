"""Where a command writes: looked at before it begins, so that no work is done whose outcome has no place."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click


def demand_place(file: Path) -> Path:
    """Return the file; raises UsageError where it cannot be made or written over."""
    folder = file.absolute().parent
    if not folder.is_dir():
        raise click.UsageError(f"There is no folder {folder} for {file.name}.")
    if not os.access(file if file.exists() else folder, os.W_OK):
        raise click.UsageError(f"{file} cannot be written: you may not write there.")
    return file


class _Target(click.Path):
    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        return demand_place(Path(os.fsdecode(super().convert(value, param, ctx))))


#: A file that a command writes.
TARGET = _Target(dir_okay=False, writable=True, path_type=Path)
