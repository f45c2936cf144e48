"""What organisers do: set up, invite, draft, compile: the blueprint."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("organise", __name__, url_prefix="/<lang>")
