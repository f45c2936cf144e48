"""What clerks do with paper, and what whoever has a receipt does with it: the blueprint."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("paper", __name__, url_prefix="/<lang>")
