"""What translators do: the queue, and a text beside its translation, which somebody else approves."""

from __future__ import annotations

from consult.web.translate import queue, text
from consult.web.translate.blueprint import blueprint

__all__ = ["blueprint", "queue", "text"]
