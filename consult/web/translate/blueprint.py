"""What translators do: the blueprint."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("translate", __name__, url_prefix="/<lang>")
