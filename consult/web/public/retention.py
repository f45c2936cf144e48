"""What is kept, for how long and why; and figures by which anybody sees that the rules are applied."""

from __future__ import annotations

from flask import render_template

from consult.web.guards import requires
from consult.web.public.blueprint import blueprint
from consult.web.retention import kept_proof, staying


@blueprint.get("/retention/")
@requires("public.read")
def retention() -> str:
    """Show each class of data with its rule, and how many rows are older than that: there should be none."""
    return render_template("public/retention.html", proof=kept_proof(), staying=staying())
