"""Signing in and one's own account: the blueprint."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("account", __name__, url_prefix="/<lang>")
