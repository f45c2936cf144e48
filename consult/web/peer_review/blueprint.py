"""What reviewers do: the blueprint."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("peer_review", __name__, url_prefix="/<lang>")
