"""What administrators do: roles, deliveries, the instance: the blueprint."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("administer", __name__, url_prefix="/<lang>")
