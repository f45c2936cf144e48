"""Words of confidential testimonies that their authors agreed to have quoted, for anybody to read and cite by number."""

from __future__ import annotations

from flask import render_template, request

from consult.recommendations.queries import recommendations_quoting
from consult.testimony.queries import public_quotes
from consult.typed_numbers import as_number
from consult.web.guards import requires
from consult.web.public.blueprint import blueprint
from consult.web.submissions import language_name
from consult.web.visitor import consultation


@blueprint.get("/c/<slug>/quotes/")
@requires("public.read")
def quotes() -> str:
    """Show a page of them, in the order in which they were published."""
    after = request.args.get("after", "")
    number = as_number(after, 0)
    rows, more = public_quotes(consultation().id, number)
    return render_template(
        "public/quotes.html",
        rows=rows,
        more=more,
        first=number > 0,
        citing=recommendations_quoting([row.id for row in rows]),
        language_name=language_name,
    )
