"""How forms and addresses name a text, or a passage of it, as somebody read it."""

from __future__ import annotations


def text_key(receipt: str, revision: int, passage: int = 0) -> str:
    """Return receipt number, revision and, of a passage, its number, with points between: another revision has another key."""
    return f"{receipt}.{revision}.{passage}" if passage else f"{receipt}.{revision}"
