"""`/-/health`: whether this process can read its database."""

from __future__ import annotations

import sqlalchemy as sa
from flask import Flask
from werkzeug.wrappers import Response

from consult import __version__
from consult.db import session


def install(app: Flask) -> None:
    """Serve the health address: 200 and the version, or 503."""

    @app.get("/-/health")
    def health() -> Response:
        try:
            session.execute(sa.text("SELECT 1"))
        except sa.exc.SQLAlchemyError:
            app.logger.exception("the database cannot be read")
            return Response("database unreachable\n", 503, mimetype="text/plain")
        return Response(f"ok consult {__version__}\n", mimetype="text/plain")

    health.__dict__["consult_permission"] = "public.read"
