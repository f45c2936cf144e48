"""What evaluators do: read the figures of the process, write what they find, and publish it."""

from __future__ import annotations

from consult.web.evaluate import figures, writing
from consult.web.evaluate.blueprint import blueprint

__all__ = ["blueprint", "figures", "writing"]
