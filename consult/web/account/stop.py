"""Switching a kind of mail off by the mail's own link, without signing in: by a mail program (RFC 8058) or by a button."""

from __future__ import annotations

from flask import current_app, make_response, render_template, request
from werkzeug.wrappers import Response

from consult.errors import NotFound
from consult.notifications.choosing import stop_mail, topics_of_mail
from consult.notifications.kinds import TOPICS
from consult.notifications.stopping import mail_of
from consult.notifications.wishes import wishes_of
from consult.web.account.blueprint import blueprint
from consult.web.guards import requires

#: What a mail program sends, and nothing else (RFC 8058, section 3.2).
ONE_CLICK = {"List-Unsubscribe": ["One-Click"]}


@blueprint.get("/stop/<token>")
@requires("public.read")
def stop_page(token: str) -> Response:
    """Ask whether to switch off; a GET never does, for mail scanners open links."""
    mail = mail_of(token)
    if mail is None:
        raise NotFound
    topics = topics_of_mail(mail, wishes_of([mail.reader])[mail.reader])
    return _private(render_template("account/stop.html", token=token, topics=[TOPICS[t] for t in topics], done=False))


@blueprint.post("/stop/<token>")
@requires("public.read")
def stop(token: str) -> Response:
    """Switch off. The body of a mail program needs no form token; any other body does."""
    if request.form.to_dict(flat=False) != ONE_CLICK or request.query_string:
        current_app.extensions["csrf"].protect()
    topics = stop_mail(token)
    return _private(render_template("account/stop.html", token=token, topics=[TOPICS[t] for t in topics], done=True))


def _private(page: str) -> Response:
    """Keep the address out of every cache and every referrer."""
    response: Response = make_response(page)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
