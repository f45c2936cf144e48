"""What coders do: the blueprint."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("coding", __name__, url_prefix="/<lang>")
