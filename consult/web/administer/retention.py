"""How long things are kept, as it stands this moment: what the job erased last, and tables that belong to no class."""

from __future__ import annotations

from flask import render_template

from consult.retention.classes import forgotten_tables
from consult.retention.proof import last_counts, proof
from consult.web.administer.blueprint import blueprint
from consult.web.guards import requires
from consult.web.retention import staying


@blueprint.get("/administer/retention/")
@requires("instance.administer")
def retention() -> str:
    """Show each class with its rule, its rows, and what the last run erased of it."""
    return render_template(
        "administer/retention.html",
        proof=proof(),
        staying=staying(),
        erased=last_counts(),
        forgotten=forgotten_tables(),
    )
