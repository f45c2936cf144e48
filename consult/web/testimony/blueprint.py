"""The blueprints of confidential testimony: its authors' pages, which leave no trace, and the desk of its readers."""

from __future__ import annotations

from flask import Blueprint, g
from werkzeug.wrappers import Response

from consult.accounts.signing_in.sign_in import Visit
from consult.web.headers import POLICY
from consult.web.visitor import actor

#: The authors' pages. Their forms have no token and so no cookie: they act by what is typed or sealed into the page, so a page
#: of somebody else's can make a browser send nothing that it could not send itself.
blueprint = Blueprint("testimony", __name__, url_prefix="/<lang>")
readers = Blueprint("readers", __name__, url_prefix="/<lang>")


@blueprint.before_request
def leave_no_trace() -> None:
    """Write no last-seen for whoever is signed in: it would stand beside what they hand in, to the minute."""
    g.visit = Visit(actor())


@blueprint.after_request
def close(response: Response) -> Response:
    """Keep nothing, run nothing, tell no next page where one comes from; a sign-out button needs that from its own site."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "same-origin" if actor().signed_in else "no-referrer"
    response.headers["Content-Security-Policy"] = POLICY.replace("script-src 'self'", "script-src 'none'")
    return response
