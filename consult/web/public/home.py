"""The first page: the consultations of this instance."""

from __future__ import annotations

from flask import render_template

from consult.consultations.queries import consultations
from consult.web.guards import requires
from consult.web.public.blueprint import blueprint


@blueprint.get("/")
@requires("public.read")
def home() -> str:
    """Show the public consultations, newest first."""
    return render_template("public/home.html", consultations=consultations())
