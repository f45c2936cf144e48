"""What evaluators do: the blueprint."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("evaluate", __name__, url_prefix="/<lang>")
