"""What moderators do: review, run sessions, put to the vote: the blueprint."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("facilitate", __name__, url_prefix="/<lang>")
