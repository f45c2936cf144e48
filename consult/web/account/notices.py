"""Notices: what happened for the visitor, the newest first; reading them is marked by a button, for a GET never writes."""

from __future__ import annotations

import uuid

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from consult.i18n import NN_
from consult.notifications.notices import notices_of
from consult.notifications.queries import failing_address
from consult.notifications.services import mark_read, try_address_again
from consult.web.account.blueprint import blueprint
from consult.web.account.landing import me
from consult.web.forms import say
from consult.web.guards import requires
from consult.web.language import current_language
from consult.web.visitor import actor, visit


@blueprint.get("/account/notices")
@requires("account.use")
def notices() -> str:
    """Show the visitor's notices."""
    before = request.args.get("before", type=uuid.UUID)
    lines, last = notices_of(me(), before=before)
    return render_template(
        "account/notices.html",
        lines=lines,
        unread=visit().unread,
        root=f"{request.script_root}/{current_language().code}",
        older=url_for("account.notices", before=last) if last else None,
        newer=url_for("account.notices") if before else None,
        failing=failing_address(me()),
    )


@blueprint.post("/account/notices")
@requires("account.use")
def read_notices() -> Response:
    """Mark one notice as read, or all; another's, or what is none, changes nothing."""
    one = request.form.get("notice", type=uuid.UUID)
    if "notice" in request.form and one is None:
        return redirect(url_for("account.notices"), 303)
    count = mark_read(None if one is None else [one], actor=actor())
    flash(say(NN_("%(count)s notice is marked as read.", "%(count)s notices are marked as read.", count)), "ok")
    return redirect(url_for("account.notices"), 303)


@blueprint.post("/account/address/works")
@requires("account.use")
def try_address() -> Response:
    """Send to the visitor's address again."""
    try_address_again(actor=actor())
    return redirect(url_for("account.notices"), 303)
