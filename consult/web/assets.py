"""The style sheet, the script and the icon, under addresses that change with their content and never expire."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from pathlib import Path

from flask import Flask, abort, send_from_directory
from werkzeug.wrappers import Response

STATIC = Path(__file__).parent / "static"


@cache
def assets() -> frozenset[str]:
    """Return the names of all assets."""
    return frozenset(path.name for path in STATIC.iterdir() if path.is_file())


@cache
def asset_hash(name: str) -> str:
    """Return the first ten hex digits of the SHA-256 of an asset."""
    return sha256((STATIC / name).read_bytes()).hexdigest()[:10]


@cache
def asset(name: str) -> str:
    """Return the address of an asset."""
    return f"/-/static/{asset_hash(name)}/{name}"


def install(app: Flask) -> None:
    """Serve the assets."""

    @app.get("/-/static/<digest>/<name>")
    def static_asset(digest: str, name: str) -> Response:
        if name not in assets() or digest != asset_hash(name):
            abort(404)
        response = send_from_directory(STATIC, name)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response

    static_asset.__dict__["consult_permission"] = "public.read"
