"""Listening for files that are opened to be written, in this process, whoever asks: also those that nobody finds afterwards."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_heard: list[str] | None = None


def _note(event: str, arguments: tuple[object, ...]) -> None:
    if _heard is None or event != "open":
        return
    path, mode, flags = arguments
    if isinstance(path, int):  # open already: heard of where it was opened
        return
    writes = isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
    compiled = "__pycache__" in str(path)  # of a module that is imported for the first time
    if not compiled and (writes or (isinstance(mode, str) and set(mode) & set("wax+"))):
        _heard.append(str(path))


sys.addaudithook(_note)  # stays for good: it notes nothing but inside of `opened_to_be_written`


@contextmanager
def opened_to_be_written() -> Iterator[list[str]]:
    """Collect the paths that Python opens to be written, a temporary file's folder where it has no name (PEP 578)."""
    global _heard
    heard: list[str] = []
    _heard = heard
    try:
        yield heard
    finally:
        _heard = None
