"""What participants do: write, follow, speak, vote: the blueprint."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("take_part", __name__, url_prefix="/<lang>")
